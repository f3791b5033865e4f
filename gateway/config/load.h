// SPDX-License-Identifier: Apache-2.0
// Reads the configuration from where it is written: environment over systemd credentials over the file over the
// defaults. Reads files, so not on the loop thread.
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

/// One option as it counts now.
struct Setting {
    std::string key;             ///< log_level, context.web.idle
    std::string value;           ///< TOML, passwords masked; empty: not set
    std::string source;          ///< FILE:LINE, "environment REDIS_URL", "credential redis_url" or "default"
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
    bool path_required = false; ///< false: a file that is not there is no error
    std::map<std::string, std::string> variables;
};

[[nodiscard]] Loaded load(const Sources& sources);

/// With this process's environment. An empty path: default_path, which may be absent.
[[nodiscard]] Loaded load_for_process(const std::string& path);

/// Why a process that began with `before` cannot go on in the environment of `now`, if it is another one: the stores of
/// that would be others. nullopt: it can.
[[nodiscard]] std::optional<std::string> refused_environment(const Loaded& before, const Loaded& now);

/// Keys of the options that differ and need a restart, for a reload to name them.
[[nodiscard]] std::vector<std::string> changes_that_need_restart(const Loaded& before, const Loaded& now);

} // namespace gatehouse::config
