// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/device.h"

#include <array>
#include <span>

namespace gatehouse::pages {
namespace {

struct Mark {
    std::string_view in_agent;
    std::string_view name;
};

// The order matters: a browser also names the browsers that it descends from, so the youngest comes first.
constexpr std::array<Mark, 16> browsers = {{
    {"Edg/", "Edge"},
    {"EdgA/", "Edge"},
    {"EdgiOS/", "Edge"},
    {"OPR/", "Opera"},
    {"YaBrowser/", "Yandex Browser"},
    {"SamsungBrowser/", "Samsung Internet"},
    {"Vivaldi/", "Vivaldi"},
    {"FxiOS/", "Firefox"},
    {"Firefox/", "Firefox"},
    {"CriOS/", "Chrome"},
    {"Chromium/", "Chromium"},
    {"Chrome/", "Chrome"},
    {"Version/", "Safari"},
    {"curl/", "curl"},
    {"Wget/", "Wget"},
    {"python-requests/", "Python"},
}};

constexpr std::array<Mark, 9> systems = {{
    {"iPhone", "iPhone"},
    {"iPad", "iPad"},
    {"Android", "Android"},
    {"CrOS", "ChromeOS"},
    {"Windows", "Windows"},
    {"Macintosh", "macOS"},
    {"FreeBSD", "FreeBSD"},
    {"OpenBSD", "OpenBSD"},
    {"Linux", "Linux"},
}};

constexpr std::string_view between = " on ";

std::string_view known(std::span<const Mark> marks, std::string_view name) {
    for (const auto& mark : marks)
        if (mark.name == name) return mark.name;
    return {};
}

std::string_view first_mark(std::span<const Mark> marks, std::string_view agent) {
    for (const auto& mark : marks)
        if (agent.find(mark.in_agent) != agent.npos) return mark.name;
    return {};
}

} // namespace

Device recognise_device(std::string_view user_agent) noexcept {
    return {first_mark(browsers, user_agent), first_mark(systems, user_agent)};
}

std::string device_name(std::string_view user_agent) {
    const auto [browser, system] = recognise_device(user_agent);
    std::string name(browser);
    if (!browser.empty() && !system.empty()) name += between;
    return name.append(system);
}

Device device_called(std::string_view name) {
    const auto at = name.find(between);
    if (at == name.npos) return {known(browsers, name), known(systems, name)};
    const Device device{known(browsers, name.substr(0, at)), known(systems, name.substr(at + between.size()))};
    return device.browser.empty() || device.system.empty() ? Device{} : device;
}

} // namespace gatehouse::pages
