// SPDX-License-Identifier: Apache-2.0
#include "gateway/takeover/audit.h"

#include "gateway/sessions/pacing.h"
#include "gateway/sessions/token.h"
#include "storage/instant.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace gatehouse {
namespace {

constexpr std::size_t most_samples = 10;

struct Count {
    TakeoverAudit result;
    Instant began = wall_now();
    /// Hashes of the stored ids of our sessions that had a live alias before the audit began. A session may occur
    /// several times. Eight bytes each, because there may be very many.
    std::deque<std::size_t> named;
    /// Stored ids of the tokens that were not taken over when they were read.
    std::deque<std::string> unmoved;
};

/// For the users of one part: sessions that began up to this moment do not count.
using CutOffs = std::unordered_map<std::string, std::optional<Instant>>;

/// Decides as TakeoverStore::adopt does.
bool is_shut_out(const LegacySession& theirs, const CutOffs& cut_offs) {
    const auto found = cut_offs.find(theirs.user.id);
    if (found == cut_offs.end()) return false;
    const auto& until = found->second;
    return !until || !theirs.created_at || *theirs.created_at <= *until;
}

/// Leaves out an alias that became known after the audit began: takeover_counts counts its session.
void note_named(Count& count, const KnownToken& known) {
    if (known.since < count.began) count.named.push_back(std::hash<std::string>{}(known.session_id));
}

std::uint64_t different(std::deque<std::size_t>& named) {
    std::ranges::sort(named);
    const auto repeated = std::ranges::unique(named);
    return named.size() - repeated.size();
}

void judge(Count& count, const KnownToken* known, const LegacyItem& item, bool shut_out,
           const TakeoverAuditOptions& options) {
    TakeoverAudit& s = count.result;
    const LegacySession& theirs = item.session;
    ++s.live;
    const bool unused = known == nullptr || (known->session_id.empty() && !known->ended);
    const bool over = known == nullptr ? shut_out : !unused && (known->ended || !known->live);
    if (over) {
        ++s.ended;
    } else if (unused) {
        ++s.unmoved;
        if (!options.until_unmoved) count.unmoved.push_back(stored_id(item.token));
    } else if (known->legacy_user_id != theirs.user.id) {
        ++s.mismatches;
        if (s.samples.size() < most_samples) s.samples.push_back(known->handle);
    } else {
        ++s.taken_over;
        if (!options.until_unmoved) note_named(count, *known);
    }
}

boost::asio::awaitable<Result<CutOffs>> cut_offs_of(TakeoverStore& store, const TakeoverAuditOptions& options,
                                                    const LegacyPage& page) {
    std::vector<std::string> users;
    for (const auto& item : page.items)
        users.push_back(item.session.user.id);
    const auto found = co_await store.cut_off(std::move(users), deadline_in(options.patience));
    if (!found) co_return found.error();
    CutOffs all;
    for (const auto& [id, until] : *found)
        all.emplace(id, until);
    co_return all;
}

boost::asio::awaitable<Result<void>> judge_part(Count& count, LegacyStore& legacy, TakeoverStore& store,
                                                const TakeoverAuditOptions& options, const LegacyPage& page) {
    std::vector<std::string> ids;
    for (const auto& item : page.items)
        ids.push_back(stored_id(item.token));
    auto known = co_await store.known_tokens(options.context, ids, wall_now(), deadline_in(options.patience));
    if (!known) co_return known.error();
    std::unordered_map<std::string_view, const KnownToken*> by_id;
    for (const auto& one : *known)
        by_id.emplace(one.id, &one);
    auto cut_offs = co_await cut_offs_of(store, options, page);
    if (!cut_offs) co_return cut_offs.error();
    for (std::size_t i = 0; i < page.items.size(); ++i) {
        const auto live = co_await lives(legacy, page.items[i], options.context, deadline_in(options.patience));
        if (!live) co_return live.error();
        const auto found = by_id.find(ids[i]);
        if (*live && options.live_there != nullptr) options.live_there->insert(ids[i]);
        const bool shut_out = is_shut_out(page.items[i].session, *cut_offs);
        if (*live) judge(count, found != by_id.end() ? found->second : nullptr, page.items[i], shut_out, options);
    }
    co_return Result<void>{};
}

/// A session that was taken over after it was read counts as taken over: neither as unmoved nor as here_only.
boost::asio::awaitable<Result<void>> judge_again(Count& count, TakeoverStore& store,
                                                 const TakeoverAuditOptions& options) {
    auto& left = count.unmoved;
    while (!left.empty()) {
        const auto end = left.begin() + static_cast<std::ptrdiff_t>(std::min(left.size(), options.part));
        std::vector<std::string> ids(left.begin(), end);
        left.erase(left.begin(), end);
        const auto known =
            co_await store.known_tokens(options.context, std::move(ids), wall_now(), deadline_in(options.patience));
        if (!known) co_return known.error();
        for (const auto& one : *known) {
            if (!one.live || one.ended) continue;
            --count.result.unmoved;
            ++count.result.taken_over;
            note_named(count, one);
        }
    }
    co_return Result<void>{};
}

} // namespace

boost::asio::awaitable<Result<bool>> lives(LegacyStore& legacy, const LegacyItem& item, std::string context,
                                           Deadline deadline) {
    if (item.session.place != LegacyPlace::redis) co_return Result<bool>(boost::system::in_place_value, true);
    auto found = co_await legacy.find(item.token, std::move(context), wall_now(), deadline);
    if (!found) co_return Result<bool>(boost::system::in_place_error, found.error());
    const bool live = found->kind == LegacyAnswer::Kind::live;
    co_return Result<bool>(boost::system::in_place_value, live);
}

boost::asio::awaitable<Result<TakeoverAudit>> audit(LegacyStore& legacy, TakeoverStore& store,
                                                    TakeoverAuditOptions options) {
    Count count;
    const auto there = co_await legacy.counts(deadline_in(options.patience));
    if (!there) co_return there.error();
    std::string after;
    std::uint64_t seen = 0;
    do {
        const auto began = std::chrono::steady_clock::now();
        auto page =
            co_await legacy.sessions(after, options.part, options.context, wall_now(), deadline_in(options.patience));
        if (!page) co_return page.error();
        const auto judged = co_await judge_part(count, legacy, store, options, *page);
        if (!judged) co_return judged.error();
        seen += page->seen;
        count.result.unreadable += page->unreadable;
        if (options.progress) options.progress(seen, there->sessions);
        if (options.until_unmoved && count.result.unmoved > 0) co_return count.result;
        after = page->next;
        if (!after.empty()) co_await pause_as_long(std::chrono::steady_clock::now() - began);
    } while (!after.empty());
    if (options.until_unmoved) co_return count.result;
    const auto here =
        co_await store.takeover_counts(options.context, count.began, wall_now(), deadline_in(options.patience));
    if (!here) co_return here.error();
    const auto again = co_await judge_again(count, store, options);
    if (!again) co_return again.error();
    TakeoverAudit& s = count.result;
    s.users_there = there->users;
    s.users_here = here->users;
    s.here = here->sessions;
    s.permissions_there = there->permissions;
    s.permissions_here = here->permissions;
    const auto named = different(count.named) + here->fresh;
    s.here_only = s.here > named ? s.here - named : 0;
    co_return s;
}

} // namespace gatehouse
