// SPDX-License-Identifier: Apache-2.0
// What an operator gives together with an invitation: the text that the one-time token keeps, and the mail names. Pure.
#pragma once

#include "storage/one_time_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct Invitation {
    std::string role = "user";
    std::vector<FirstPermission> permissions{}; ///< all in one context
};

/// A JSON object.
[[nodiscard]] std::string text_of(const Invitation& invitation);
/// An unreadable text is an invitation that gives nothing.
[[nodiscard]] Invitation read_invitation(std::string_view text);

} // namespace gatehouse
