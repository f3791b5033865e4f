// SPDX-License-Identifier: Apache-2.0
// What has been answered since the start, by outcome, for the metrics. Plain numbers; loop thread.
#pragma once

#include "gateway/sessions/lookup.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse {

/// How an attempt to sign in went, for the log and the metrics; the visitor is not told why it failed.
enum class LoginOutcome {
    ok,
    wrong_password,
    unknown_account,
    disabled,
    not_for_this_context,
    throttled,
    changed_meanwhile, ///< the user, between the password and the session
    unavailable,
};
inline constexpr std::size_t login_outcomes = static_cast<std::size_t>(LoginOutcome::unavailable) + 1;

[[nodiscard]] std::string_view name_of(LoginOutcome outcome) noexcept;

class Tally {
  public:
    using Count = std::uint64_t;

    /// What a check can be answered: 500 is a rule that cannot be read.
    static constexpr std::array check_statuses{204, 401, 403, 500, 503};

    void check(int status, Reason reason) noexcept { ++checks_[row(reason)][column(status)]; }
    void login(LoginOutcome outcome) noexcept { ++logins_[static_cast<std::size_t>(outcome)]; }

    [[nodiscard]] Count checks(int status, Reason reason) const noexcept {
        return checks_[row(reason)][column(status)];
    }
    [[nodiscard]] Count logins(LoginOutcome outcome) const noexcept {
        return logins_[static_cast<std::size_t>(outcome)];
    }

  private:
    static constexpr std::size_t row(Reason reason) noexcept { return static_cast<std::size_t>(reason); }
    static constexpr std::size_t column(int status) noexcept {
        for (std::size_t i = 0; i < check_statuses.size(); ++i)
            if (check_statuses[i] == status) return i;
        return 3; // none that verify gives: as wrong as a rule that cannot be read
    }

    std::array<std::array<Count, check_statuses.size()>, reasons> checks_{};
    std::array<Count, login_outcomes> logins_{};
};

} // namespace gatehouse
