// SPDX-License-Identifier: Apache-2.0
// Remembers whose session an id was, so that the session and its user are asked for in one round trip. A hint only: the
// session's own value decides, and a wrong hint costs one more question. Bounded; loop thread.
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
    /// The user's id; empty: unknown.
    [[nodiscard]] std::string of(std::string_view session_id) const {
        if (places_.empty()) return {};
        const auto mark = std::hash<std::string_view>{}(session_id);
        const Place& place = places_[mark % count];
        return place.session == mark && mark != 0 ? uuid_text(place.user) : std::string();
    }

    void note(std::string_view session_id, std::string_view user_id) {
        places_.resize(count); // allocates only the first time
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
