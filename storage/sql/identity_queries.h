// SPDX-License-Identifier: Apache-2.0
// Every statement on the identity tables, made once for a dialect. Immutable; any thread.
#pragma once

#include "storage/sql/dialect.h"
#include "storage/sql/feed_queries.h"
#include "storage/sql/mail_queries.h"
#include "storage/sql/statement.h"
#include "storage/sql/takeover_queries.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::sql {

using Text = std::string;
using Number = std::int64_t;
using MaybeText = std::optional<std::string>;
using MaybeNumber = std::optional<std::int64_t>;
using MaybeInstant = std::optional<Instant>;

// The columns that several queries share, in the order of their rows.
/// context, id, expires_at
using EndedRow = Out<Text, Text, Instant>;
/// id, e-mail, password hash, role, verified, disabled, generation, created_at, last_login_at, phone, claimed phone
using AccountRow = Out<Text, Text, Text, Text, bool, bool, Number, Instant, MaybeInstant, Text, Text>;

struct SessionQueries {
    explicit SessionQueries(const Dialect& dialect);

    /// handle, user id, created_at, last_activity, expires_at, remember, revoked; e-mail, role, verified, disabled,
    /// generation, permissions, legacy id, phone
    using FoundRow =
        Out<Text, Text, Instant, Instant, Instant, bool, bool, Text, Text, bool, bool, Number, Text, Text, Text>;
    /// context, id, handle, created_at, last_activity, expires_at, remember, address, user agent, device name
    using ListedRow = Out<Text, Text, Text, Instant, Instant, Instant, bool, Text, Text, Text>;

    Query<In<Text, Text, Instant>, FoundRow> find;  ///< context, id, now
    Query<In<Text, Number, Instant>, Out<>> log_in; ///< user, generation, now: locks the user if unchanged
    Query<In<Text, Text, Text, Text, Instant, Instant, Instant, bool, MaybeText, Text>, Out<>> insert;
    Query<In<Text, Text, Text, Number, Instant>, EndedRow> evict; ///< user, context, new id, how many others stay, now
    Query<In<Text>, Out<>> touch;                                 ///< batch
    Query<In<Text, Text, Instant>, EndedRow> revoke;              ///< context, id, now
    Query<In<Text, Text, Instant>, EndedRow> revoke_by_handle;    ///< user, handle, now
    Query<In<Text, Text, Text, Instant>, EndedRow> revoke_all; ///< user, context and id of the session that stays, now
    Query<In<Instant, Instant, Text, Number>, EndedRow> ended_since; ///< since, now, after, limit
    Query<In<Text, Instant>, ListedRow> list;                        ///< user, now
    Query<In<Text, Text, Text>, Out<>> name_device;                  ///< user, handle, name
    /// after, now, limit → as ListedRow, e-mail, phone, user
    Query<In<Text, Instant, Number>,
          Out<Text, Text, Text, Instant, Instant, Instant, bool, Text, Text, Text, Text, Text>>
        list_live;
    Query<In<Instant, Number>, Out<>> purge; ///< before, limit
    Query<In<>, Out<Number>> ping;
};

struct UserQueries {
    explicit UserQueries(const Dialect& dialect);

    Query<In<Text>, AccountRow> find;          ///< user
    Query<In<Text>, AccountRow> find_by_email; ///< e-mail
    Query<In<Text>, AccountRow> find_by_phone; ///< number
    Query<In<Text, Number>, AccountRow> list;  ///< after, limit
    /// after, limit → phone, and as AccountRow
    using UnaddressedRow = Out<Text, Text, Text, Text, Text, bool, bool, Number, Instant, MaybeInstant, Text, Text>;
    Query<In<Text, Number>, UnaddressedRow> list_unaddressed;
    /// user, context, now → e-mail, role, verified, disabled, generation, permissions, legacy id, phone
    Query<In<Text, Text, Instant>, Out<Text, Text, bool, bool, Number, Text, Text, Text>> find_in_context;
    Query<In<Text, Text, Text, Text, bool, Instant>, Out<>> create; ///< id, e-mail, hash, role, verified, created_at
    /// As `create`; nothing happens if the address is taken.
    Query<In<Text, Text, Text, Text, bool, Instant>, Out<>> create_new;
    Query<In<Text, Text, Text>, Out<>> replace_hash; ///< user, old, new

    Query<In<Text, Instant>, Out<>> unlock; ///< user, now
    /// since → user, e-mail, phone, when
    Query<In<Instant>, Out<Text, Text, Text, Instant>> unlocked_since;

    // Changes. Each raises the generation and returns the new one.
    Query<In<Text, Text, MaybeNumber, Instant>, Out<Number>> set_password; ///< user, hash, expected generation, now
    Query<In<Text, bool, Instant>, Out<Number>> set_disabled;              ///< user, disabled, now
    Query<In<Text, Text, Instant>, Out<Number>> set_role;                  ///< user, role, now
    Query<In<Text>, Out<Number>> touch; ///< user: raises the generation and changes nothing else

    /// user, address, now: the address, verified, unless somebody else has it
    Query<In<Text, Text, Instant>, Out<Number>> set_address;
    /// user, e-mail, phone, claimed phone, verified, now: NULL stays
    Query<In<Text, MaybeText, MaybeText, MaybeText, MaybeNumber, Instant>, Out<Number>> set_contact;
    Query<In<Text, MaybeNumber, Instant>, Out<Number>> take_leave; ///< user, expected generation, now: disabled

    Query<In<Text>, Out<>> remove; ///< user
    // Of the user's address, without a user: what was sent before the account was.
    Query<In<Text>, Out<>> forget_mail;   ///< user
    Query<In<Text>, Out<>> forget_tokens; ///< user

    /// user, now: locks the row until the end of the transaction. A change of permissions raises the generation by
    /// itself.
    Query<In<Text, Instant>, Out<>> lock;

    /// user, context, permission, expires_at, operator, now
    Query<In<Text, Text, Text, MaybeInstant, Text, Instant>, Out<>> grant;
    Query<In<Text, Text, Text>, Out<>> withdraw; ///< user, context, permission
};

struct OneTimeQueries {
    explicit OneTimeQueries(const Dialect& dialect);

    Query<In<Text, MaybeText, Text>, Out<>> end_older; ///< purpose, user (NULL: none), address
    /// id, purpose, user (NULL: none), address, created, expires, grants
    Query<In<Text, Text, MaybeText, Text, Instant, Instant, Text>, Out<>> insert;
    /// id, purpose, now → user (empty: none), address, created, expires, grants
    Query<In<Text, Text, Instant>, Out<Text, Text, Instant, Instant, Text>> find;
    Query<In<Text, Text, Instant>, Out<Text, Text>> use;      ///< id, purpose, now → user (empty: none), address
    Query<In<Text>, Out<>> end_all;                           ///< user
    Query<In<Text>, Out<>> end_most;                          ///< user: all but those that take an address back
    Query<In<Text, Text>, Out<>> verify;                      ///< user, address: verified, if the user still has it
    Query<In<Text, Text, Instant>, Out<Number>> verify_alone; ///< user, address, now: as above, and a change of its own
    Query<In<Instant, Number>, Out<>> forget;                 ///< before, limit
};

struct IdentityQueries {
    IdentityQueries(Backend backend, bool names)
        : sessions(Dialect(backend)),
          users(Dialect(backend)),
          one_time(Dialect(backend)),
          takeover(Dialect(backend)),
          feed(backend),
          mail(backend),
          other_names(names) {}

    SessionQueries sessions;
    UserQueries users;
    OneTimeQueries one_time;
    TakeoverQueries takeover;
    FeedQueries feed;
    MailQueries mail;
    bool other_names; ///< SqlOptions::other_names
};

} // namespace gatehouse::sql
