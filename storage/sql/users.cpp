// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a UserStore.
#include "storage/sql/store_impl.h"
#include "storage/values.h"

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using sql::Connection;
using sql::IdentityQueries;

Account to_account(const sql::AccountRow& row) {
    return std::make_from_tuple<Account>(row);
}

std::optional<Account> to_account(const std::optional<sql::AccountRow>& row) {
    if (!row) return std::nullopt;
    return to_account(*row);
}

/// One change in one transaction: `change` returns the new generation; `then`, called if the user was found, returns
/// the ended sessions.
template <class Change, class Then>
UserChange change_user(Connection& c, const std::string& user_id, const Change& change, const Then& then) {
    if (!is_uuid(user_id)) return {};
    return c.transaction([&]() -> UserChange {
        const auto generation = change();
        if (!generation) return {};
        return {true, *generation, then()};
    });
}

/// Rolls back, so that a link by which nothing was changed still works: a user who is disabled may be enabled again.
struct NothingSet {};

std::vector<EndedSession> nothing_ended() {
    return {};
}

/// `change` returns how many permissions it changed. Each changed permission raises the generation; if none changed,
/// this function raises it.
template <class Change>
UserChange change_permissions(Connection& c, const sql::UserQueries& q, const std::string& user_id, Instant now,
                              const Change& change) {
    if (!is_uuid(user_id)) return {};
    return c.transaction([&]() -> UserChange {
        if (c.change(q.lock, user_id, now) == 0) return {};
        if (change() == 0) return {true, c.value(q.touch, user_id).value(), {}};
        return {true, to_account(c.row(q.find, user_id).value()).generation, {}};
    });
}

} // namespace

awaitable<Result<std::optional<Account>>> SqlIdentityStore::find_by_email(std::string email, Deadline deadline) {
    return impl_->serve(
        [email = std::move(email)](Connection& c, const IdentityQueries& q) {
            return to_account(c.row(q.users.find_by_email, email));
        },
        deadline);
}

awaitable<Result<std::optional<Account>>> SqlIdentityStore::find_by_phone(std::string phone, Deadline deadline) {
    return impl_->serve(
        [phone = std::move(phone)](Connection& c, const IdentityQueries& q) {
            return to_account(c.row(q.users.find_by_phone, phone));
        },
        deadline);
}

awaitable<Result<std::optional<Account>>> SqlIdentityStore::find(std::string user_id, Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id)](Connection& c, const IdentityQueries& q) -> std::optional<Account> {
            if (!is_uuid(user_id)) return std::nullopt;
            return to_account(c.row(q.users.find, user_id));
        },
        deadline);
}

awaitable<Result<std::optional<User>>> SqlIdentityStore::find_in_context(std::string user_id, std::string context,
                                                                         Instant now, Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id), context = std::move(context),
         now](Connection& c, const IdentityQueries& q) -> std::optional<User> {
            if (!is_uuid(user_id)) return std::nullopt;
            const auto row = c.row(q.users.find_in_context, user_id, context, now);
            if (!row) return std::nullopt;
            const auto& [email, role, verified, disabled, generation, permissions, legacy_id, phone] = *row;
            User user{user_id, email, role, verified, disabled, generation, sql::to_permissions(permissions)};
            set_facts(user, legacy_id, phone);
            return user;
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::create(NewAccount account, Deadline deadline) {
    return impl_->serve(
        [a = std::move(account)](Connection& c, const IdentityQueries& q) {
            if (!is_uuid(a.id)) throw sql::Refusal(StoreError::refused, "a user's id must be a UUID");
            // A transaction, so that this single statement is not repeated: a repetition after a success would report
            // conflict.
            c.transaction([&] {
                return c.change(q.users.create, a.id, a.email, a.password_hash, a.role, a.verified, a.created_at);
            });
        },
        deadline);
}

awaitable<Result<std::vector<Account>>> SqlIdentityStore::list(std::string after, std::size_t limit,
                                                               Deadline deadline) {
    const auto most = sql::at_most(limit);
    return impl_->serve(
        [after = std::move(after), most](Connection& c, const IdentityQueries& q) {
            std::vector<Account> accounts;
            for (const auto& row : c.rows(q.users.list, after, most))
                accounts.push_back(to_account(row));
            return accounts;
        },
        deadline);
}

awaitable<Result<std::vector<SqlIdentityStore::Unaddressed>>>
SqlIdentityStore::list_unaddressed(std::string after, std::size_t limit, Deadline deadline) {
    const auto most = sql::at_most(limit);
    if (after.empty()) after = lowest_uuid;
    return impl_->serve(
        [after = std::move(after), most](Connection& c, const IdentityQueries& q) {
            std::vector<Unaddressed> accounts;
            if (!is_uuid(after)) return accounts;
            for (const auto& row : c.rows(q.users.list_unaddressed, after, most)) {
                const auto to_account = [](const std::string&, const auto&... columns) { return Account{columns...}; };
                accounts.push_back({std::apply(to_account, row), std::get<0>(row)});
            }
            return accounts;
        },
        deadline);
}

awaitable<Result<UserChange>> SqlIdentityStore::set_password(std::string user_id, std::string password_hash,
                                                             PasswordProof proof, std::optional<SessionKey> keep,
                                                             Instant now, Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), hash = std::move(password_hash), proof = std::move(proof),
         keep = std::move(keep), now](Connection& c, const IdentityQueries& q) {
            const auto set = [&]() -> std::optional<std::int64_t> {
                if (proof.token_id.empty()) return c.value(q.users.set_password, user_id, hash, proof.generation, now);
                const bool used = sql::use_for_password(c, q, proof, user_id, now);
                const auto generation =
                    used ? c.value(q.users.set_password, user_id, hash, proof.generation, now) : std::nullopt;
                if (!generation) throw NothingSet();
                return generation;
            };
            try {
                return change_user(c, user_id, set, [&] {
                    // Whoever has changed address and password of an account that is not theirs cannot keep its owner
                    // out.
                    sql::end_links(c, q, user_id, proof.takes_back_address);
                    return sql::end_all(c, q, user_id, keep, now);
                });
            } catch (const NothingSet&) {
                c.settle();
                return UserChange{};
            }
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::replace_hash(std::string user_id, std::string old_hash, std::string new_hash,
                                                       Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id), old_hash = std::move(old_hash),
         new_hash = std::move(new_hash)](Connection& c, const IdentityQueries& q) {
            if (!is_uuid(user_id)) return;
            c.write([&] { return c.change(q.users.replace_hash, user_id, old_hash, new_hash); });
        },
        deadline);
}

awaitable<Result<UserChange>> SqlIdentityStore::set_disabled(std::string user_id, bool disabled, Instant now,
                                                             Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), disabled, now](Connection& c, const IdentityQueries& q) {
            return change_user(
                c, user_id, [&] { return c.value(q.users.set_disabled, user_id, disabled, now); },
                [&] { return disabled ? sql::end_all(c, q, user_id, std::nullopt, now) : nothing_ended(); });
        },
        deadline);
}

awaitable<Result<UserChange>> SqlIdentityStore::remove(std::string user_id, std::optional<std::int64_t> generation,
                                                       Instant now, Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), generation, now](Connection& c, const IdentityQueries& q) {
            return change_user(
                c, user_id, [&] { return c.value(q.users.take_leave, user_id, generation, now); },
                [&] {
                    auto ended = sql::end_all(c, q, user_id, std::nullopt, now);
                    c.change(q.users.forget_mail, user_id);
                    c.change(q.users.forget_tokens, user_id);
                    c.change(q.users.remove, user_id);
                    return ended;
                });
        },
        deadline);
}

awaitable<Result<UserChange>> SqlIdentityStore::set_contact(std::string user_id, Contact contact, Instant now,
                                                            Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), contact = std::move(contact), now](Connection& c, const IdentityQueries& q) {
            const auto& [email, phone, claimed, verified] = contact;
            const auto flag = verified ? sql::MaybeNumber(*verified ? 1 : 0) : std::nullopt;
            return change_user(
                c, user_id, [&] { return c.value(q.users.set_contact, user_id, email, phone, claimed, flag, now); },
                [&] {
                    if (email) sql::end_links(c, q, user_id, true);
                    return nothing_ended();
                });
        },
        deadline);
}

awaitable<Result<bool>> SqlIdentityStore::unlock(std::string user_id, Instant now, Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id), now](Connection& c, const IdentityQueries& q) {
            return is_uuid(user_id) && c.change(q.users.unlock, user_id, now) > 0;
        },
        deadline);
}

awaitable<Result<std::vector<Unlocked>>> SqlIdentityStore::unlocked_since(Instant since, Deadline deadline) {
    return impl_->decide(
        [since](Connection& c, const IdentityQueries& q) {
            std::vector<Unlocked> found;
            for (const auto& row : c.rows(q.users.unlocked_since, since))
                found.push_back(std::make_from_tuple<Unlocked>(row));
            return found;
        },
        deadline);
}

awaitable<Result<UserChange>> SqlIdentityStore::set_role(std::string user_id, std::string role, Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), role = std::move(role)](Connection& c, const IdentityQueries& q) {
            return change_user(
                c, user_id, [&] { return c.value(q.users.set_role, user_id, role, wall_now()); }, nothing_ended);
        },
        deadline);
}

awaitable<Result<UserChange>> SqlIdentityStore::grant(std::string user_id, std::string context, Grant grant,
                                                      Instant now, Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), context = std::move(context), grant = std::move(grant),
         now](Connection& c, const IdentityQueries& q) {
            return change_permissions(c, q.users, user_id, now, [&] {
                const auto& [permission, by] = grant;
                return c.change(q.users.grant, user_id, context, permission.name, permission.expires_at, by, now);
            });
        },
        deadline);
}

awaitable<Result<UserChange>> SqlIdentityStore::withdraw(std::string user_id, std::string context,
                                                         std::string permission, Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), context = std::move(context),
         permission = std::move(permission)](Connection& c, const IdentityQueries& q) {
            return change_permissions(c, q.users, user_id, wall_now(),
                                      [&] { return c.change(q.users.withdraw, user_id, context, permission); });
        },
        deadline);
}

} // namespace gatehouse
