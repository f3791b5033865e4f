// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/sql/store.h"

#include "storage/legacy/legacy_values.h"
#include "storage/legacy/sql/store_impl.h"
#include "storage/sql/runner.h"
#include "storage/values.h"

#include <algorithm>
#include <stdexcept>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using legacy::Layout;
using sql::Connection;
using sql::LegacyRow;
using sql::LegacyState;
using sql::Refusal;
using sql::to_legacy_answer;
using sql::to_legacy_user;

sql::Target make_target(const SqlOptions& options) {
    auto target = sql::make_target(options);
    target.foreign = true;
    return target;
}

const Layout& checked(const Layout& layout) {
    if (const auto all = mistakes(layout); !all.empty()) throw std::runtime_error(all.front());
    return layout;
}

/// A revoked row is final; otherwise a live row counts, otherwise an ended one. A token in two users' rows is nobody's.
LegacyAnswer judge(const std::vector<LegacyRow>& rows, const Layout& layout, Instant now) {
    LegacyAnswer best;
    std::size_t owners = 0;
    for (const auto& row : rows)
        owners += std::get<1>(row) == "users" ? 1 : 0;
    for (const auto& row : rows) {
        if (std::get<1>(row) == "users" && owners > 1) continue;
        auto answer = to_legacy_answer(row, layout, now);
        if (answer.revoked) return answer;
        if (best.kind < answer.kind) best = std::move(answer);
    }
    return best;
}

std::optional<LegacyUser> only(const std::vector<LegacyRow>& rows, const Layout& layout) {
    if (rows.size() != 1) return std::nullopt;
    return to_legacy_user(rows.front(), layout);
}

std::optional<LegacyUser> by_email(Connection& c, const LegacyState& s, const std::string& email) {
    if (s.layout.user_email.empty() || !is_storable_text(email)) return std::nullopt;
    return only(c.rows(s.queries.by_email, email), s.layout);
}

std::optional<LegacyUser> by_phone(Connection& c, const LegacyState& s, const std::string& text) {
    const auto digits = legacy::phone_digits(text);
    if (s.layout.user_phone.empty() || digits.empty()) return std::nullopt;
    std::string trunk = digits;
    if (trunk.size() == 11 && trunk.front() == '7') trunk.front() = '8';
    return only(c.rows(s.queries.by_phone, digits, trunk), s.layout);
}

/// Replaces the user's only session with this one and returns the session before.
std::string replace_token(Connection& c, const LegacyState& s, const LegacyLogin& login,
                          const std::optional<std::string>& expected) {
    auto standing = c.value(s.queries.lock_token, login.user_id);
    if (!standing) throw Refusal(StoreError::refused, "the old system has no such user");
    if (expected && *expected != *standing) throw Refusal(StoreError::conflict, "another login came first");
    c.change(s.queries.put_token, login.token, login.user_id, legacy::instant_text(login.now, s.layout.instants));
    return *std::move(standing);
}

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

void insert_row(Connection& c, const LegacyState& s, const LegacyLogin& login) {
    const auto kind = s.layout.instants;
    if (c.rows(s.queries.user, login.user_id).empty())
        throw Refusal(StoreError::refused, "the old system has no such user");
    c.rows(s.queries.insert, login.token, login.user_id, login.context, legacy::instant_text(login.now, kind),
           std::optional(legacy::instant_text(login.expires_at, kind)),
           unless_empty(stored_address(login.origin.address)), unless_empty(login.origin.user_agent));
}

void end_token(Connection& c, const LegacyState& s, const std::string& token, Instant now) {
    if (!s.layout.sessions_table.empty()) c.change(s.queries.end, token, legacy::instant_text(now, s.layout.instants));
    if (!s.layout.user_token.empty() && !s.layout.user_token_stays) c.change(s.queries.clear_token, token);
}

std::vector<std::string> tokens_of(Connection& c, const LegacyState& s, const std::string& user) {
    std::vector<std::string> tokens;
    const auto add = [&](const auto& query) {
        for (auto& [token] : c.rows(query, user))
            tokens.push_back(std::move(token));
    };
    if (!s.layout.sessions_table.empty()) add(s.queries.tokens_of);
    if (!s.layout.user_token.empty()) add(s.queries.token_of);
    std::erase(tokens, std::string());
    return tokens;
}

} // namespace

SqlLegacyStore::Impl::Impl(const SqlOptions& options, const Layout& layout)
    : Runner(make_target(options), sql::shared_threads_for(options, "legacy"), checked(layout)) {}

SqlLegacyStore::SqlLegacyStore(SqlOptions options, Layout layout) : impl_(std::make_unique<Impl>(options, layout)) {}
SqlLegacyStore::~SqlLegacyStore() = default;

bool SqlLegacyStore::stop(Millis grace) {
    return impl_->workers.stop(grace);
}

std::string SqlLegacyStore::last_failure() const {
    return impl_->state->pool.last_failure();
}

std::string SqlLegacyStore::take_trouble() {
    return impl_->state->pool.take_trouble();
}

awaitable<Result<LegacyAnswer>> SqlLegacyStore::find(std::string token, std::string context, Instant now,
                                                     Deadline deadline) {
    return impl_->decide(
        [token = std::move(token), context = std::move(context), now](Connection& c, const LegacyState& s) {
            const bool asked = !s.queries.find.sql.empty() && legacy::is_token(token) && is_storable_text(context);
            if (!asked) return LegacyAnswer{};
            return judge(c.rows(s.queries.find, token, context), s.layout, now);
        },
        deadline);
}

awaitable<Result<std::optional<LegacyUser>>> SqlLegacyStore::find_user(std::string identifier, Deadline deadline) {
    return impl_->serve(
        [text = std::move(identifier)](Connection& c, const LegacyState& s) {
            return text.find('@') != std::string::npos ? by_email(c, s, text) : by_phone(c, s, text);
        },
        deadline);
}

awaitable<Result<std::optional<LegacyUser>>> SqlLegacyStore::find_user_in_any_case(std::string email,
                                                                                   Deadline deadline) {
    return impl_->serve(
        [email = std::move(email)](Connection& c, const LegacyState& s) -> std::optional<LegacyUser> {
            if (s.layout.user_email.empty() || !is_storable_text(email)) return std::nullopt;
            return only(c.rows(s.queries.by_email_in_any_case, email), s.layout);
        },
        deadline);
}

awaitable<Result<std::optional<LegacyUser>>> SqlLegacyStore::user(std::string id, Deadline deadline) {
    return impl_->serve(
        [id = std::move(id)](Connection& c, const LegacyState& s) -> std::optional<LegacyUser> {
            const auto user = legacy::user_id(id, s.layout.user_id_kind);
            if (!user) return std::nullopt;
            return only(c.rows(s.queries.user, *user), s.layout);
        },
        deadline);
}

awaitable<Result<LegacyDisplaced>> SqlLegacyStore::write(LegacyLogin login, std::optional<std::string> expected,
                                                         Deadline deadline) {
    return impl_->serve(
        [login = std::move(login), expected = std::move(expected)](Connection& c, const LegacyState& s) {
            if (!legacy::is_token(login.token) || !legacy::user_id(login.user_id, s.layout.user_id_kind))
                throw Refusal(StoreError::refused, "not a token, or not the id of a user, of the old system");
            LegacyDisplaced displaced;
            if (!s.layout.sessions_table.empty()) {
                c.transaction([&] {
                    insert_row(c, s, login);
                    if (!s.layout.user_token.empty() && s.layout.user_token_set)
                        c.change(s.queries.put_token, login.token, login.user_id,
                                 legacy::instant_text(login.now, s.layout.instants));
                    return 0;
                });
            } else if (!s.layout.user_token.empty()) {
                displaced.token = c.transaction([&] { return replace_token(c, s, login, expected); });
            }
            return displaced;
        },
        deadline);
}

awaitable<Result<std::string>> SqlLegacyStore::standing(std::string user_id, Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id)](Connection& c, const LegacyState& s) -> std::string {
            const auto user = legacy::user_id(user_id, s.layout.user_id_kind);
            const bool rows = !s.layout.sessions_table.empty();
            if (!user || s.layout.user_token.empty() || (rows && !s.layout.user_token_set)) return {};
            const auto token = c.value(s.queries.token_of, *user).value_or("");
            // A token with a row of its own stays valid after the next login.
            return rows && !c.rows(s.queries.owner_of, token).empty() ? std::string() : token;
        },
        deadline);
}

awaitable<Result<std::optional<std::string>>> SqlLegacyStore::user_token(std::string user_id, Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id)](Connection& c, const LegacyState& s) -> std::optional<std::string> {
            if (s.layout.user_token.empty()) throw Refusal(StoreError::refused, "users have no token in their row");
            const auto user = legacy::user_id(user_id, s.layout.user_id_kind);
            return user ? c.value(s.queries.token_of, *user) : std::nullopt;
        },
        deadline);
}

awaitable<Result<void>> SqlLegacyStore::extend(std::string token, Instant now, Instant until, Deadline deadline) {
    return impl_->serve(
        [token = std::move(token), now, until](Connection& c, const LegacyState& s) {
            if (s.queries.extend.sql.empty() || !legacy::is_token(token)) return;
            const auto kind = s.layout.instants;
            c.transaction([&] {
                return c.change(s.queries.extend, token, legacy::instant_text(now, kind),
                                legacy::instant_text(until, kind));
            });
        },
        deadline);
}

awaitable<Result<void>> SqlLegacyStore::clear(std::string token, Instant now, Deadline deadline) {
    return impl_->decide(
        [token = std::move(token), now](Connection& c, const LegacyState& s) {
            if (!legacy::is_token(token)) return;
            c.transaction([&] { return end_token(c, s, token, now), 0; });
        },
        deadline);
}

awaitable<Result<void>> SqlLegacyStore::clear_of(std::string user_id, LegacySelection which, Instant now,
                                                 Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), which = std::move(which), now](Connection& c, const LegacyState& s) {
            const auto user = legacy::user_id(user_id, s.layout.user_id_kind);
            if (!user) return;
            c.transaction([&] {
                for (const auto& token : gatehouse::tokens_of(c, s, *user)) {
                    if (legacy::is_chosen(which, token)) end_token(c, s, token, now);
                }
                return 0;
            });
        },
        deadline);
}

awaitable<Result<std::vector<std::string>>> SqlLegacyStore::tokens_of(std::string user_id, LegacySelection which,
                                                                      Deadline deadline) {
    return impl_->decide(
        [user_id = std::move(user_id), which = std::move(which)](Connection& c, const LegacyState& s) {
            const auto user = legacy::user_id(user_id, s.layout.user_id_kind);
            if (!user) return std::vector<std::string>{};
            auto tokens = gatehouse::tokens_of(c, s, *user);
            std::erase_if(tokens, [&](const std::string& token) { return !legacy::is_chosen(which, token); });
            return tokens;
        },
        deadline);
}

awaitable<Result<void>> SqlLegacyStore::set_password(std::string user_id, std::string old_hash, std::string new_hash,
                                                     Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id), old_hash = std::move(old_hash),
         new_hash = std::move(new_hash)](Connection& c, const LegacyState& s) {
            if (s.layout.user_password.empty() && s.layout.user_password_optional) return; // nothing to change there
            if (s.layout.user_password.empty()) throw Refusal(StoreError::refused, "the old system has no passwords");
            const auto user = legacy::user_id(user_id, s.layout.user_id_kind);
            const auto changed =
                !user ? std::size_t{0}
                      : c.transaction([&] { return c.change(s.queries.set_password, *user, old_hash, new_hash); });
            if (changed == 0) throw Refusal(StoreError::conflict, "the password is another one by now");
        },
        deadline);
}

} // namespace gatehouse
