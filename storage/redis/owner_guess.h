// SPDX-License-Identifier: Apache-2.0
// Whose session an id was, the last time: then the user's record can be asked for in the same breath. A guess and no
// more, the session's own value decides; a wrong one costs another question. Bounded; loop thread.
#pragma once

#include "storage/uuid.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

class OwnerGuess {
  public:
    /// The user's id; empty: no idea.
    [[nodiscard]] std::string of(std::string_view session_id) const {
        if (places_.empty()) return {};
        const auto mark = mark_of(session_id);
        const Place& place = places_[mark % count];
        return place.session == mark && mark != 0 ? uuid_text(place.user) : std::string();
    }

    void note(std::string_view session_id, std::string_view user_id) {
        places_.resize(count); // which costs something the first time only
        const auto mark = mark_of(session_id);
        if (const auto user = uuid_bytes(user_id)) places_[mark % count] = {mark, *user};
    }

  private:
    static constexpr std::size_t count = 1 << 16;

    struct Place {
        std::size_t session = 0;
        Uuid user{};
    };

    /// Ids are digests: any part of one is as good as a hash of it. Mixed, because base64url uses few of a byte's bits.
    static std::size_t mark_of(std::string_view session_id) noexcept {
        std::size_t mark = 0;
        std::memcpy(&mark, session_id.data(), std::min(session_id.size(), sizeof mark));
        constexpr std::size_t golden = 0x9e3779b97f4a7c15;
        const auto mixed = mark * golden;
        return mixed ^ mixed >> 32U;
    }

    std::vector<Place> places_;
};

} // namespace gatehouse
