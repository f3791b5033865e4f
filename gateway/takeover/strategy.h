// SPDX-License-Identifier: Apache-2.0
// What each strategy does with an older token, as one table. Gatehouse's own record of the token comes first under
// every strategy: only if that is *absent* may the older system decide alone. *unknown*, of either system, is never
// taken for a no. Pure.
#pragma once

#include "gateway/config/config.h"
#include "storage/legacy/takeover_store.h"

#include <optional>
#include <string_view>

namespace gatehouse {

/// What a system says about a token.
enum class Knows {
    live,
    ended,  ///< ended for ever
    gone,   ///< the older system alone: it had the session, and now has not: a logout there
    absent, ///< the system never had it
    unknown ///< the system did not answer
};

[[nodiscard]] std::string_view name_of(Knows knows) noexcept;

enum class OldStep {
    ask_legacy,
    admit_ours, ///< admit the session of Gatehouse, of which the token is an alias
    admit_theirs,
    move,    ///< admit, and take the session over
    refuse,  ///< no system knows the token, or its session is over
    end,     ///< refuse, and end the session of Gatehouse too: the user logged out in the older system
    unknown, ///< no answer is possible now
};

[[nodiscard]] std::string_view name_of(OldStep step) noexcept;

/// An answer of the older system about a session that both systems know is believed for this long; then the older
/// system is asked again. So a logout in the older system is seen at most that late.
inline constexpr Seconds look_again{5};

/// The meaning of the older system's answer for a token of which our record says `ours`. Only a logout ends a session
/// that lives in Gatehouse, because a session that is idle in the older system may be in use in Gatehouse. nullopt: the
/// older system no longer knows an alias of a live session, and what_became must find out why.
[[nodiscard]] std::optional<Knows> meaning_of(const LegacyAnswer& answer, Knows ours) noexcept;

/// What has become of an alias of a live session that the older system no longer knows. `row`: the token in the user's
/// row, if the session was there; nullopt: no such user.
[[nodiscard]] Knows what_became(const OlderName& name, const std::optional<std::string>& row, Instant now) noexcept;

/// `legacy`: what the older system says, once it has been asked. Under `gradual` a session that lives in Gatehouse is
/// admitted without asking. If the older system is asked all the same, a session that ended there ends in Gatehouse.
[[nodiscard]] OldStep next_step(Strategy strategy, Knows ours, std::optional<Knows> legacy) noexcept;

/// Whether a token of Gatehouse counts.
[[nodiscard]] bool reads_ours(Strategy strategy) noexcept;
/// Whether an older token without a record in Gatehouse can count.
[[nodiscard]] bool reads_legacy(Strategy strategy) noexcept;
/// Whether the older system leads: then its users count, too.
[[nodiscard]] bool legacy_leads(Strategy strategy) noexcept;
[[nodiscard]] bool writes_ours(Strategy strategy) noexcept;
[[nodiscard]] bool writes_legacy(Strategy strategy) noexcept;

/// Gateways may differ by one step, and a running gateway may be moved by one.
[[nodiscard]] bool are_neighbours(Strategy one, Strategy other) noexcept;

} // namespace gatehouse
