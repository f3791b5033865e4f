// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/load.h"

#include "gateway/config/collect.h"
#include "gateway/config/options.h"
#include "gateway/config/resolve.h"
#include "gateway/config/url.h"

#include <fmt/format.h>
#include <set>
#include <unistd.h>

namespace gatehouse::config {

namespace {

std::string shown(const std::string& value, Privacy privacy) {
    if (privacy == Privacy::password) return value.empty() ? value : "\"***\"";
    return privacy == Privacy::secret ? masked_url(value) : value;
}

template <class Target>
Setting setting_of(const BasicOption<Target>& option, const Target& target, std::string key,
                   const Collected& collected) {
    const std::string value = option.codec.show(target);
    const auto origin = collected.origins.find(key);
    return {std::move(key), shown(value, option.privacy),
            origin == collected.origins.end() ? "default" : origin->second, option.change == Change::restart,
            std::hash<std::string>{}(value)};
}

std::vector<Setting> settings_of(const Collected& collected) {
    std::vector<Setting> out;
    for (const Section& section : sections())
        for (const Option& option : section.options)
            out.push_back(setting_of(option, collected.draft, std::string(option.key), collected));
    for (const ContextConfig& context : collected.draft.contexts)
        for (const ContextOption& option : context_options())
            out.push_back(
                setting_of(option, context, fmt::format("context.{}.{}", context.name, option.key), collected));
    return out;
}

/// The set options whose new values would not count after a reload. Options that are not set are left out, because a
/// context that is new with a reload has some that are not set.
std::map<std::string, std::size_t> fixed_values(const Loaded& loaded) {
    std::map<std::string, std::size_t> out;
    for (const Setting& setting : loaded.settings)
        if (setting.needs_restart && !setting.value.empty()) out.emplace(setting.key, setting.fingerprint);
    return out;
}

void add(std::vector<Message>& to, const std::vector<Finding>& findings, const Collected& collected) {
    for (const Finding& finding : findings) {
        const auto origin = collected.origins.find(finding.key);
        to.push_back({origin == collected.origins.end() ? "configuration" : origin->second, finding.text});
    }
}

} // namespace

std::string to_string(const Message& message) {
    std::string out = message.place + ": " + message.text;
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return out;
}

Loaded load(const Sources& sources) {
    Collected collected = collect(sources);
    const Findings findings = resolve(collected.draft);
    Loaded out{nullptr, std::move(collected.errors), std::move(collected.warnings), {}};
    add(out.warnings, findings.warnings, collected);
    // Skipped after an error: with a value missing because it was wrong, the rules would report problems that are not
    // the operator's mistakes.
    if (out.errors.empty()) add(out.errors, findings.errors, collected);
    if (!out.errors.empty()) return out;
    if (!findings.why_environment.empty()) collected.origins["environment"] = findings.why_environment;
    out.settings = settings_of(collected);
    out.config = std::make_shared<const Config>(static_cast<const Config&>(collected.draft));
    return out;
}

Loaded load_for_process(const std::string& path) {
    Sources sources{path.empty() ? std::string(default_path) : path, !path.empty(), {}};
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos)
            sources.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return load(sources);
}

std::vector<std::string> changes_that_need_restart(const Loaded& before, const Loaded& now) {
    const auto old_values = fixed_values(before);
    const auto new_values = fixed_values(now);
    std::set<std::string> changed;
    for (const auto& [key, fingerprint] : old_values)
        if (!new_values.contains(key) || new_values.at(key) != fingerprint) changed.insert(key);
    for (const auto& [key, fingerprint] : new_values)
        if (!old_values.contains(key)) changed.insert(key);
    return {changed.begin(), changed.end()};
}

std::optional<std::string> refused_environment(const Loaded& before, const Loaded& now) {
    if (before.config->environment == now.config->environment) return std::nullopt;
    std::string stores;
    for (const auto& key : changes_that_need_restart(before, now)) {
        if (!key.starts_with("database_") && !key.starts_with("redis_")) continue;
        stores += (stores.empty() ? "" : ", ") + key;
    }
    if (stores.empty()) return std::nullopt;
    return fmt::format("{} instead of {} means other stores ({}): restart to change to them", now.config->mode(),
                       before.config->mode(), stores);
}

} // namespace gatehouse::config
