// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/view.h"

#include "gateway/http/percent.h"
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

/// The colour of the browser's own bars: the ground of a page in style.cpp.
constexpr std::string_view light_ground = "#f3f4f7";
constexpr std::string_view dark_ground = "#0e1118";

/// All texts of one language as {{t.KEY}}: the texts are many, and the same for every page.
data texts_of(const Look& look, http::Language language) {
    const auto& own = look.texts[static_cast<std::size_t>(language)];
    data object(data::type::object);
    for (const auto& message : messages()) {
        const auto found = own.find(message.key);
        object.set(std::string(message.key), found == own.end() ? std::string(message.in(language)) : found->second);
    }
    return {"t", object};
}

} // namespace

class Engine {
  public:
    explicit Engine(const Look& look) {
        for (const auto& source : look.templates)
            templates_.emplace_back(source);
        for (const auto language : http::all_languages)
            texts_[static_cast<std::size_t>(language)] = texts_of(look, language);
    }

    mustache& parsed(Template which) { return templates_[static_cast<std::size_t>(which)]; }
    const data& texts(http::Language language) const { return texts_[static_cast<std::size_t>(language)]; }

  private:
    std::vector<mustache> templates_;
    std::array<data, http::all_languages.size()> texts_;
};

std::shared_ptr<Engine> make_engine(const Look& look) {
    return std::make_shared<Engine>(look);
}

std::string fault_in_template(const std::string& source) {
    const mustache parsed(source);
    return parsed.is_valid() ? std::string() : parsed.error_message();
}

namespace {

mustache& parsed(Template which) {
    return look().engine->parsed(which);
}

void set(data& values, const std::string& name, std::string_view text) {
    if (!text.empty()) values.set(name, std::string(text));
}

/// The names of the files that the page loads.
void name_files(data& values, const Frame& frame) {
    const auto& files = look();
    for (const std::string kind : {"style", "script", "icon"})
        set(values, kind, files.file(kind)->name);
    const auto* const logo = files.file("logo");
    const auto* const dark = files.file("logo-dark");
    if (logo == nullptr) return;
    const bool in_the_dark = frame.theme == "dark" && dark != nullptr;
    set(values, "logo", in_the_dark ? dark->name : logo->name);
    if (frame.theme.empty() && dark != nullptr) set(values, "other_logo", dark->name);
}

/// What is the same on every page.
void set_surroundings(data& values, const Frame& frame) {
    const auto& site = look();
    set(values, "prefix", frame.prefix);
    set(values, "brand", site.name);
    set(values, "home", frame.home);
    set(values, "back", naming(text(frame.language, "back_to"), frame.app.empty() ? site.name : frame.app));
    set(values, "in_language", language_query(frame));
    set(values, "light_ground", light_ground);
    set(values, "dark_ground", dark_ground);
    set(values, "help_url", site.help_url);
    set(values, "privacy_url", site.privacy_url);
    set(values, "terms_url", site.terms_url);
    const bool links = !site.help_url.empty() || !site.privacy_url.empty() || !site.terms_url.empty();
    values.set("has_links", links);
    values.set("has_foot", links || values.get("has_switches") != nullptr);
    set(values, "lang", http::code_of(frame.language));
    if (frame.theme.empty()) return;
    set(values, "theme", frame.theme);
    set(values, "ground", frame.theme == "dark" ? dark_ground : light_ground);
}

} // namespace

std::string naming(std::string_view text, std::string_view site) {
    constexpr std::string_view gap = "{site}";
    std::string filled(text);
    if (const auto at = filled.find(gap); at != filled.npos) filled.replace(at, gap.size(), site);
    return filled;
}

std::string language_query(const Frame& frame) {
    return frame.in_query ? std::string("?lang=").append(http::code_of(frame.language)) : std::string();
}

void offer_languages(const Frame& frame, std::string_view path, std::string_view target, View& view) {
    std::vector<View> switches;
    for (const auto language : http::all_languages) {
        std::string address(path);
        address.append("?lang=").append(http::code_of(language));
        if (!target.empty()) http::append_query_component(address.append("&rd="), target);
        auto& one = switches.emplace_back();
        one.set("address", address).set("code", http::code_of(language)).set("name", own_name(language));
        one.flag("chosen", language == frame.language);
    }
    view.flag("has_switches").list("switches", std::move(switches));
}

std::string_view own_name(http::Language language) {
    switch (language) {
    case http::Language::ru: return "Русский";
    case http::Language::uk: return "Українська";
    case http::Language::en: break;
    }
    return "English";
}

std::string render(const Frame& frame, Template which, std::string_view title_key, const View& view) {
    auto values = to_data(view);
    set_surroundings(values, frame);
    name_files(values, frame);
    set(values, "title", text(frame.language, title_key));
    Context context(&look().engine->texts(frame.language));
    context.push(&values);
    values.set("content", parsed(which).render(context));
    return parsed(Template::layout).render(context);
}

std::string render_mail(http::Language language, std::string_view title, const View& view) {
    auto values = to_data(view);
    set(values, "accent", look().mail_accent);
    set(values, "lang", http::code_of(language));
    set(values, "title", title);
    return parsed(Template::mail).render(values);
}

} // namespace gatehouse::pages
