// SPDX-License-Identifier: Apache-2.0
// What a stored value may hold, the same for every store. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse {

struct User;

/// The canonical form only: 36 characters, lower case. Anything else names nobody.
bool is_uuid(std::string_view text) noexcept;

/// Lists of ids begin after it; nobody has it.
inline constexpr std::string_view lowest_uuid = "00000000-0000-0000-0000-000000000000";

/// Valid UTF-8 without a NUL: text that PostgreSQL and SQLite both store and return unchanged.
bool is_storable_text(std::string_view text) noexcept;

/// An IPv4 or IPv6 address as it is stored (no zone); empty if `text` is not one.
std::string stored_address(const std::string& text);

/// Whether the text can be an item of a list separated by spaces, or of a header: visible ASCII, 1 to `longest` bytes.
bool is_word(std::string_view text, std::size_t longest) noexcept;

/// Sets the user's id in an older system and phone number, as checks pass them on. Leaves out a fact that is no word,
/// and an id that equals the user's own.
void set_facts(User& user, std::string legacy_id, std::string phone);

} // namespace gatehouse
