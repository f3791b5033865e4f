// SPDX-License-Identifier: Apache-2.0
// Every statement that an old system's database is sent, made once of its layout. What comes out is text whatever the
// columns are; what goes in is text that the database makes into the column's type, so that its indexes are used.
// Constant; any thread.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/sql/statement.h"
#include "storage/sql/url.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::sql {

using Text = std::string;

/// token, place, user's id, e-mail, phone, hash, role, verified, created; session's created, active, expires, revoked,
/// address, agent. Empty: NULL, or there is no such column.
using LegacyRow = Out<Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text>;

struct LegacyQueries {
    LegacyQueries(Backend backend, const legacy::Layout& layout);

    template <class... P> using Select = Query<In<P...>, LegacyRow>;

    Select<Text, Text> find; ///< token, context: in the table of sessions and in that of users at once
    Select<Text> user;
    Select<Text> by_email;
    Select<Text> by_email_in_any_case;
    Select<Text, Text> by_phone; ///< digits, and the same with the other prefix of eleven
    Select<Text> users_named;    ///< JSON array of ids
    Select<Text, std::int64_t> users;
    Select<Text, Text, std::int64_t> sessions; ///< those of users after that one, in order of user
    Select<Text, Text> sessions_of;
    Select<Text, std::int64_t> standing_tokens; ///< users with their own token

    Query<In<Text>, Out<Text>> lock_token; ///< of the user's row, until the transaction ends
    Query<In<Text>, Out<Text>> token_of;
    Query<In<Text, Text, Text>, Out<>> put_token; ///< token, user, now
    Query<In<Text, Text, Text, Text, std::optional<Text>, std::optional<Text>, std::optional<Text>>, Out<Text>> insert;
    Query<In<Text, Text>, Out<>> end;     ///< token, now: revoked or deleted
    Query<In<Text>, Out<>> clear_token;   ///< of the user's row that has it
    Query<In<Text>, Out<Text>> tokens_of; ///< of the user's rows that are not revoked
    Query<In<Text, Text, Text>, Out<>> set_password;

    struct Count {
        Query<In<>, Out<std::int64_t>> about; ///< negative: unknown
        Query<In<>, Out<std::int64_t>> exact;
    };
    Count users_there;
    Count rows_there;
    Count tokens_there;
};

} // namespace gatehouse::sql
