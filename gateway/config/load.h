// SPDX-License-Identifier: Apache-2.0
// Reads the configuration from its sources; the environment overrides systemd credentials, which override the file,
// which overrides the defaults. Reads files, so it must not run on the loop thread.
#pragma once

#include "gateway/config/config.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::config {

inline constexpr std::string_view default_path = "/etc/gatehouse/gatehouse.toml";

struct Message {
    std::string place; ///< FILE:LINE, "environment", "credential redis_url" or "configuration"
    std::string text;
};

/// "PLACE: TEXT", one line without control characters.
[[nodiscard]] std::string to_string(const Message& message);

/// One option with its present value.
struct Setting {
    std::string key;             ///< log_level, context.web.idle
    std::string value;           ///< TOML, passwords masked; empty: not set
    std::string source;          ///< FILE:LINE, "environment REDIS_URL", "credential redis_url", "default" or a reason
    bool needs_restart = false;  ///< a new value does not count after a reload
    std::size_t fingerprint = 0; ///< of the value with its passwords
};

struct Loaded {
    std::shared_ptr<const Config> config; ///< nullptr if there are errors
    std::vector<Message> errors;          ///< every problem at once
    std::vector<Message> warnings;
    std::vector<Setting> settings; ///< in the order of the example file; empty if there are errors
};

struct Sources {
    std::string path;           ///< of the file
    bool path_required = false; ///< false: a missing file is no error
    std::map<std::string, std::string> variables;
};

[[nodiscard]] Loaded load(const Sources& sources);

/// Reads this process's environment. An empty path means default_path, which may be absent.
[[nodiscard]] Loaded load_for_process(const std::string& path);

/// Why a process that began with `before` cannot continue with the environment of `now`, if they differ: another
/// environment has other stores. nullopt: it can.
[[nodiscard]] std::optional<std::string> refused_environment(const Loaded& before, const Loaded& now);

/// Keys of the options that differ and need a restart, so that a reload can name them.
[[nodiscard]] std::vector<std::string> changes_that_need_restart(const Loaded& before, const Loaded& now);

} // namespace gatehouse::config
