// SPDX-License-Identifier: Apache-2.0
// MemoryIdentityStore as a MailStore.
#include "storage/values.h"
#include "tests/memory/identity_store.h"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <tuple>

namespace gatehouse {

using boost::asio::awaitable;

MemoryIdentityStore::MailRow* MemoryIdentityStore::claimed(const std::string& id, int tries) {
    const auto found = mail_.find(id);
    if (found == mail_.end()) return nullptr;
    auto& row = found->second;
    return row.queued.tries == tries && !row.node.empty() && row.due_at ? &row : nullptr;
}

awaitable<Result<bool>> MemoryIdentityStore::enqueue(NewMail mail, MailLimit limit, Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok)
        co_return Result<bool>(boost::system::in_place_error, ok.error());
    if (!is_uuid(mail.id)) co_return Result<bool>(boost::system::in_place_error, StoreError::refused);
    if (!mail.user_id.empty() && user(mail.user_id) == nullptr) co_return false;
    const auto lately = std::ranges::count_if(mail_, [&](const auto& entry) {
        const auto& [known, queued_at, tries] = entry.second.queued;
        return known.kind == mail.kind && known.user_id == mail.user_id && queued_at > now - limit.within &&
               (!mail.user_id.empty() || boost::algorithm::iequals(known.recipient, mail.recipient));
    });
    if (limit.count > 0 && static_cast<std::size_t>(lately) >= limit.count) co_return false;
    const auto id = mail.id;
    if (!mail_.try_emplace(id, MailRow{{std::move(mail), now}, now, {}, {}, {}, {}}).second)
        co_return Result<bool>(boost::system::in_place_error, StoreError::conflict);
    co_return true;
}

awaitable<Result<std::optional<QueuedMail>>> MemoryIdentityStore::claim(std::string node, Instant now, Instant until,
                                                                        Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    MailRow* first = nullptr;
    for (auto& [id, row] : mail_) {
        if (row.due_at && *row.due_at <= now && (first == nullptr || row.due_at < first->due_at)) first = &row;
    }
    if (first == nullptr) co_return std::nullopt;
    first->due_at = until;
    first->node = node;
    ++first->queued.tries;
    co_return first->queued;
}

awaitable<Result<void>> MemoryIdentityStore::sent(std::string id, Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (const auto found = mail_.find(id); found != mail_.end()) {
        auto& row = found->second;
        row = {row.queued, {}, {}, {}, row.sent_at.value_or(now), {}};
    }
    co_return Result<void>{};
}

awaitable<Result<void>> MemoryIdentityStore::postpone(std::string id, int tries, std::string error, Instant due_at,
                                                      Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (auto* const row = claimed(id, tries)) *row = {row->queued, due_at, {}, error, {}, {}};
    co_return Result<void>{};
}

awaitable<Result<void>> MemoryIdentityStore::give_up(std::string id, int tries, std::string error, Instant now,
                                                     Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (auto* const row = claimed(id, tries)) *row = {row->queued, {}, {}, error, {}, now};
    co_return Result<void>{};
}

awaitable<Result<MailCounts>> MemoryIdentityStore::counts(Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    MailCounts counts;
    for (const auto& [id, row] : mail_) {
        if (row.given_up_at) ++counts.given_up;
        if (!row.due_at) continue;
        ++counts.waiting;
        counts.oldest = std::min(counts.oldest.value_or(row.queued.queued_at), row.queued.queued_at);
    }
    co_return counts;
}

awaitable<Result<std::vector<ListedMail>>> MemoryIdentityStore::waiting(std::string after, std::size_t limit,
                                                                        Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto place = [](const MailRow& row) { return std::tuple(row.queued.queued_at, row.queued.mail.id); };
    const auto from = mail_.find(after);
    std::vector<const MailRow*> rows;
    for (const auto& [id, row] : mail_) {
        const bool follows = after.empty() || (from != mail_.end() && place(row) > place(from->second));
        if (!row.sent_at && follows) rows.push_back(&row);
    }
    std::ranges::sort(rows, {}, [&](const auto* row) { return place(*row); });
    rows.resize(std::min(rows.size(), limit));
    std::vector<ListedMail> all;
    for (const auto* row : rows) {
        const auto& [mail, queued_at, tries] = row->queued;
        all.push_back(
            {mail, queued_at, row->due_at.value_or(Instant{}), tries, row->given_up_at.has_value(), row->last_error});
    }
    co_return all;
}

awaitable<Result<std::size_t>> MemoryIdentityStore::retry(std::string wanted, Instant now, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::size_t retried = 0;
    for (auto& [id, row] : mail_) {
        const bool under_way = !row.node.empty() && row.due_at && *row.due_at > now;
        if ((!wanted.empty() && id != wanted) || row.sent_at || under_way) continue;
        row.due_at = now;
        row.given_up_at.reset();
        row.node.clear();
        ++retried;
    }
    co_return retried;
}

awaitable<Result<std::size_t>> MemoryIdentityStore::forget_mail(Instant sent_before, Instant given_up_before,
                                                                std::size_t limit, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::size_t sent = 0;
    std::size_t given_up = 0;
    std::erase_if(mail_, [&](const auto& entry) {
        const auto& row = entry.second;
        if (row.sent_at && *row.sent_at < sent_before) return sent++ < limit;
        if (row.given_up_at && *row.given_up_at < given_up_before) return given_up++ < limit;
        return false;
    });
    co_return std::min(sent, limit) + std::min(given_up, limit);
}

} // namespace gatehouse
