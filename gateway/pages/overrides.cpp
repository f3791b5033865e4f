// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/overrides.h"

#include "gateway/config/options.h"
#include "gateway/config/read_file.h"
#include "gateway/config/toml_reader.h"
#include "gateway/pages/messages.h"
#include "gateway/pages/templates.h"
#include "gateway/pages/view.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <regex>
#include <set>

namespace gatehouse::pages {
namespace {

constexpr std::string_view template_ending = ".mustache";

std::string file_of(http::Language language) {
    return fmt::format("messages.{}.toml", http::code_of(language));
}

std::string file_of(Template which) {
    return std::string(name_of(which)).append(template_ending);
}

std::set<std::string> all_matches(std::string_view text, const std::regex& pattern) {
    std::set<std::string> found;
    for (std::cregex_iterator at(text.data(), text.data() + text.size(), pattern), end; at != end; ++at)
        found.insert((*at)[1]);
    return found;
}

std::ptrdiff_t occurrences(std::string_view text, std::string_view piece) {
    std::ptrdiff_t count = 0;
    for (auto at = text.find(piece); at != text.npos; at = text.find(piece, at + piece.size()))
        ++count;
    return count;
}

/// The names that tags of a template use, without #, ^, / and the braces.
std::set<std::string> tags_of(std::string_view source) {
    static const std::regex tag(R"(\{\{\{?[#^/]?\s*([^{}]*?)\s*\}\})");
    return all_matches(source, tag);
}

/// What is wrong with a template; empty: nothing.
std::string fault_in(Template which, const std::string& source) {
    const auto shipped = template_sources()[static_cast<std::size_t>(which)];
    const auto layout = template_sources()[static_cast<std::size_t>(Template::layout)];
    const auto known = tags_of(shipped);
    const auto everywhere = tags_of(layout);
    auto raw = occurrences(source, "{{{");
    if (which == Template::layout) raw -= occurrences(source, "{{{content}}}");
    if (raw > 0 || source.find("{{&") != source.npos)
        return "puts a value into the page without escaping it: write {{name}} with two braces";
    if (source.find("{{>") != source.npos || source.find("{{=") != source.npos)
        return "uses {{> or {{=, which Gatehouse does not know";
    for (const auto& name : tags_of(source)) {
        if (name.starts_with("!") || known.contains(name)) continue;
        if (name.starts_with("t.") && !shipped_text(http::Language::en, name.substr(2)).empty()) continue;
        if (everywhere.contains(name) && name != "content") continue;
        return fmt::format("names {{{{{}}}}}, which this page does not have", name);
    }
    static const std::regex field("(name=\"[^\"]*\")");
    for (const auto& needed : all_matches(shipped, field))
        if (source.find(needed) == source.npos)
            return fmt::format("lacks {}: the page does not work without it", needed);
    for (const std::string needed : {"csrf", "content", "style"})
        if (known.contains(needed) && !tags_of(source).contains(needed))
            return fmt::format("lacks {{{{{}}}}}: the page does not work without it", needed);
    const auto broken = fault_in_template(source);
    return broken.empty() ? broken : "is no template: " + broken;
}

class Reading {
  public:
    Reading(std::string directory, Look& look, std::vector<std::string>& problems)
        : directory_(std::move(directory)), look_(look), problems_(problems) {}

    void run() {
        for (const auto language : http::all_languages)
            read_texts(language);
        for (std::size_t at = 0; at < look_.templates.size(); ++at)
            read_template(static_cast<Template>(at));
        refuse_other_files();
    }

  private:
    void fail(const std::string& file, std::string_view what) {
        problems_.push_back(fmt::format("{}/{} {}", directory_, file, what));
    }

    void fail(const std::string& file, std::size_t line, std::string_view what) {
        problems_.push_back(fmt::format("{}/{}:{}: {}", directory_, file, line, what));
    }

    /// nullopt: the file is not there, or cannot be read, which is a problem.
    std::optional<std::string> content_of(const std::string& name) {
        auto file = config::read_file(directory_ + "/" + name);
        if (file.problem.empty()) return std::move(file.text);
        if (!file.absent) fail(name, file.problem);
        return std::nullopt;
    }

    void read_texts(http::Language language) {
        const auto file = file_of(language);
        const auto content = content_of(file);
        if (!content) return;
        const auto toml = config::read_toml(*content);
        if (!toml.problem.empty()) return fail(file, toml.problem_line, toml.problem);
        for (const auto& entry : toml.entries)
            take_text(language, file, entry);
    }

    void take_text(http::Language language, const std::string& file, const config::Entry& entry) {
        const auto shipped = entry.context.empty() ? shipped_text(language, entry.key) : std::string_view();
        if (shipped.empty()) return fail(file, entry.line, unknown(entry.key));
        const auto text = config::as_string(entry.value);
        if (!text || text->empty()) return fail(file, entry.line, entry.key + " must be a text");
        if (occurrences(*text, "|") != occurrences(shipped, "|"))
            return fail(file, entry.line,
                        fmt::format("{} must have {} forms, with | between them, as the shipped text has", entry.key,
                                    occurrences(shipped, "|") + 1));
        for (const std::string_view gap : {"{}", "{site}"})
            if ((occurrences(*text, gap) == 0) != (occurrences(shipped, gap) == 0))
                return fail(file, entry.line,
                            fmt::format("{} must have {} where the shipped text has it", entry.key, gap));
        look_.texts[static_cast<std::size_t>(language)][entry.key] = *text;
    }

    static std::string unknown(const std::string& key) {
        std::vector<std::string_view> keys;
        for (const auto& message : messages())
            keys.push_back(message.key);
        const auto meant = config::nearest(key, keys);
        return meant.empty() ? fmt::format("unknown text {} (`gatehouse pages export` writes them all)", key)
                             : fmt::format("unknown text {}: did you mean {}?", key, meant);
    }

    void read_template(Template which) {
        const auto file = file_of(which);
        auto content = content_of(file);
        if (!content) return;
        if (const auto fault = fault_in(which, *content); !fault.empty()) return fail(file, fault);
        look_.templates[static_cast<std::size_t>(which)] = *std::move(content);
    }

    /// A file with a mistyped name would be without effect.
    void refuse_other_files() {
        std::error_code error;
        std::filesystem::directory_iterator files(directory_, error);
        if (error) {
            problems_.push_back(fmt::format("{} (pages_directory) cannot be read: {}", directory_, error.message()));
            return;
        }
        for (const auto& file : files) {
            const auto name = file.path().filename().string();
            const bool ours =
                name.ends_with(template_ending) || (name.starts_with("messages.") && name.ends_with(".toml"));
            if (!ours || std::ranges::any_of(shipped_files(), [&](const auto& one) { return one.name == name; }))
                continue;
            fail(name, "replaces nothing: no shipped file has this name");
        }
    }

    std::string directory_;
    Look& look_;
    std::vector<std::string>& problems_;
};

std::string all_texts(http::Language language) {
    std::string out =
        "# The texts of the pages. Keep the lines that you change. A text with a number has several forms, with | "
        "between them.\n";
    for (const auto& message : messages())
        out += fmt::format("{} = {}\n", message.key, config::quoted(message.in(language)));
    return out;
}

} // namespace

void read_overrides(const std::string& directory, Look& look, std::vector<std::string>& problems) {
    const auto sources = template_sources();
    look.templates.assign(sources.begin(), sources.end());
    if (!directory.empty()) Reading(directory, look, problems).run();
}

std::vector<ShippedFile> shipped_files() {
    std::vector<ShippedFile> files;
    for (const auto language : http::all_languages)
        files.push_back({file_of(language), all_texts(language)});
    const auto sources = template_sources();
    for (std::size_t at = 0; at < sources.size(); ++at)
        files.push_back({file_of(static_cast<Template>(at)), std::string(sources[at])});
    return files;
}

} // namespace gatehouse::pages
