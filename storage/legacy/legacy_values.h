// SPDX-License-Identifier: Apache-2.0
// What the older system's values mean: tokens, ids, phone numbers, moments. All of its stores read values in this way.
// Pure; any thread.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/legacy_store.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::legacy {

/// Whether the text could be a token: 1 to 512 bytes of text. Any other value is unknown to the older system.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// base64url(SHA-256(token)), the stored id as Gatehouse's own stores have it.
[[nodiscard]] std::string stored_id(std::string_view token);

[[nodiscard]] bool is_chosen(const LegacySelection& which, std::string_view token);

/// The canonical spelling of a user's id; nullopt: no user can have this id.
[[nodiscard]] std::optional<std::string> user_id(std::string_view text, IdKind kind);

/// Whether the first id sorts before the second, as numbers if the ids are numbers.
[[nodiscard]] bool comes_before(std::string_view one, std::string_view other, IdKind kind) noexcept;

/// The digits of a phone number in any way of writing. A leading 8 of eleven digits is the trunk prefix and becomes 7.
/// Empty: not a phone number.
[[nodiscard]] std::string phone_digits(std::string_view text);

/// Reads 2025-01-31 23:59:59[.ffffff][+00], with a blank or a T; or a whole number. nullopt: a session cannot have this
/// moment.
[[nodiscard]] std::optional<Instant> instant(std::string_view text, InstantKind kind) noexcept;
/// Writes the moment in UTC, to microseconds, without a zone; or as a number.
[[nodiscard]] std::string instant_text(Instant at, InstantKind kind);

} // namespace gatehouse::legacy
