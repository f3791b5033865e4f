// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a TakeoverStore: the aliases of sessions.
#include "storage/sql/store_impl.h"
#include "storage/values.h"

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using sql::Connection;
using sql::IdentityQueries;
using Names = std::vector<OlderName>;

LegacyPlace place_named(std::string_view name) {
    if (name == name_of(LegacyPlace::redis)) return LegacyPlace::redis;
    return name == name_of(LegacyPlace::users) ? LegacyPlace::users : LegacyPlace::sessions;
}

Names to_names(const std::vector<sql::TakeoverQueries::NameRow>& rows) {
    Names names;
    for (const auto& [id, sealed, place, lives_until, over, user, cleared] : rows)
        names.push_back({id, sealed, place_named(place), lives_until, over, user, cleared});
    return names;
}

} // namespace

awaitable<Result<Names>> SqlIdentityStore::older_names(SessionKey session, Deadline deadline) {
    return impl_->decide(
        [key = std::move(session)](Connection& c, const IdentityQueries& q) {
            return to_names(c.rows(q.takeover.older_names, key.id, key.context));
        },
        deadline);
}

awaitable<Result<Names>> SqlIdentityStore::older_names_of(std::string user_id, Instant now, Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), now](Connection& c, const IdentityQueries& q) {
            return is_uuid(user_id) ? to_names(c.rows(q.takeover.older_names_of, user_id, now)) : Names{};
        },
        deadline);
}

awaitable<Result<Names>> SqlIdentityStore::live_names(std::string context, std::string after, std::size_t limit,
                                                      Instant now, Deadline deadline) {
    return impl_->serve(
        [context = std::move(context), after = std::move(after), limit, now](Connection& c, const IdentityQueries& q) {
            return to_names(c.rows(q.takeover.live_names, context, after, now, static_cast<std::int64_t>(limit)));
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::note_alive(SessionKey token, std::string sealed,
                                                     std::optional<Instant> lives_until, Deadline deadline) {
    return impl_->serve(
        [key = std::move(token), sealed = std::move(sealed), lives_until](Connection& c, const IdentityQueries& q) {
            c.write([&] { return c.change(q.takeover.note_alive, key.id, key.context, sealed, lives_until); });
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::note_cleared(std::string legacy_user_id, bool cleared, Deadline deadline) {
    return impl_->decide(
        [user = std::move(legacy_user_id), cleared](Connection& c, const IdentityQueries& q) {
            c.write([&] { return c.change(q.takeover.note_cleared, user, cleared); });
        },
        deadline);
}

} // namespace gatehouse
