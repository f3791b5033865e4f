// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/strategy.h"

#include <cstdlib>

namespace gatehouse {
namespace {

/// The older system alone; but it cannot bring back what has ended here.
OldStep legacy_alone(Knows legacy) noexcept {
    switch (legacy) {
    case Knows::live: return OldStep::admit_theirs;
    case Knows::ended:
    case Knows::gone: return OldStep::end;
    case Knows::absent: return OldStep::refuse;
    case Knows::unknown: break;
    }
    return OldStep::unknown;
}

/// The older system first, then we. Of a session that both know ours is the one that is used.
OldStep legacy_first(Knows ours, Knows legacy) noexcept {
    const bool here = ours == Knows::live;
    switch (legacy) {
    case Knows::live: return here ? OldStep::admit_ours : OldStep::move;
    case Knows::ended:
    case Knows::gone: return OldStep::end;
    case Knows::absent: return here ? OldStep::admit_ours : OldStep::refuse; // it may have room for one per user
    case Knows::unknown: break;
    }
    return here ? OldStep::admit_ours : OldStep::unknown;
}

/// What we have never heard of.
OldStep legacy_last(Knows legacy) noexcept {
    switch (legacy) {
    case Knows::live: return OldStep::move;
    case Knows::ended:
    case Knows::gone:
    case Knows::absent: return OldStep::refuse;
    case Knows::unknown: break;
    }
    return OldStep::unknown;
}

} // namespace

OldStep next_step(Strategy strategy, Knows ours, std::optional<Knows> legacy) noexcept {
    if (ours == Knows::unknown) return OldStep::unknown; // it may have ended
    if (ours == Knows::ended || ours == Knows::gone) return OldStep::refuse;
    const bool here = ours == Knows::live;
    switch (strategy) {
    case Strategy::mock_only: return legacy ? legacy_alone(*legacy) : OldStep::ask_legacy;
    case Strategy::mock_with_write_through: return legacy ? legacy_first(ours, *legacy) : OldStep::ask_legacy;
    case Strategy::gradual:
        if (here) return OldStep::admit_ours;
        return legacy ? legacy_last(*legacy) : OldStep::ask_legacy;
    case Strategy::production_only: break;
    }
    return here ? OldStep::admit_ours : OldStep::refuse;
}

bool reads_ours(Strategy strategy) noexcept {
    return strategy != Strategy::mock_only;
}

bool reads_legacy(Strategy strategy) noexcept {
    return strategy != Strategy::production_only;
}

bool legacy_leads(Strategy strategy) noexcept {
    return strategy == Strategy::mock_only || strategy == Strategy::mock_with_write_through;
}

bool writes_ours(Strategy strategy) noexcept {
    return strategy != Strategy::mock_only;
}

bool writes_legacy(Strategy strategy) noexcept {
    return strategy != Strategy::production_only;
}

bool are_neighbours(Strategy one, Strategy other) noexcept {
    return std::abs(static_cast<int>(one) - static_cast<int>(other)) <= 1; // they are declared in their order
}

std::string_view name_of(Knows knows) noexcept {
    switch (knows) {
    case Knows::live: return "live";
    case Knows::ended: return "ended";
    case Knows::gone: return "gone";
    case Knows::absent: return "absent";
    case Knows::unknown: break;
    }
    return "unknown";
}

std::string_view name_of(OldStep step) noexcept {
    switch (step) {
    case OldStep::ask_legacy: return "ask_legacy";
    case OldStep::admit_ours: return "admit_ours";
    case OldStep::admit_theirs: return "admit_theirs";
    case OldStep::move: return "move";
    case OldStep::refuse: return "refuse";
    case OldStep::end: return "end";
    case OldStep::unknown: break;
    }
    return "unknown";
}

} // namespace gatehouse
