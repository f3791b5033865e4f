// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/legacy_store.h"

#include "storage/legacy/words.h"
#include "storage/sql/legacy_impl.h"
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
    auto target = sql::parse_url(options.url, options.connect_timeout);
    target.statement_timeout = options.statement_timeout;
    target.lock_timeout = options.statement_timeout / 2;
    target.foreign = true;
    return target;
}

const Layout& checked(const Layout& layout) {
    if (const auto all = mistakes(layout); !all.empty()) throw std::runtime_error(all.front());
    return layout;
}

/// A revoked row is final; else whatever is live, else whatever has ended. A token in two users' rows is nobody's.
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
    if (const auto rows = c.rows(s.queries.by_email, email); !rows.empty()) return only(rows, s.layout);
    return only(c.rows(s.queries.by_email_in_any_case, email), s.layout);
}

std::optional<LegacyUser> by_phone(Connection& c, const LegacyState& s, const std::string& text) {
    const auto digits = legacy::phone_digits(text);
    if (s.layout.user_phone.empty() || digits.empty()) return std::nullopt;
    std::string trunk = digits;
    if (trunk.size() == 11 && trunk.front() == '7') trunk.front() = '8';
    return only(c.rows(s.queries.by_phone, digits, trunk), s.layout);
}

/// The user's one session becomes this one; what it was before.
std::string replace_token(Connection& c, const LegacyState& s, const LegacyLogin& login,
                          const std::optional<std::string>& expected) {
    const auto row = c.row(s.queries.lock_token, login.user_id);
    if (!row) throw Refusal(StoreError::refused, "the old system has no such user");
    const auto& standing = std::get<0>(*row);
    if (expected && *expected != standing) throw Refusal(StoreError::conflict, "another login came first");
    c.change(s.queries.put_token, login.token, login.user_id, legacy::instant_text(login.now, s.layout.instants));
    return standing;
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
    : state(std::make_shared<State>(make_target(options), std::max<std::size_t>(options.connections, 1),
                                    checked(layout))),
      workers({.name = "legacy", .threads = std::max<std::size_t>(options.connections, 1), .queue = options.queue}) {}

SqlLegacyStore::SqlLegacyStore(SqlOptions options, Layout layout) : impl_(std::make_unique<Impl>(options, layout)) {}
SqlLegacyStore::~SqlLegacyStore() = default;

bool SqlLegacyStore::stop(Millis grace) {
    return impl_->workers.stop(grace);
}

std::string SqlLegacyStore::last_failure() const {
    return impl_->state->pool.last_failure();
}

awaitable<Result<LegacyAnswer>> SqlLegacyStore::find(std::string token, std::string context, Instant now,
                                                     Deadline deadline) {
    return impl_->run(
        [token = std::move(token), context = std::move(context), now](Connection& c, const LegacyState& s) {
            const bool asked = !s.queries.find.sql.empty() && legacy::is_token(token) && is_storable_text(context);
            if (!asked) return LegacyAnswer{};
            return judge(c.rows(s.queries.find, token, context), s.layout, now);
        },
        deadline);
}

awaitable<Result<std::optional<LegacyUser>>> SqlLegacyStore::find_user(std::string identifier, Deadline deadline) {
    return impl_->run(
        [text = std::move(identifier)](Connection& c, const LegacyState& s) {
            return text.find('@') != std::string::npos ? by_email(c, s, text) : by_phone(c, s, text);
        },
        deadline);
}

awaitable<Result<std::optional<LegacyUser>>> SqlLegacyStore::user(std::string id, Deadline deadline) {
    return impl_->run(
        [id = std::move(id)](Connection& c, const LegacyState& s) -> std::optional<LegacyUser> {
            const auto user = legacy::user_id(id, s.layout.user_id_kind);
            if (!user) return std::nullopt;
            return only(c.rows(s.queries.user, *user), s.layout);
        },
        deadline);
}

awaitable<Result<LegacyDisplaced>> SqlLegacyStore::write(LegacyLogin login, std::optional<std::string> expected,
                                                         Deadline deadline) {
    return impl_->run(
        [login = std::move(login), expected = std::move(expected)](Connection& c, const LegacyState& s) {
            if (!legacy::is_token(login.token) || !legacy::user_id(login.user_id, s.layout.user_id_kind))
                throw Refusal(StoreError::refused, "not a token, or not the id of a user, of the old system");
            LegacyDisplaced displaced;
            if (!s.layout.sessions_table.empty()) {
                c.transaction([&] { return insert_row(c, s, login), 0; });
            } else if (!s.layout.user_token.empty()) {
                displaced.token = c.transaction([&] { return replace_token(c, s, login, expected); });
            }
            return displaced;
        },
        deadline);
}

awaitable<Result<std::string>> SqlLegacyStore::standing(std::string user_id, Deadline deadline) {
    return impl_->run(
        [user_id = std::move(user_id)](Connection& c, const LegacyState& s) -> std::string {
            const auto user = legacy::user_id(user_id, s.layout.user_id_kind);
            const bool one_each = s.layout.sessions_table.empty() && !s.layout.user_token.empty();
            if (!user || !one_each) return {};
            const auto row = c.row(s.queries.token_of, *user);
            return row ? std::get<0>(*row) : std::string();
        },
        deadline);
}

awaitable<Result<void>> SqlLegacyStore::clear(std::string token, Instant now, Deadline deadline) {
    return impl_->run(
        [token = std::move(token), now](Connection& c, const LegacyState& s) {
            if (!legacy::is_token(token)) return;
            c.transaction([&] { return end_token(c, s, token, now), 0; });
        },
        deadline);
}

awaitable<Result<void>> SqlLegacyStore::clear_of(std::string user_id, LegacySelection which, Instant now,
                                                 Deadline deadline) {
    return impl_->run(
        [user_id = std::move(user_id), which = std::move(which), now](Connection& c, const LegacyState& s) {
            const auto user = legacy::user_id(user_id, s.layout.user_id_kind);
            if (!user) return;
            c.transaction([&] {
                for (const auto& token : tokens_of(c, s, *user)) {
                    if (legacy::is_chosen(which, token)) end_token(c, s, token, now);
                }
                return 0;
            });
        },
        deadline);
}

awaitable<Result<void>> SqlLegacyStore::set_password(std::string user_id, std::string old_hash, std::string new_hash,
                                                     Deadline deadline) {
    return impl_->run(
        [user_id = std::move(user_id), old_hash = std::move(old_hash),
         new_hash = std::move(new_hash)](Connection& c, const LegacyState& s) {
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
