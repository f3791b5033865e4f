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

/// The name at the beginning of an agent such as "AcmeOrders/2.1 (iPhone; iOS 17.5)". Letters, digits and a few signs
/// only, because people see it.
std::string_view app_in(std::string_view agent) {
    constexpr std::size_t longest = 30;
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    constexpr std::string_view others = "0123456789.-_";
    const auto name = agent.substr(0, agent.find('/'));
    if (name.size() == agent.size() || name.empty() || name.size() > longest || name == "Mozilla") return {};
    if (letters.find(name.front()) == letters.npos) return {};
    for (const char c : name)
        if (letters.find(c) == letters.npos && others.find(c) == others.npos) return {};
    return name;
}

std::string_view first_mark(std::span<const Mark> marks, std::string_view agent) {
    for (const auto& mark : marks)
        if (agent.find(mark.in_agent) != agent.npos) return mark.name;
    return {};
}

} // namespace

Device recognise_device(std::string_view user_agent) noexcept {
    const auto browser = first_mark(browsers, user_agent);
    return {browser.empty() ? app_in(user_agent) : browser, first_mark(systems, user_agent)};
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
