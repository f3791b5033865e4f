// SPDX-License-Identifier: Apache-2.0
// Every statement on the table `mail`, made once for a dialect. Immutable; any thread.
#pragma once

#include "storage/sql/dialect.h"
#include "storage/sql/statement.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::sql {

struct MailQueries {
    explicit MailQueries(Backend backend);

    /// id, kind, user (empty: nobody), recipient, language, context, facts; queued_at, tries
    using ClaimedRow = Out<std::string, std::string, std::string, std::string, std::string, std::string, std::string,
                           Instant, std::int64_t>;
    /// The same; due_at, whether it was given up, last error
    using WaitingRow = Out<std::string, std::string, std::string, std::string, std::string, std::string, std::string,
                           Instant, std::int64_t, std::optional<Instant>, bool, std::string>;

    /// The account or address that the next statement counts for: one transaction at a time queues mail for it.
    Query<In<std::string>, Out<bool>> take_turn;
    /// id, kind, user or recipient, …: inserts no row if the limit is reached or the user does not exist.
    using EnqueueIn = In<std::string, std::string, std::string, std::string, std::string, std::string, std::string,
                         Instant, std::int64_t, Instant>;
    Query<EnqueueIn, Out<>> enqueue_for_user;
    Query<EnqueueIn, Out<>> enqueue_for_address;

    // Mails that wait and would bring the user a link: one for a new address; or also one that takes an address back.
    Query<In<std::string>, Out<>> drop_new_address; ///< user
    Query<In<std::string>, Out<>> drop_links;       ///< user

    Query<In<std::string, Instant, Instant>, ClaimedRow> claim;                  ///< node, now, until
    Query<In<std::string, Instant>, Out<>> sent;                                 ///< id, now
    Query<In<std::string, std::int64_t, std::string, Instant>, Out<>> postpone;  ///< id, tries, error, due
    Query<In<std::string, std::int64_t, std::string, Instant>, Out<>> give_up;   ///< id, tries, error, now
    Query<In<>, Out<std::int64_t, std::int64_t, std::optional<Instant>>> counts; ///< waiting, given up, oldest
    Query<In<std::string, std::int64_t>, WaitingRow> waiting;                    ///< after, limit
    Query<In<std::string, Instant>, Out<>> retry;                                ///< id, now
    Query<In<Instant>, Out<>> retry_all;                                         ///< now
    Query<In<Instant, std::int64_t>, Out<>> forget_sent;                         ///< before, limit
    Query<In<Instant, std::int64_t>, Out<>> forget_given_up;                     ///< before, limit
};

} // namespace gatehouse::sql
