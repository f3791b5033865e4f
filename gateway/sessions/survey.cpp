// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/survey.h"

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
    Survey result;
    /// Ours that have a live name, one or several times: eight bytes each, however many there are.
    std::deque<std::size_t> named;
};

std::uint64_t different(std::deque<std::size_t>& named) {
    std::ranges::sort(named);
    const auto repeated = std::ranges::unique(named);
    return named.size() - repeated.size();
}

void judge(Count& count, const KnownToken* known, const LegacySession& theirs, const SurveyOptions& options) {
    Survey& s = count.result;
    ++s.live;
    if (known == nullptr || (known->session_id.empty() && !known->ended)) {
        ++s.unmoved;
    } else if (known->ended || !known->live) {
        ++s.ended;
    } else if (known->legacy_user_id != theirs.user.id) {
        ++s.mismatches;
        if (s.samples.size() < most_samples) s.samples.push_back(known->handle);
    } else {
        ++s.taken_over;
        if (!options.until_unmoved) count.named.push_back(std::hash<std::string>{}(known->session_id));
    }
}

boost::asio::awaitable<Result<void>> judge_part(Count& count, LegacyStore& legacy, TakeoverStore& store,
                                                const SurveyOptions& options, const LegacyPage& page) {
    std::vector<std::string> ids;
    for (const auto& item : page.items)
        ids.push_back(stored_id(item.token));
    auto known = co_await store.known_tokens(options.context, ids, wall_now(), deadline_in(options.patience));
    if (!known) co_return known.error();
    std::unordered_map<std::string_view, const KnownToken*> by_id;
    for (const auto& one : *known)
        by_id.emplace(one.id, &one);
    for (std::size_t i = 0; i < page.items.size(); ++i) {
        const auto live = co_await lives(legacy, page.items[i], options.context, deadline_in(options.patience));
        if (!live) co_return live.error();
        const auto found = by_id.find(ids[i]);
        if (*live) judge(count, found != by_id.end() ? found->second : nullptr, page.items[i].session, options);
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

boost::asio::awaitable<Result<Survey>> survey(LegacyStore& legacy, TakeoverStore& store, SurveyOptions options) {
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
    const auto here = co_await store.takeover_counts(options.context, wall_now(), deadline_in(options.patience));
    if (!here) co_return here.error();
    Survey& s = count.result;
    s.users_there = there->users;
    s.users_here = here->users;
    s.here = here->sessions;
    const auto named = different(count.named);
    s.here_only = s.here > named ? s.here - named : 0;
    co_return s;
}

} // namespace gatehouse
