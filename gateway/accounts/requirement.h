// SPDX-License-Identifier: Apache-2.0
// What a location asks for beyond a session: `role:admin permission:orders.write verified`. All words must be met; the
// empty text asks for nothing. A word that cannot be read is never met. Pure; any thread.
#pragma once

#include "storage/records.h"

#include <string_view>

namespace gatehouse {

enum class RequirementVerdict { met, not_met, unreadable };

/// Words are separated by spaces; one unreadable word makes the whole text unreadable. A permission counts until its
/// `expires_at`. The caller has already judged whether the user is disabled. Allocates nothing.
[[nodiscard]] RequirementVerdict evaluate_requirement(std::string_view text, const User& user, Instant now);
/// Whether the requirement would be met if the user's address were verified. False if it is met already.
[[nodiscard]] bool lacks_only_verification(std::string_view text, const User& user, Instant now);

/// For grants and roles, so that no name is stored that no requirement can use.
[[nodiscard]] bool is_role_name(std::string_view name) noexcept;
[[nodiscard]] bool is_permission_name(std::string_view name) noexcept;

} // namespace gatehouse
