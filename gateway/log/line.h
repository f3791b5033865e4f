// SPDX-License-Identifier: Apache-2.0
// One log line as text: JSON that stays one line and within its limits, whatever the values hold. Pure; any thread.
#pragma once

#include "gateway/log/log.h"
#include "storage/instant.h"

#include <cstddef>
#include <string>

namespace gatehouse::log {

/// The limit of one value as written, the mark of a cut included.
inline constexpr std::size_t max_value_bytes = 512;
/// The limit of a line with its newline. The same as PIPE_BUF, so that lines of several processes on one pipe never
/// mix.
inline constexpr std::size_t max_line_bytes = 4096;

/// Escapes control characters, quotes, line and paragraph separators, text direction marks and invalid UTF-8. Appends
/// at most max_value_bytes; a longer value ends in "…".
void append_escaped(std::string& out, std::string_view value);

/// {"time":…,"level":…,"event":…, fields…} and a newline. Fields that do not fit are left out; then the line has
/// "cut":true.
[[nodiscard]] std::string line(Instant now, Level level, std::string_view event, std::initializer_list<Field> fields);

} // namespace gatehouse::log
