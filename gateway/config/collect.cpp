// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/collect.h"

#include "gateway/config/checks.h"
#include "gateway/config/options.h"
#include "gateway/config/read_file.h"
#include "gateway/config/toml_reader.h"
#include "gateway/config/url.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <unistd.h>

namespace gatehouse::config {

namespace {

/// Collects all values from the sources, from the weakest source to the strongest.
class Collector {
  public:
    explicit Collector(const Sources& sources) : sources_(sources) {}

    Collected run() {
        add_context_named("web");
        if (const auto given = variable("STATE_DIRECTORY"))
            out_.draft.state_directory = given->substr(0, given->find(':'));
        read_config_file();
        read_credentials();
        read_environment();
        warn_of_unknown_variables();
        return std::move(out_);
    }

  private:
    [[nodiscard]] std::optional<std::string> variable(const std::string& name) const {
        const auto found = sources_.variables.find(name);
        // An empty variable counts as missing: compose files and shells set variables to nothing when they mean to
        // leave them out.
        if (found == sources_.variables.end() || found->second.empty()) return std::nullopt;
        return found->second;
    }

    void fail(std::string place, std::string text) { out_.errors.push_back({std::move(place), std::move(text)}); }

    [[nodiscard]] std::string file_line(std::size_t line) const { return fmt::format("{}:{}", sources_.path, line); }

    /// `name` is the option's name in the source where it was written.
    template <class Target>
    void apply(const BasicOption<Target>& option, Target& target, const Value& value, const std::string& key,
               std::pair<std::string, std::string> place_and_name) {
        const auto& [place, name] = place_and_name;
        if (const Problem problem = option.codec.set(target, value))
            fail(place, fmt::format("{} {}", name, *problem));
        else
            out_.origins[key] = place == "environment" ? "environment " + name : place;
    }

    // --- the file

    void read_config_file() {
        const FileText file = read_file(sources_.path);
        if (file.absent && !sources_.path_required) return;
        if (!file.problem.empty()) return fail(sources_.path, file.problem);
        const ReadToml toml = read_toml(file.text);
        if (!toml.problem.empty()) return fail(file_line(toml.problem_line), toml.problem);
        for (const ContextTable& table : toml.contexts)
            add_context(table);
        for (const Entry& entry : toml.entries) {
            apply_entry(entry);
            check_readers(entry, file.readable_by_all);
        }
    }

    void add_context_named(const std::string& name) {
        ContextConfig context;
        context.name = name;
        out_.draft.contexts.push_back(std::move(context));
    }

    void add_context(const ContextTable& table) {
        if (!is_context_name(table.name))
            fail(file_line(table.line), fmt::format("[context.{}] {}", table.name, *check_context_name(table.name)));
        else if (!out_.draft.context(table.name))
            add_context_named(table.name);
    }

    void apply_entry(const Entry& entry) {
        if (!entry.context.empty()) return apply_context_entry(entry);
        const std::pair place{file_line(entry.line), entry.key};
        if (const Option* option = find_option(entry.key))
            return apply(*option, out_.draft, entry.value, entry.key, place);
        if (entry.key.starts_with("context"))
            return fail(place.first,
                        fmt::format("{} has no meaning here: contexts are tables such as [context.web]", entry.key));
        std::vector<std::string_view> known;
        for (const Section& section : sections())
            for (const Option& option : section.options)
                known.push_back(option.key);
        fail(place.first, unknown_key(entry.key, known));
    }

    void apply_context_entry(const Entry& entry) {
        const auto context = std::ranges::find(out_.draft.contexts, entry.context, &ContextConfig::name);
        if (context == out_.draft.contexts.end()) return; // the context's name was refused
        const std::string key = "context." + entry.context + "." + entry.key;
        if (const ContextOption* option = find_context_option(entry.key))
            return apply(*option, *context, entry.value, key, {file_line(entry.line), key});
        std::vector<std::string_view> known;
        for (const ContextOption& option : context_options())
            known.push_back(option.key);
        fail(file_line(entry.line), unknown_key(entry.key, known));
    }

    static std::string unknown_key(const std::string& key, const std::vector<std::string_view>& known) {
        const std::string_view meant = nearest(key, known);
        return meant.empty() ? fmt::format("unknown key {} (`gatehouse config example` prints them all)", key)
                             : fmt::format("unknown key {}: did you mean {}?", key, meant);
    }

    static bool holds_password(const Entry& entry) {
        const auto secret = [&](const auto* option) {
            const auto value = as_string(entry.value);
            if (!option || !value || value->empty()) return false;
            return option->privacy == Privacy::password || (option->privacy == Privacy::secret && has_password(*value));
        };
        return entry.context.empty() ? secret(find_option(entry.key)) : secret(find_context_option(entry.key));
    }

    void check_readers(const Entry& entry, bool readable_by_all) {
        if (!readable_by_all || !holds_password(entry)) return;
        fail(file_line(entry.line), fmt::format("{} holds a password, and everybody can read this file: chmod 640 it, "
                                                "or move {} to the environment or to a systemd credential",
                                                entry.key, entry.key));
    }

    // --- systemd credentials

    void read_credentials() {
        const auto directory = variable("CREDENTIALS_DIRECTORY");
        if (!directory) return;
        for (const Section& section : sections())
            for (const Option& option : section.options)
                if (option.privacy != Privacy::open)
                    read_credential(*directory, option, out_.draft, std::string(option.key));
        for (ContextConfig& context : out_.draft.contexts)
            for (const ContextOption& option : context_options())
                if (option.privacy != Privacy::open)
                    read_credential(*directory, option, context,
                                    fmt::format("context.{}.{}", context.name, option.key));
        if (const std::string keys = *directory + "/keys"; ::access(keys.c_str(), F_OK) == 0) {
            out_.draft.key_file = keys;
            out_.origins["key_file"] = "credential keys";
        }
    }

    template <class Target>
    void read_credential(const std::string& directory, const BasicOption<Target>& option, Target& target,
                         const std::string& key) {
        const std::string place = fmt::format("credential {}", key);
        FileText file = read_file(directory + "/" + key);
        if (file.absent) return;
        if (!file.problem.empty()) return fail(place, file.problem);
        file.text.erase(file.text.find_last_not_of(" \t\r\n") + 1);
        if (!file.text.empty()) apply(option, target, Text{file.text}, key, {place, key});
    }

    // --- the environment

    void read_environment() {
        for (const Section& section : sections())
            for (const Option& option : section.options)
                read_variable(option, out_.draft, std::string(option.key), variable_of(option));
        read_own_database("DATABASE_ADMIN_URL", {"admin"});
        read_own_database("DATABASE_BOT_URL", {"telegram", "bot"});
        for (ContextConfig& context : out_.draft.contexts)
            for (const ContextOption& option : context_options()) {
                const std::string key = fmt::format("context.{}.{}", context.name, option.key);
                read_variable(option, context, key, variable_for(key));
            }
    }

    /// Reads the database of a context from the first of these variables that exists; web applications use these names.
    void read_own_database(const std::string& name, const std::vector<std::string>& contexts) {
        if (!variable(name)) return;
        for (const std::string& wanted : contexts) {
            const auto context = std::ranges::find(out_.draft.contexts, wanted, &ContextConfig::name);
            if (context == out_.draft.contexts.end()) continue;
            const std::string key = fmt::format("context.{}.database_url", wanted);
            return read_variable(*find_context_option("database_url"), *context, key, name);
        }
        out_.warnings.push_back(
            {"environment", fmt::format("{} is ignored: there is no [context.{}]", name, contexts.front())});
    }

    template <class Target>
    void read_variable(const BasicOption<Target>& option, Target& target, const std::string& key,
                       const std::string& name) {
        known_variables_.insert(name);
        if (const auto text = variable(name)) apply(option, target, Text{*text}, key, {"environment", name});
    }

    void warn_of_unknown_variables() {
        const std::vector<std::string_view> known(known_variables_.begin(), known_variables_.end());
        for (const auto& [name, value] : sources_.variables) {
            if (!name.starts_with("GATEHOUSE_") || known_variables_.contains(name)) continue;
            const std::string_view meant = nearest(name, known);
            out_.warnings.push_back(
                {"environment", meant.empty()
                                    ? name + " is not a known variable"
                                    : fmt::format("{} is not a known variable: did you mean {}?", name, meant)});
        }
    }

    const Sources& sources_;
    Collected out_;
    std::set<std::string> known_variables_;
};

} // namespace

Collected collect(const Sources& sources) {
    return Collector(sources).run();
}

} // namespace gatehouse::config
