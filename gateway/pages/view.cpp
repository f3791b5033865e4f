// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/view.h"

#include "gateway/pages/messages.h"

#include <array>
#include <kainjow/mustache.hpp>

namespace gatehouse::pages {
namespace {

using Context = kainjow::mustache::context<std::string>;
using kainjow::mustache::data;
using kainjow::mustache::mustache;

data to_data(const View& view);

void put(data& object, const std::string& name, const View::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        if (!text->empty()) object.set(name, *text); // an empty text would count as true
    } else if (const auto* flag = std::get_if<bool>(&value)) {
        object.set(name, *flag);
    } else {
        data items(data::type::list);
        for (const auto& item : std::get<std::vector<View>>(value))
            items << to_data(item);
        object.set(name, items);
    }
}

data to_data(const View& view) {
    data object(data::type::object);
    for (const auto& [name, value] : view.values())
        put(object, name, value);
    return object;
}

/// All texts of one language as {{t.KEY}}, built once: the texts are many, and the same for every page.
const data& texts(http::Language language) {
    static const auto all = [] {
        std::array<data, http::all_languages.size()> languages;
        for (const auto each : http::all_languages) {
            data object(data::type::object);
            for (const auto& message : messages())
                object.set(std::string(message.key), std::string(message.in(each)));
            languages[static_cast<std::size_t>(each)] = data("t", object);
        }
        return languages;
    }();
    return all[static_cast<std::size_t>(language)];
}

/// Parsed once; rendering changes a template only where it notes an error.
mustache& parsed(Template which) {
    static auto all = [] {
        std::vector<mustache> templates;
        for (const auto source : template_sources())
            templates.emplace_back(std::string(source));
        return templates;
    }();
    return all[static_cast<std::size_t>(which)];
}

/// The colour of the browser's own bars: the ground of a page in style.cpp.
constexpr std::string_view light_ground = "#f3f4f7";
constexpr std::string_view dark_ground = "#0e1118";

} // namespace

std::string render(const Frame& frame, Template which, std::string_view title_key, const View& view) {
    auto values = to_data(view);
    values.set("prefix", std::string(frame.prefix));
    values.set("style", std::string(style_name()));
    values.set("light_ground", std::string(light_ground));
    values.set("dark_ground", std::string(dark_ground));
    if (!frame.theme.empty()) {
        values.set("theme", std::string(frame.theme));
        values.set("ground", std::string(frame.theme == "dark" ? dark_ground : light_ground));
    }
    values.set("lang", std::string(http::code_of(frame.language)));
    values.set("title", std::string(text(frame.language, title_key)));
    Context context(&texts(frame.language));
    context.push(&values);
    values.set("content", parsed(which).render(context));
    return parsed(Template::layout).render(context);
}

std::string render_mail(http::Language language, std::string_view title, const View& view) {
    auto values = to_data(view);
    values.set("lang", std::string(http::code_of(language)));
    values.set("title", std::string(title));
    return parsed(Template::mail).render(values);
}

} // namespace gatehouse::pages
