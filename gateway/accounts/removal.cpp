// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/removal.h"

namespace gatehouse {

boost::asio::awaitable<Removal> remove_account(RemovalPlaces places, RemovalNews& news, std::string user_id,
                                               std::optional<std::int64_t> generation,
                                               std::function<Deadline()> deadline) {
    using Outcome = Removal::Outcome;
    Removal removal;
    const bool told = co_await news.about_to_remove(user_id);
    if (!told) {
        removal.outcome = Outcome::not_told;
        co_return removal;
    }
    for (; removal.which_web < places.web.size(); ++removal.which_web) {
        const auto forgotten = co_await places.web[removal.which_web]->forget(user_id, deadline());
        if (forgotten) continue;
        removal.outcome = Outcome::web_away;
        co_return removal;
    }
    auto removed = co_await places.users.remove(user_id, generation, wall_now(), deadline());
    if (!removed) {
        removal.trouble = removed.error();
        co_return removal;
    }
    removal.ended = removed->ended.size();
    if (!removed->found) {
        removal.outcome = Outcome::changed;
        co_return removal;
    }
    // What a second tab, or a login that was under way, has written meanwhile.
    for (auto* const web : places.web)
        static_cast<void>(co_await web->forget(user_id, deadline()));
    const bool known = co_await news.removed(std::move(user_id), *std::move(removed));
    removal.outcome = known ? Outcome::done : Outcome::unconfirmed;
    co_return removal;
}

std::string_view name_of(Removal::Outcome outcome) noexcept {
    using Outcome = Removal::Outcome;
    switch (outcome) {
    case Outcome::done: return "ok";
    case Outcome::unconfirmed: return "not_confirmed";
    case Outcome::not_told: return "older_system_not_told";
    case Outcome::web_away: return "web_database_away";
    case Outcome::changed: return "changed_meanwhile";
    case Outcome::unavailable: break;
    }
    return "unavailable";
}

} // namespace gatehouse
