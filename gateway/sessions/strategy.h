// SPDX-License-Identifier: Apache-2.0
// What each strategy does with a token of the system that is being replaced, as one table. Our own record of a token
// comes first under every strategy; *absent* there is the only answer that lets the older system alone decide, and
// *unknown*, of either, is never taken for a no. Pure.
#pragma once

#include "gateway/config/config.h"

#include <optional>
#include <string_view>

namespace gatehouse {

/// What a store says of a token.
enum class Knows {
    live,
    ended,  ///< and final
    gone,   ///< the older system alone: it had a row of its own, and has been deleted; a logout there
    absent, ///< never heard of it
    unknown ///< did not answer
};

[[nodiscard]] std::string_view name_of(Knows knows) noexcept;

enum class OldStep {
    ask_legacy,
    admit_ours, ///< our session, of which it is another name
    admit_theirs,
    move,    ///< admit, and take it over
    refuse,  ///< nobody knows it, or it is over
    end,     ///< refuse, and end what it stands for here: it was logged out over there
    unknown, ///< nobody can say now
};

[[nodiscard]] std::string_view name_of(OldStep step) noexcept;

/// `legacy`: what the older system says, once it has been asked.
[[nodiscard]] OldStep next_step(Strategy strategy, Knows ours, std::optional<Knows> legacy) noexcept;

/// Whether a token of our own counts.
[[nodiscard]] bool reads_ours(Strategy strategy) noexcept;
/// Whether an old token that we have no record of can be worth something.
[[nodiscard]] bool reads_legacy(Strategy strategy) noexcept;
/// The older system is the one that knows first: users, too, are as it says.
[[nodiscard]] bool legacy_leads(Strategy strategy) noexcept;
[[nodiscard]] bool writes_ours(Strategy strategy) noexcept;
[[nodiscard]] bool writes_legacy(Strategy strategy) noexcept;

/// Nodes may differ by one step, and a running one may be moved by one.
[[nodiscard]] bool are_neighbours(Strategy one, Strategy other) noexcept;

} // namespace gatehouse
