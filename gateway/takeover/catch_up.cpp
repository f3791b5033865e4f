// SPDX-License-Identifier: Apache-2.0
#include "gateway/takeover/catch_up.h"

namespace gatehouse {
namespace {

constexpr std::size_t part = 500;

boost::asio::awaitable<Knows> look_there(LegacyStore& legacy, OlderName name, std::string token, std::string context,
                                         Millis patience) {
    const auto now = wall_now();
    const auto found = co_await legacy.find(std::move(token), std::move(context), now, deadline_in(patience));
    if (!found) co_return Knows::unknown;
    if (const auto meaning = meaning_of(*found, Knows::live)) co_return *meaning;
    co_return co_await look_for_missing(legacy, std::move(name), now, patience);
}

} // namespace

boost::asio::awaitable<Knows> look_for_missing(LegacyStore& legacy, OlderName name, Instant now, Millis patience) {
    std::optional<std::string> row;
    if (name.place == LegacyPlace::users) {
        auto standing = co_await legacy.user_token(name.legacy_user_id, deadline_in(patience));
        if (!standing) co_return Knows::unknown;
        row = *std::move(standing);
    }
    co_return what_became(name, row, now);
}

boost::asio::awaitable<Result<std::size_t>> catch_up(LegacyStore& legacy, TakeoverStore& store, SessionStore& sessions,
                                                     const TokenSeal& seal, std::string context,
                                                     const std::unordered_set<std::string>& seen_there,
                                                     Millis patience) {
    std::size_t ended = 0;
    std::string after;
    for (;;) {
        const auto names = co_await store.live_names(context, after, part, wall_now(), deadline_in(patience));
        if (!names) co_return names.error();
        if (names->empty()) co_return ended;
        after = names->back().id;
        for (const auto& name : *names) {
            if (seen_there.contains(name.id)) continue;
            auto token = seal.open(name.sealed, name.id);
            // Recorded by an older release without its token: the older system cannot be asked about it.
            if (!token) continue;
            const auto knows = co_await look_there(legacy, name, *std::move(token), context, patience);
            if (knows == Knows::unknown) co_return make_error_code(StoreError::unavailable);
            if (knows != Knows::ended && knows != Knows::gone) continue;
            const auto now = wall_now();
            const EndedSession end{{context, name.id}, name.lives_until.value_or(now)};
            const auto done = co_await sessions.end_name(end, now, deadline_in(patience));
            if (!done) co_return done.error();
            ++ended;
        }
    }
}

} // namespace gatehouse
