// SPDX-License-Identifier: Apache-2.0
#include "gateway/takeover/strategy.h"

#include <cstdlib>

namespace gatehouse {
namespace {

/// The older system decides alone, but it cannot bring back what has ended in Gatehouse.
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

/// The older system is asked first, then Gatehouse. A session that both know is used as the session of Gatehouse.
OldStep legacy_first(Knows ours, Knows legacy) noexcept {
    const bool here = ours == Knows::live;
    switch (legacy) {
    case Knows::live: return here ? OldStep::admit_ours : OldStep::move;
    case Knows::ended:
    case Knows::gone: return OldStep::end;
    // The older system may keep only one session per user, so a missing one is no logout.
    case Knows::absent: return here ? OldStep::admit_ours : OldStep::refuse;
    case Knows::unknown: break;
    }
    return here ? OldStep::admit_ours : OldStep::unknown;
}

/// For a token that is an alias of a live session.
OldStep ours_first(Knows legacy) noexcept {
    return legacy == Knows::ended || legacy == Knows::gone ? OldStep::end : OldStep::admit_ours;
}

/// For a token that Gatehouse has no record of.
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

std::optional<Knows> meaning_of(const LegacyAnswer& answer, Knows ours) noexcept {
    const bool here = ours == Knows::live;
    switch (answer.kind) {
    case LegacyAnswer::Kind::live: return Knows::live;
    case LegacyAnswer::Kind::ended: return answer.revoked || !here ? Knows::ended : Knows::absent;
    case LegacyAnswer::Kind::absent: break;
    }
    return here ? std::nullopt : std::optional(Knows::absent);
}

Knows what_became(const OlderName& name, const std::optional<std::string>& row, Instant now) noexcept {
    const bool may_have_run_out = name.lives_until && now >= *name.lives_until;
    switch (name.place) {
    case LegacyPlace::sessions: return may_have_run_out ? Knows::absent : Knows::gone;
    // Without lives_until, which an older release did not note, a key may have run out at any time.
    case LegacyPlace::redis: return may_have_run_out || !name.lives_until ? Knows::absent : Knows::gone;
    case LegacyPlace::users: break;
    }
    if (!row) return Knows::gone;
    if (!row->empty()) return Knows::absent; // another login has replaced the session
    return name.cleared_here ? Knows::absent : Knows::gone;
}

OldStep next_step(Strategy strategy, Knows ours, std::optional<Knows> legacy) noexcept {
    if (ours == Knows::unknown) return OldStep::unknown; // the session may have ended
    if (ours == Knows::ended || ours == Knows::gone) return OldStep::refuse;
    const bool here = ours == Knows::live;
    switch (strategy) {
    case Strategy::mock_only: return legacy ? legacy_alone(*legacy) : OldStep::ask_legacy;
    case Strategy::mock_with_write_through: return legacy ? legacy_first(ours, *legacy) : OldStep::ask_legacy;
    case Strategy::gradual:
        if (here) return legacy ? ours_first(*legacy) : OldStep::admit_ours;
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
    return std::abs(static_cast<int>(one) - static_cast<int>(other)) <= 1; // the enumerators are in order of the steps
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
