// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/mail_queries.h"

#include "storage/values.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

std::string mail_columns(const Dialect& d) {
    return fmt::format("id, kind, {}, recipient, language, application_context, coalesce({}, ''), {}, tries",
                       "coalesce(CAST(user_id AS text), '')", "CAST(facts AS text)", d.milliseconds("queued_at"));
}

std::string enqueue(const Dialect& d, const std::string& whose, const std::string& condition) {
    return fmt::format(
        "INSERT INTO mail (id, kind, user_id, recipient, language, application_context, facts, queued_at,"
        " due_at) SELECT {}, CAST(:kind AS text), {}, CAST(:recipient AS text), CAST(:language AS text),"
        " CAST(:context AS text), {}, {}, {} WHERE {}(CAST(:count AS bigint) = 0"
        " OR (SELECT count(*) FROM mail WHERE {} AND kind = CAST(:kind AS text) AND queued_at > {})"
        " < CAST(:count AS bigint))",
        d.uuid(":id"), d.uuid("nullif(CAST(:user AS text), '')"), d.json("nullif(CAST(:facts AS text), '')"),
        d.instant(":now"), d.instant(":now"), condition, whose, d.instant(":since"));
}

/// Mails of these kinds that were not sent. A link is made when its mail is sent.
std::string drop(const Dialect& d, std::string_view kinds) {
    return fmt::format("DELETE FROM mail WHERE user_id = {} AND sent_at IS NULL AND kind IN ({})", d.uuid(":user"),
                       kinds);
}

/// A subselect with `=` runs once, so it locks one row. The rows that other gateways are just taking are skipped.
std::string claim(const Dialect& d) {
    return fmt::format("UPDATE mail SET due_at = {}, node = :node, tries = tries + 1 WHERE id = (SELECT id FROM mail"
                       " WHERE due_at <= {} ORDER BY due_at LIMIT 1{}) RETURNING ",
                       d.instant(":until"), d.instant(":now"), d.skip_locked()) +
           mail_columns(d);
}

/// Only if the mail is still claimed by the try with this number.
std::string settle(const std::string& what) {
    return fmt::format("UPDATE mail SET {}, node = NULL, last_error = :error"
                       " WHERE id = :id AND tries = :tries AND node IS NOT NULL AND due_at IS NOT NULL",
                       what);
}

std::string waiting(const Dialect& d) {
    // A row that is gone has no place in the order: then nothing follows.
    return fmt::format(
        "SELECT {}, {}, given_up_at IS NOT NULL, coalesce(last_error, '') FROM mail WHERE sent_at IS NULL"
        " AND (queued_at, id) > (CASE WHEN CAST(:after AS text) = '{}' THEN {} ELSE"
        " (SELECT m.queued_at FROM mail m WHERE m.id = {}) END, {}) ORDER BY queued_at, id LIMIT :limit",
        mail_columns(d), d.milliseconds("due_at"), lowest_uuid, d.instant("0"), d.uuid(":after"), d.uuid(":after"));
}

std::string retry(const Dialect& d) {
    return fmt::format("UPDATE mail SET due_at = {0}, given_up_at = NULL, node = NULL WHERE sent_at IS NULL"
                       " AND (node IS NULL OR due_at IS NULL OR due_at <= {0})",
                       d.instant(":now"));
}

std::string forget(const Dialect& d, const std::string& which) {
    return fmt::format("DELETE FROM mail WHERE id IN (SELECT id FROM mail WHERE {} LIMIT :limit{})", which,
                       d.skip_locked());
}

} // namespace

MailQueries::MailQueries(Backend backend)
    // SQLite has one writer at a time.
    : take_turn{backend == Backend::postgresql
                    ? fmt::format("SELECT pg_advisory_xact_lock(hashtextextended('mail ' || {}, 0)) IS NULL",
                                  Dialect(backend).canonical("CAST(:whose AS text)"))
                    : "SELECT :whose IS NULL",
                {"whose"}},
      enqueue_for_user{enqueue(Dialect(backend), "user_id = " + Dialect(backend).uuid("CAST(:user AS text)"),
                               fmt::format("EXISTS (SELECT 1 FROM users u WHERE u.id = {}{}) AND ",
                                           Dialect(backend).uuid("CAST(:user AS text)"),
                                           backend == Backend::postgresql ? " FOR KEY SHARE" : "")),
                       {"id", "kind", "user", "recipient", "language", "context", "facts", "now", "count", "since"}},
      enqueue_for_address{enqueue(Dialect(backend),
                                  fmt::format("user_id IS NULL AND {} = {}", Dialect(backend).canonical("recipient"),
                                              Dialect(backend).canonical("CAST(:recipient AS text)")),
                                  ""),
                          {"id", "kind", "user", "recipient", "language", "context", "facts", "now", "count", "since"}},
      drop_new_address{drop(Dialect(backend), "'new_address'"), {"user"}},
      drop_links{drop(Dialect(backend), "'new_address', 'address_changed'"), {"user"}},
      claim{sql::claim(Dialect(backend)), {"node", "now", "until"}},
      sent{
          fmt::format("UPDATE mail SET sent_at = coalesce(sent_at, {}), due_at = NULL, given_up_at = NULL, node = NULL,"
                      " last_error = NULL WHERE id = :id",
                      Dialect(backend).instant(":now")),
          {"id", "now"}},
      postpone{settle(fmt::format("due_at = {}", Dialect(backend).instant(":due"))), {"id", "tries", "error", "due"}},
      give_up{settle(fmt::format("due_at = NULL, given_up_at = {}", Dialect(backend).instant(":now"))),
              {"id", "tries", "error", "now"}},
      counts{fmt::format("SELECT count(due_at), count(given_up_at), {} FROM mail WHERE sent_at IS NULL",
                         Dialect(backend).milliseconds("min(CASE WHEN due_at IS NOT NULL THEN queued_at END)")),
             {}},
      waiting{sql::waiting(Dialect(backend)), {"after", "limit"}},
      retry{sql::retry(Dialect(backend)) + " AND id = :id", {"id", "now"}},
      retry_all{sql::retry(Dialect(backend)), {"now"}},
      forget_sent{
          forget(Dialect(backend), fmt::format("sent_at < {} ORDER BY sent_at", Dialect(backend).instant(":before"))),
          {"before", "limit"}},
      // What was given up had been queued before; the index has queued_at.
      forget_given_up{forget(Dialect(backend), fmt::format("sent_at IS NULL AND queued_at < {0} AND given_up_at < {0}"
                                                           " ORDER BY queued_at",
                                                           Dialect(backend).instant(":before"))),
                      {"before", "limit"}} {}

} // namespace gatehouse::sql
