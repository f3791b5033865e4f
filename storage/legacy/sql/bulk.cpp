// SPDX-License-Identifier: Apache-2.0
// SqlLegacyStore in bulk. The position of a read is a user's id, never a token, because the position may be kept in a
// file. So one part holds all sessions of each of its users. The table of sessions is read first, then the users with a
// token in their row.
#include "storage/legacy/legacy_values.h"
#include "storage/legacy/sql/store_impl.h"
#include "storage/values.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <limits>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using sql::Connection;
using sql::LegacyRow;
using sql::LegacyState;
using sql::to_legacy_answer;
using sql::to_legacy_user;

constexpr std::string_view in_sessions = "sessions:";
constexpr std::string_view in_users = "users:";
constexpr std::size_t most = 10'000; ///< rows at a time
constexpr std::size_t owner = 2;     ///< the column of LegacyRow

std::int64_t number_of(std::size_t limit) {
    return static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, most));
}

/// A text that sorts before the id of every user.
std::string first_id(legacy::IdKind kind) {
    switch (kind) {
    case legacy::IdKind::uuid: return "00000000-0000-0000-0000-000000000000";
    case legacy::IdKind::integer: return std::to_string(std::numeric_limits<std::int64_t>::min());
    default: return "";
    }
}

std::string start_of(std::string_view after, const LegacyState& s) {
    if (after.empty()) return first_id(s.layout.user_id_kind);
    const auto id = legacy::user_id(after, s.layout.user_id_kind);
    if (!id) throw sql::Refusal(StoreError::refused, "not a place where a bulk read could go on");
    return *id;
}

void add(LegacyPage& page, const std::vector<LegacyRow>& rows, const LegacyState& s, Instant now) {
    for (const auto& row : rows) {
        ++page.seen;
        try {
            auto answer = to_legacy_answer(row, s.layout, now);
            const auto& token = std::get<0>(row);
            if (answer.session && legacy::is_token(token)) page.items.push_back({token, std::move(*answer.session)});
        } catch (const sql::Refusal&) {
            ++page.unreadable;
        }
    }
}

/// The users after which the next part starts; nothing is left if there are no more.
LegacyPage page_of_rows(Connection& c, const LegacyState& s, const std::string& after, std::size_t limit,
                        const std::string& context, Instant now) {
    LegacyPage page;
    auto rows = c.rows(s.queries.sessions, after, context, number_of(limit) + 1);
    const bool more = rows.size() > static_cast<std::size_t>(number_of(limit));
    if (more) {
        const auto last = std::get<owner>(rows.back());
        auto next = last;
        const auto of_last = std::ranges::find_if(rows, [&](const auto& row) { return std::get<owner>(row) == last; });
        if (of_last == rows.begin()) {
            rows = c.rows(s.queries.sessions_of, last, context);
        } else {
            next = std::get<owner>(*std::prev(of_last));
            rows.erase(of_last, rows.end());
        }
        page.next = std::string(in_sessions) + next;
    } else if (!s.layout.user_token.empty()) {
        page.next = in_users;
    }
    add(page, rows, s, now);
    return page;
}

LegacyPage page_of_users(Connection& c, const LegacyState& s, const std::string& after, std::size_t limit,
                         Instant now) {
    LegacyPage page;
    const auto rows = c.rows(s.queries.standing_tokens, after, number_of(limit));
    if (rows.size() == static_cast<std::size_t>(number_of(limit)))
        page.next = std::string(in_users) + std::get<owner>(rows.back());
    add(page, rows, s, now);
    return page;
}

std::uint64_t count(Connection& c, const sql::LegacyQueries::Count& queries) {
    if (queries.exact.sql.empty()) return 0;
    const auto about = c.value(queries.about).value();
    // For a table that was never analysed, PostgreSQL estimates zero rows or fewer.
    const auto exact = about > 0 ? about : c.value(queries.exact).value();
    return static_cast<std::uint64_t>(exact);
}

} // namespace

awaitable<Result<LegacyPage>> SqlLegacyStore::sessions(std::string after, std::size_t limit, std::string context,
                                                       Instant now, Deadline deadline) {
    return impl_->serve(
        [after = std::move(after), limit, context = std::move(context), now](Connection& c, const LegacyState& s) {
            const std::string_view place = after;
            const bool rows = !s.layout.sessions_table.empty();
            if (rows && (place.empty() || place.starts_with(in_sessions))) {
                const auto from = place.substr(std::min(place.size(), in_sessions.size()));
                return page_of_rows(c, s, start_of(from, s), limit, context, now);
            }
            if (s.layout.user_token.empty()) return LegacyPage{};
            if (!place.empty() && !place.starts_with(in_users))
                throw sql::Refusal(StoreError::refused, "not a place where a bulk read could go on");
            return page_of_users(c, s, start_of(place.substr(std::min(place.size(), in_users.size())), s), limit, now);
        },
        deadline);
}

awaitable<Result<std::vector<LegacyUser>>> SqlLegacyStore::users(std::string after, std::size_t limit,
                                                                 Deadline deadline) {
    return impl_->serve(
        [after = std::move(after), limit](Connection& c, const LegacyState& s) {
            std::vector<LegacyUser> users;
            for (const auto& row : c.rows(s.queries.users, start_of(after, s), number_of(limit)))
                users.push_back(to_legacy_user(row, s.layout));
            return users;
        },
        deadline);
}

awaitable<Result<std::vector<LegacyUser>>> SqlLegacyStore::users_named(std::vector<std::string> ids,
                                                                       Deadline deadline) {
    return impl_->serve(
        [ids = std::move(ids)](Connection& c, const LegacyState& s) {
            boost::json::array known;
            for (const auto& id : ids) {
                if (const auto user = legacy::user_id(id, s.layout.user_id_kind)) known.emplace_back(*user);
            }
            std::vector<LegacyUser> users;
            if (known.empty()) return users;
            for (const auto& row : c.rows(s.queries.users_named, boost::json::serialize(known)))
                users.push_back(to_legacy_user(row, s.layout));
            return users;
        },
        deadline);
}

awaitable<Result<LegacyCounts>> SqlLegacyStore::counts(Deadline deadline) {
    return impl_->serve(
        [](Connection& c, const LegacyState& s) {
            LegacyCounts counts{count(c, s.queries.users_there),
                                count(c, s.queries.rows_there) + count(c, s.queries.tokens_there)};
            if (!s.layout.permissions_table.empty())
                counts.permissions = static_cast<std::uint64_t>(c.value(s.queries.permissions_there).value());
            return counts;
        },
        deadline);
}

awaitable<Result<std::vector<std::string>>> SqlLegacyStore::missing_indexes(Deadline deadline) {
    return impl_->serve(
        [](Connection& c, const LegacyState& s) {
            const auto there = c.rows(s.queries.indexes);
            std::vector<std::string> missing;
            for (const auto& [expression, statement] : s.queries.wanted) {
                const auto serves = [&](const auto& row) { return sql::is_index_on(std::get<0>(row), expression); };
                if (std::ranges::none_of(there, serves)) missing.push_back(statement);
            }
            return missing;
        },
        deadline);
}

/// Sends queries without a possible result: they fail if one of the columns is missing.
awaitable<Result<void>> SqlLegacyStore::ping(Deadline deadline) {
    impl_->state->queries.look_again();
    return impl_->decide(
        [](Connection& c, const LegacyState& s) {
            c.rows(s.queries.user, first_id(s.layout.user_id_kind));
            if (!s.queries.find.sql.empty()) c.rows(s.queries.find, std::string(" "), std::string(" "));
        },
        deadline);
}

} // namespace gatehouse
