// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a OneTimeStore.
#include "storage/sql/store_impl.h"
#include "storage/values.h"

namespace gatehouse {

using boost::asio::awaitable;
using sql::Connection;
using sql::IdentityQueries;

bool sql::use_for_password(Connection& c, const OneTimeQueries& q, const std::string& token_id,
                           const std::string& user_id, Instant now) {
    const auto used = c.row(q.use, token_id, std::string(name_of(Purpose::reset_password)), now);
    if (!used) return false;
    const auto& [owner, address] = *used;
    if (owner != user_id) return false;
    c.change(q.verify, user_id, address);
    return true;
}

awaitable<Result<bool>> SqlIdentityStore::issue(OneTimeToken token, Deadline deadline) {
    return impl_->serve(
        [token = std::move(token)](Connection& c, const IdentityQueries& q) {
            const std::string purpose(name_of(token.purpose));
            const auto user = token.user_id.empty() ? std::nullopt : std::optional(token.user_id);
            if (user && !is_uuid(*user)) return false;
            return c.transaction([&] {
                c.change(q.one_time.end_older, purpose, token.address);
                return c.change(q.one_time.insert, token.id, purpose, user, token.address, token.created_at,
                                token.expires_at) > 0;
            });
        },
        deadline);
}

awaitable<Result<std::optional<OneTimeToken>>> SqlIdentityStore::find_token(std::string id, Purpose purpose,
                                                                            Instant now, Deadline deadline) {
    return impl_->serve(
        [id = std::move(id), purpose, now](Connection& c, const IdentityQueries& q) -> std::optional<OneTimeToken> {
            const auto row = c.row(q.one_time.find, id, std::string(name_of(purpose)), now);
            if (!row) return std::nullopt;
            const auto& [user, address, created_at, expires_at] = *row;
            return OneTimeToken{id, purpose, user, address, created_at, expires_at};
        },
        deadline);
}

awaitable<Result<Registered>> SqlIdentityStore::register_account(std::string token_id, NewAccount account,
                                                                 Deadline deadline) {
    return impl_->decide(
        [token_id = std::move(token_id), a = std::move(account)](Connection& c, const IdentityQueries& q) {
            if (!is_uuid(a.id)) throw sql::Refusal(StoreError::refused, "a user's id must be a UUID");
            return c.transaction([&] {
                const auto purpose = std::string(name_of(Purpose::register_account));
                const auto used = c.row(q.one_time.use, token_id, purpose, a.created_at);
                if (!used) return Registered::no_token;
                const auto& address = std::get<1>(*used);
                const bool made =
                    c.change(q.users.create_new, a.id, address, a.password_hash, a.role, true, a.created_at) > 0;
                return made ? Registered::yes : Registered::taken;
            });
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::forget_one_time(Instant before, std::size_t limit, Deadline deadline) {
    const auto most = sql::at_most(limit);
    return impl_->serve(
        [before, most](Connection& c, const IdentityQueries& q) {
            return c.write([&] { return c.change(q.one_time.forget, before, most); });
        },
        deadline);
}

} // namespace gatehouse
