// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a MailStore.
#include "storage/mail_store.h"
#include "storage/sql/store_impl.h"
#include "storage/values.h"

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using sql::Connection;
using sql::IdentityQueries;

/// The first columns of both kinds of row.
template <class Row> QueuedMail to_queued(const Row& row) {
    return {{std::get<0>(row), std::get<1>(row), std::get<2>(row), std::get<3>(row), std::get<4>(row), std::get<5>(row),
             std::get<6>(row)},
            std::get<7>(row),
            static_cast<int>(std::get<8>(row))};
}

} // namespace

awaitable<Result<bool>> SqlIdentityStore::enqueue(NewMail mail, MailLimit limit, Instant now, Deadline deadline) {
    return impl_->serve(
        [m = std::move(mail), limit, now](Connection& c, const IdentityQueries& q) {
            if (!is_uuid(m.id)) throw sql::Refusal(StoreError::refused, "a mail's id must be a UUID");
            if (!m.user_id.empty() && !is_uuid(m.user_id)) return false;
            const auto& insert = m.user_id.empty() ? q.mail.enqueue_for_address : q.mail.enqueue_for_user;
            return c.transaction([&] {
                // A statement counts what was committed before it began, so the others must have ended by then.
                if (limit.count > 0) c.value(q.mail.take_turn, m.user_id.empty() ? m.recipient : m.user_id);
                return c.change(insert, m.id, m.kind, m.user_id, m.recipient, m.language, m.context, m.facts, now,
                                sql::at_most(limit.count), now - limit.within) > 0;
            });
        },
        deadline);
}

awaitable<Result<std::optional<QueuedMail>>> SqlIdentityStore::claim(std::string node, Instant now, Instant until,
                                                                     Deadline deadline) {
    return impl_->serve(
        [node = std::move(node), now, until](Connection& c, const IdentityQueries& q) -> std::optional<QueuedMail> {
            // A transaction, so that the statement is not repeated: a repetition after a success would take a second
            // mail.
            const auto row = c.transaction([&] { return c.row(q.mail.claim, node, now, until); });
            if (!row) return std::nullopt;
            return to_queued(*row);
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::sent(std::string id, Instant now, Deadline deadline) {
    return impl_->serve(
        [id = std::move(id), now](Connection& c, const IdentityQueries& q) {
            if (is_uuid(id)) c.write([&] { return c.change(q.mail.sent, id, now); });
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::postpone(std::string id, int tries, std::string error, Instant due_at,
                                                   Deadline deadline) {
    return impl_->serve(
        [id = std::move(id), tries, error = std::move(error), due_at](Connection& c, const IdentityQueries& q) {
            if (is_uuid(id)) c.write([&] { return c.change(q.mail.postpone, id, sql::Number{tries}, error, due_at); });
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::give_up(std::string id, int tries, std::string error, Instant now,
                                                  Deadline deadline) {
    return impl_->serve(
        [id = std::move(id), tries, error = std::move(error), now](Connection& c, const IdentityQueries& q) {
            if (is_uuid(id)) c.write([&] { return c.change(q.mail.give_up, id, sql::Number{tries}, error, now); });
        },
        deadline);
}

awaitable<Result<MailCounts>> SqlIdentityStore::counts(Deadline deadline) {
    return impl_->serve(
        [](Connection& c, const IdentityQueries& q) {
            const auto [waiting, given_up, oldest] = c.row(q.mail.counts).value();
            return MailCounts{static_cast<std::size_t>(waiting), static_cast<std::size_t>(given_up), oldest};
        },
        deadline);
}

awaitable<Result<std::vector<ListedMail>>> SqlIdentityStore::waiting(std::string after, std::size_t limit,
                                                                     Deadline deadline) {
    if (after.empty()) after = lowest_uuid;
    return impl_->serve(
        [after = std::move(after), most = sql::at_most(limit)](Connection& c, const IdentityQueries& q) {
            std::vector<ListedMail> all;
            if (!is_uuid(after)) return all;
            for (const auto& row : c.rows(q.mail.waiting, after, most)) {
                auto [mail, queued_at, tries] = to_queued(row);
                all.push_back({std::move(mail), queued_at, std::get<9>(row).value_or(Instant{}), tries,
                               std::get<10>(row), std::get<11>(row)});
            }
            return all;
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::retry(std::string id, Instant now, Deadline deadline) {
    return impl_->serve(
        [id = std::move(id), now](Connection& c, const IdentityQueries& q) -> std::size_t {
            if (id.empty()) return c.write([&] { return c.change(q.mail.retry_all, now); });
            if (!is_uuid(id)) return 0;
            return c.write([&] { return c.change(q.mail.retry, id, now); });
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::forget_mail(Instant sent_before, Instant given_up_before,
                                                             std::size_t limit, Deadline deadline) {
    return impl_->serve(
        [sent_before, given_up_before, most = sql::at_most(limit)](Connection& c, const IdentityQueries& q) {
            const auto sent = c.write([&] { return c.change(q.mail.forget_sent, sent_before, most); });
            return sent + c.write([&] { return c.change(q.mail.forget_given_up, given_up_before, most); });
        },
        deadline);
}

} // namespace gatehouse
