// SPDX-License-Identifier: Apache-2.0
// Whose session an id was, the last time: then the user's record can be asked for in the same breath. A guess and no
// more, the session's own value decides; a wrong one costs another question. Bounded; loop thread.
#pragma once

#include "storage/uuid.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

class OwnerGuess {
  public:
    /// The user's id; empty: no idea.
    [[nodiscard]] std::string of(std::string_view session_id) const {
        if (places_.empty()) return {};
        const auto mark = std::hash<std::string_view>{}(session_id);
        const Place& place = places_[mark % count];
        return place.session == mark && mark != 0 ? uuid_text(place.user) : std::string();
    }

    void note(std::string_view session_id, std::string_view user_id) {
        places_.resize(count); // which costs something the first time only
        const auto mark = std::hash<std::string_view>{}(session_id);
        if (const auto user = uuid_bytes(user_id)) places_[mark % count] = {mark, *user};
    }

  private:
    static constexpr std::size_t count = 1 << 16;

    struct Place {
        std::size_t session = 0;
        Uuid user{};
    };

    std::vector<Place> places_;
};

} // namespace gatehouse
