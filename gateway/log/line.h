// SPDX-License-Identifier: Apache-2.0
// One log line as text: JSON that stays one line and within its limits whatever the values hold. Pure; any thread.
#pragma once

#include "gateway/log/log.h"
#include "storage/instant.h"

#include <cstddef>
#include <string>

namespace gatehouse::log {

/// Of one value as written, mark of the cut included.
inline constexpr std::size_t max_value_bytes = 512;
/// Of a line with its newline. The same as PIPE_BUF, so lines of several processes on one pipe never mix.
inline constexpr std::size_t max_line_bytes = 4096;

/// Replaces in place: control characters, quotes, line and paragraph separators, text direction marks and whatever is
/// not UTF-8. At most max_value_bytes are appended; a longer value ends in "…".
void append_escaped(std::string& out, std::string_view value);

/// {"time":…,"level":…,"event":…, fields…} and a newline. Fields that do not fit are left out, and "cut":true says so.
[[nodiscard]] std::string line(Instant now, Level level, std::string_view event, std::initializer_list<Field> fields);

} // namespace gatehouse::log
