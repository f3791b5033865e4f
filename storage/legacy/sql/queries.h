// SPDX-License-Identifier: Apache-2.0
// Every statement for an older system's database, made once from its layout. Results are text whatever the columns'
// types are. Parameters are text that the database converts to the column's type, so that its indexes are used.
// Constant; any thread.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/sql/statement.h"
#include "storage/sql/url.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sql {

using Text = std::string;

/// token, place, user's id, e-mail, phone, hash, role, verified, created; session's created, active, expires, revoked,
/// address, agent; user's permissions. Empty: NULL, or the column does not exist.
using LegacyRow = Out<Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text>;

struct LegacyQueries {
    LegacyQueries(Backend backend, const legacy::Layout& layout);

    template <class... P> using Select = Query<In<P...>, LegacyRow>;

    Select<Text, Text> find; ///< token, context: searches the table of sessions and the table of users
    Select<Text> user;
    Select<Text> by_email;
    Select<Text> by_email_in_any_case;
    Select<Text, Text> by_phone; ///< digits, and the same number with the other prefix of eleven digits
    Select<Text> users_named;    ///< JSON array of ids
    Select<Text, std::int64_t> users;
    Select<Text, Text, std::int64_t> sessions; ///< those of users after this id, in order of user
    Select<Text, Text> sessions_of;
    Select<Text, std::int64_t> standing_tokens; ///< users with a token in their row

    Query<In<Text>, Out<Text>> lock_token; ///< of the user's row, which stays locked until the end
    Query<In<Text>, Out<Text>> token_of;
    Query<In<Text>, Out<Text>> owner_of;          ///< token: the user of its row in the table of sessions
    Query<In<Text, Text, Text>, Out<>> put_token; ///< token, user, now
    Query<In<Text, Text, Text, Text, std::optional<Text>, std::optional<Text>, std::optional<Text>>, Out<Text>> insert;
    Query<In<Text, Text, Text>, Out<>> extend; ///< token, now, until; only a session that is not revoked
    Query<In<Text, Text>, Out<>> end;          ///< token, now: revoked or deleted
    Query<In<Text>, Out<>> clear_token;        ///< token: clears it in the user's row
    Query<In<Text>, Out<Text>> tokens_of;      ///< the user's rows that are not revoked
    Query<In<Text, Text, Text>, Out<>> set_password;

    /// An index that a query needs and that no older system has by itself: without the index, the query reads the whole
    /// table of users.
    struct Index {
        std::string expression; ///< the indexed expression
        std::string statement;  ///< creates the index
    };
    std::vector<Index> wanted;
    Query<In<>, Out<Text>> indexes; ///< the definition of each index of the table of users

    struct Count {
        Query<In<>, Out<std::int64_t>> about; ///< negative: unknown
        Query<In<>, Out<std::int64_t>> exact;
    };
    Count users_there;
    Count rows_there;
    Count tokens_there;
    Query<In<>, Out<std::int64_t>> permissions_there;
};

/// Whether a table has all of these columns and may be read.
[[nodiscard]] Query<In<>, Out<bool>> has_columns(Backend backend, const std::string& table,
                                                 const std::vector<std::string>& columns);

/// Whether the index with this definition, as the database shows it, is on exactly this expression.
[[nodiscard]] bool is_index_on(std::string_view definition, std::string_view expression);

} // namespace gatehouse::sql
