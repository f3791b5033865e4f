// SPDX-License-Identifier: Apache-2.0
// The statements on the records of users and tokens of the older system. Immutable; any thread.
#pragma once

#include "storage/sql/dialect.h"
#include "storage/sql/statement.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::sql {

struct TakeoverQueries {
    explicit TakeoverQueries(const Dialect& dialect);

    using Text = std::string;
    using MaybeText = std::optional<std::string>;
    using MaybeInstant = std::optional<Instant>;
    using Number = std::int64_t;

    struct UserRow {
        Text id, email, phone, hash, role;
        bool verified, disabled;
        Number generation;
        Text permissions;
        Text imported_hash;
        bool token_counts;
        MaybeText imported_permissions;
    };
    /// legacy id, token, born, context, now
    Query<In<Text, Text, Instant, Text, Instant>,
          As<UserRow, Text, Text, Text, Text, Text, bool, bool, Number, Text, Text, bool, MaybeText>>
        find_user;
    /// id, e-mail, phone, hash, role, verified, created, legacy id
    Query<In<Text, Text, Text, Text, Text, bool, Instant, Text>, Out<>> create_user;
    Query<In<Text, Text, Text>, Out<>> link_user; ///< e-mail, legacy id, hash
    /// legacy id, e-mail, phone, hash, role, verified, now
    Query<In<Text, Text, Text, Text, Text, bool, Instant>, Out<>> refresh_user;
    // Makes the permissions of the user with this legacy id equal to :permissions. Run the three in this order, because
    // the first one locks the row.
    Query<In<Text, Text>, Out<>> note_permissions;           ///< legacy id, permissions
    Query<In<Text, Text>, Out<>> withdraw_permissions;       ///< legacy id, permissions
    Query<In<Text, Text, Instant>, Out<>> grant_permissions; ///< legacy id, permissions, now
    /// user, now: only tokens that provably began later count
    Query<In<Text, Instant>, Out<>> cut_off;

    /// user, generation, token, born
    Query<In<Text, Number, Text, Instant>, Out<>> hold_user;
    /// id, context, place, since, expires_at
    Query<In<Text, Text, Text, Instant, Instant>, Out<>> record;
    /// id, context, place, since, expires_at, session, sealed, lives until
    Query<In<Text, Text, Text, Instant, Instant, MaybeText, Text, MaybeInstant>, Out<>> accept_token;
    Query<In<Text, Text, Text, MaybeInstant>, Out<>> name; ///< id, session, sealed, lives until

    /// id, sealed, place, lives until, over, user there, cleared here
    using NameRow = Out<Text, Text, Text, MaybeInstant, bool, Text, bool>;
    Query<In<Text, Text>, NameRow> older_names;                  ///< id of the session or of an alias, context
    Query<In<Text, Instant>, NameRow> older_names_of;            ///< user, now
    Query<In<Text, Text, Instant, Number>, NameRow> live_names;  ///< context, after, now, limit
    Query<In<Text, Text, Text, MaybeInstant>, Out<>> note_alive; ///< id, context, sealed, lives until
    Query<In<Text, bool>, Out<>> note_cleared;                   ///< user there, cleared

    struct TokenRow {
        Text session; ///< empty: the token stands for no session
        bool over;
        Instant expires_at;
    };
    Query<In<Text, Text>, As<TokenRow, Text, bool, Instant>> find; ///< id, context
    /// id, context, now, expires_at → session (empty: none)
    Query<In<Text, Text, Instant, Instant>, Out<Text>> end;
    Query<In<Instant, Instant, Text, Number>, Out<Text, Text, Instant>> ended_since; ///< since, now, after, limit
    Query<In<Text>, Out<Text, Text, Instant>> names_of; ///< session → context, id, expires_at
    Query<In<Text>, Out<>> touch;                       ///< batch

    Query<In<Text>, Out<Text>> legacy_id;   ///< user
    Query<In<Text, Text>, Out<>> note_hash; ///< user, hash
    /// batch, now → id, over, live, session, handle, user there, since
    Query<In<Text, Instant>, Out<Text, bool, bool, Text, Text, Text, Instant>> known;
    Query<In<Text>, Out<Text, bool, std::optional<Instant>>> cut_off_users; ///< legacy ids → legacy id, disabled, until
    Query<In<Text, Text, Instant, Text, Instant>, Out<>> announce;          ///< node, strategy, at, refused, refused_at
    Query<In<>, Out<Text, Text, Instant, Text, Instant>> announced;
    /// context, since, now → users, live sessions, sessions with an alias, ended tokens, sessions with a new alias,
    /// permissions
    Query<In<Text, Instant, Instant>, Out<Number, Number, Number, Number, Number, Number>> counts;

    Query<In<Number>, Out<>> forget_tokens;     ///< limit
    Query<In<Text, Number>, Out<Text>> last_id; ///< after, limit → the last of these legacy ids; empty: none
    Query<In<Text, Text>, Out<>> forget_hashes; ///< after, last
};

} // namespace gatehouse::sql
