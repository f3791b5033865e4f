// SPDX-License-Identifier: Apache-2.0
// Content-Type of a request: the two that we read. Pure; loop thread.
#pragma once

#include <string_view>

namespace gatehouse::http {

enum class MediaType { form, json, other };

/// Case does not matter. The only parameter that may stand there is charset, and its only value is utf-8 (quoted or
/// not); everything else makes it `other`.
[[nodiscard]] MediaType media_type(std::string_view content_type) noexcept;

} // namespace gatehouse::http
