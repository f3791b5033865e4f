// SPDX-License-Identifier: Apache-2.0
// What the values of the old system mean: tokens, ids, phone numbers, moments. Every one of its stores reads them in
// this way. Pure; any thread.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/legacy_store.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::legacy {

/// Something that a store there could have as a token: text of 1 to 512 bytes. Of anything else it has never heard.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// base64url(SHA-256(token)), as our own stores name a session.
[[nodiscard]] std::string stored_id(std::string_view token);

[[nodiscard]] bool is_chosen(const LegacySelection& which, std::string_view token);

/// The one spelling of a user's id; nullopt: no user has it.
[[nodiscard]] std::optional<std::string> user_id(std::string_view text, IdKind kind);

/// Whether of two ids the first comes first, as numbers if they are numbers.
[[nodiscard]] bool comes_before(std::string_view one, std::string_view other, IdKind kind) noexcept;

/// The digits of a phone number however it is written; a leading 8 of eleven is the trunk prefix, and becomes 7.
/// Empty: not a phone number.
[[nodiscard]] std::string phone_digits(std::string_view text);

/// 2025-01-31 23:59:59[.ffffff][+00], with a blank or a T; or a whole number. nullopt: not a moment that a session
/// could have.
[[nodiscard]] std::optional<Instant> instant(std::string_view text, InstantKind kind) noexcept;
/// In UTC, to microseconds, without a zone; or the number.
[[nodiscard]] std::string instant_text(Instant at, InstantKind kind);

} // namespace gatehouse::legacy
