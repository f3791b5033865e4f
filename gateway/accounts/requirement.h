// SPDX-License-Identifier: Apache-2.0
// What a location asks for beyond a session: `role:admin permission:orders.write verified`. All words are needed; the
// empty text asks for nothing. What cannot be read is never met. Pure; any thread.
#pragma once

#include "storage/records.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct Requirement {
    std::vector<std::string> roles;       ///< ^[a-z0-9_-]{1,32}$; a user has one, so two different ones are never met
    std::vector<std::string> permissions; ///< ^[a-z0-9_.:-]{1,100}$
    bool verified = false;

    bool operator==(const Requirement&) const = default;
};

/// Words are separated by spaces. nullopt: a word that is none of ours, or whose name is not in the grammar.
[[nodiscard]] std::optional<Requirement> parse_requirement(std::string_view text);

/// A permission counts until its `expires_at`. Whether the user is disabled has been judged before.
[[nodiscard]] bool satisfied(const Requirement& requirement, const User& user, Instant now);

enum class RequirementVerdict { met, not_met, unreadable };

/// Both at once, straight from the text and without allocation. One unreadable word makes all of it unreadable.
[[nodiscard]] RequirementVerdict evaluate_requirement(std::string_view text, const User& user, Instant now);

/// For grants and roles, so that nothing is stored that no requirement can name.
[[nodiscard]] bool is_role_name(std::string_view name) noexcept;
[[nodiscard]] bool is_permission_name(std::string_view name) noexcept;

} // namespace gatehouse
