// SPDX-License-Identifier: Apache-2.0
// The Content-Type of a request: the two types that Gatehouse reads. Pure; loop thread.
#pragma once

#include <string_view>

namespace gatehouse::http {

enum class MediaType { form, json, other };

/// Case does not matter. The only allowed parameter is charset, and its only allowed value is utf-8 (quoted or not);
/// everything else makes the type `other`.
[[nodiscard]] MediaType media_type(std::string_view content_type) noexcept;

} // namespace gatehouse::http
