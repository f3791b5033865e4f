// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a OneTimeStore.
#include "storage/sql/store_impl.h"
#include "storage/values.h"

namespace gatehouse {

using boost::asio::awaitable;
using sql::Connection;
using sql::IdentityQueries;

bool sql::use_for_password(Connection& c, const IdentityQueries& q, const PasswordProof& proof,
                           const std::string& user_id, Instant now) {
    const auto purpose = proof.takes_back_address ? Purpose::take_back_address : Purpose::reset_password;
    const auto used = c.row(q.one_time.use, proof.token_id, std::string(name_of(purpose)), now);
    if (!used) return false;
    const auto& [owner, address] = *used;
    if (owner != user_id) return false;
    if (proof.takes_back_address) return c.value(q.users.set_address, user_id, address, now).has_value();
    c.change(q.one_time.verify, user_id, address);
    return true;
}

void sql::end_links(Connection& c, const IdentityQueries& q, const std::string& user_id, bool all) {
    c.change(all ? q.one_time.end_all : q.one_time.end_most, user_id);
    // The link of a mail is made when the mail is sent: one that still waits would bring a new link.
    c.change(all ? q.mail.drop_links : q.mail.drop_new_address, user_id);
}

namespace {

AddressChange change_address(Connection& c, const IdentityQueries& q, const std::string& token_id,
                             const NewMail& notice, Instant now) {
    using Outcome = AddressChange::Outcome;
    const auto used = c.row(q.one_time.use, token_id, std::string(name_of(Purpose::new_address)), now);
    if (!used) return {};
    const auto& [user, address] = *used;
    c.change(q.users.lock, user, now); // so that the address of before is the one that goes
    const auto row = c.row(q.users.find, user);
    if (!row) return {};
    const auto generation = c.value(q.users.set_address, user, address, now);
    if (!generation) return {Outcome::taken, {}, 0, {}};
    AddressChange changed{Outcome::yes, user, *generation, std::get<1>(*row)};
    sql::end_links(c, q, user, false);
    if (!changed.before.empty())
        c.change(q.mail.enqueue_for_user, notice.id, notice.kind, user, changed.before, notice.language, notice.context,
                 notice.facts, now, sql::Number{0}, now);
    return changed;
}

} // namespace

awaitable<Result<bool>> SqlIdentityStore::issue(OneTimeToken token, Deadline deadline) {
    return impl_->serve(
        [token = std::move(token)](Connection& c, const IdentityQueries& q) {
            const std::string purpose(name_of(token.purpose));
            const auto user = token.user_id.empty() ? std::nullopt : std::optional(token.user_id);
            if (user && !is_uuid(*user)) return false;
            return c.transaction([&] {
                c.change(q.one_time.end_older, purpose, user, token.address);
                return c.change(q.one_time.insert, token.id, purpose, user, token.address, token.created_at,
                                token.expires_at, token.grants) > 0;
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
            const auto& [user, address, created_at, expires_at, grants] = *row;
            return OneTimeToken{id, purpose, user, address, created_at, expires_at, grants};
        },
        deadline);
}

awaitable<Result<Registered>> SqlIdentityStore::register_account(std::string token_id, Purpose purpose,
                                                                 NewAccount account,
                                                                 std::vector<FirstPermission> permissions,
                                                                 Deadline deadline) {
    return impl_->decide(
        [token_id = std::move(token_id), purpose, a = std::move(account),
         all = std::move(permissions)](Connection& c, const IdentityQueries& q) {
            if (!is_uuid(a.id)) throw sql::Refusal(StoreError::refused, "a user's id must be a UUID");
            return c.transaction([&] {
                const auto used = c.row(q.one_time.use, token_id, std::string(name_of(purpose)), a.created_at);
                if (!used) return Registered::no_token;
                const auto& address = std::get<1>(*used);
                const bool made =
                    c.change(q.users.create_new, a.id, address, a.password_hash, a.role, true, a.created_at) > 0;
                if (!made) return Registered::taken;
                for (const auto& [context, name] : all)
                    c.change(q.users.grant, a.id, context, name, sql::MaybeInstant{}, sql::Text{}, a.created_at);
                return Registered::yes;
            });
        },
        deadline);
}

awaitable<Result<AddressChange>> SqlIdentityStore::change_address(std::string token_id, NewMail notice, Instant now,
                                                                  Deadline deadline) {
    return impl_->decide(
        [token_id = std::move(token_id), notice = std::move(notice), now](Connection& c, const IdentityQueries& q) {
            return c.transaction([&] { return gatehouse::change_address(c, q, token_id, notice, now); });
        },
        deadline);
}

awaitable<Result<UserChange>> SqlIdentityStore::verify_address(std::string token_id, Instant now, Deadline deadline) {
    return impl_->decide(
        [token_id = std::move(token_id), now](Connection& c, const IdentityQueries& q) {
            return c.transaction([&]() -> UserChange {
                const auto used = c.row(q.one_time.use, token_id, std::string(name_of(Purpose::verify_address)), now);
                if (!used) return {};
                const auto& [user, address] = *used;
                const auto generation = c.value(q.one_time.verify_alone, user, address, now);
                if (!generation) return {};
                return {true, *generation, {}};
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
