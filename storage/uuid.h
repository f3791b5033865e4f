// SPDX-License-Identifier: Apache-2.0
// A UUID as 16 bytes, and its only accepted spelling. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

using Uuid = std::array<unsigned char, 16>;

inline constexpr std::size_t uuid_length = 36;

/// 36 characters, lower case.
[[nodiscard]] std::string uuid_text(const Uuid& uuid);

/// Accepts only the spelling of uuid_text.
[[nodiscard]] std::optional<Uuid> uuid_bytes(std::string_view text) noexcept;

} // namespace gatehouse
