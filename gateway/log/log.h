// SPDX-License-Identifier: Apache-2.0
// One JSON object per line on stderr, written by a thread of its own: a log call never waits, and lines that find the
// queue full are counted and dropped. Where stderr is the journal of systemd, each line has its priority. Any thread.
// Never pass a secret: sessions appear by handle, never by token or stored id.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace gatehouse::log {

enum class Level { debug, info, warning, error };

/// One field of a line. Values are escaped and cut to 512 bytes.
struct Field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, bool> value;
};

void start(Level level);
void set_level(Level level);
/// Whether a line of this level would be written. Ask before building an expensive line.
[[nodiscard]] bool enabled(Level level) noexcept;
/// Waits until all lines so far are written, then stops the thread.
void stop();

void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
/// How many lines were dropped because the queue was full.
std::uint64_t dropped() noexcept;

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::error, event, fields);
}

} // namespace gatehouse::log
