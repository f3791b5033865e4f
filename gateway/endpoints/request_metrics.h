// SPDX-License-Identifier: Apache-2.0
// Counts of answers since the start, by outcome, for the metrics. Plain numbers; loop thread.
#pragma once

#include "gateway/sessions/verdict.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse {

/// The result of an attempt to sign in, for the log and the metrics. The visitor is not told why it failed.
enum class LoginOutcome {
    ok,
    wrong_password,
    unknown_account,
    disabled,
    not_for_this_context,
    throttled,
    changed_meanwhile, ///< the user changed between the password check and the session
    unavailable,
};
inline constexpr std::size_t login_outcomes = static_cast<std::size_t>(LoginOutcome::unavailable) + 1;

[[nodiscard]] std::string_view name_of(LoginOutcome outcome) noexcept;

/// What became of a password that was chosen behind the link of a mail.
enum class LinkOutcome { ok, dead_link, taken, unavailable };
inline constexpr std::size_t link_outcomes = static_cast<std::size_t>(LinkOutcome::unavailable) + 1;

[[nodiscard]] std::string_view name_of(LinkOutcome outcome) noexcept;

class RequestMetrics {
  public:
    using Count = std::uint64_t;

    /// The statuses of a check; 500 means a malformed rule.
    static constexpr std::array check_statuses{204, 401, 403, 500, 503};

    void check(int status, Reason reason) noexcept { ++checks_[row(reason)][column(status)]; }
    void reset(LinkOutcome outcome) noexcept { ++resets_[static_cast<std::size_t>(outcome)]; }
    void registration(LinkOutcome outcome) noexcept { ++registrations_[static_cast<std::size_t>(outcome)]; }
    void login(LoginOutcome outcome) noexcept { ++logins_[static_cast<std::size_t>(outcome)]; }

    [[nodiscard]] Count checks(int status, Reason reason) const noexcept {
        return checks_[row(reason)][column(status)];
    }
    [[nodiscard]] Count logins(LoginOutcome outcome) const noexcept {
        return logins_[static_cast<std::size_t>(outcome)];
    }
    [[nodiscard]] Count resets(LinkOutcome outcome) const noexcept {
        return resets_[static_cast<std::size_t>(outcome)];
    }
    [[nodiscard]] Count registrations(LinkOutcome outcome) const noexcept {
        return registrations_[static_cast<std::size_t>(outcome)];
    }

  private:
    static constexpr std::size_t row(Reason reason) noexcept { return static_cast<std::size_t>(reason); }
    static constexpr std::size_t column(int status) noexcept {
        for (std::size_t i = 0; i < check_statuses.size(); ++i)
            if (check_statuses[i] == status) return i;
        return 3; // verify gives no other status: counted like a malformed rule
    }

    std::array<std::array<Count, check_statuses.size()>, reasons> checks_{};
    std::array<Count, login_outcomes> logins_{};
    std::array<Count, link_outcomes> resets_{};
    std::array<Count, link_outcomes> registrations_{};
};

} // namespace gatehouse
