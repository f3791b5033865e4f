// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/bulk.h"

#include "gateway/cli/progress.h"
#include "gateway/cli/with_stores.h"
#include "gateway/sessions/pacing.h"
#include "gateway/sessions/token.h"
#include "gateway/stores/stores.h"
#include "gateway/takeover/audit.h"
#include "gateway/takeover/importer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <fmt/format.h>
#include <memory>
#include <sysexits.h>
#include <unordered_map>

namespace gatehouse::cli {
namespace {

using boost::asio::awaitable;

[[noreturn]] void fail_for_legacy(boost::system::error_code error) {
    throw CommandError(EX_UNAVAILABLE,
                       fmt::format("the older system does not answer: {}. What was taken over so far stays; "
                                   "run the command again",
                                   error.message()));
}

/// Returns the value of the older system's answer, or ends the command.
template <class T> T theirs(Result<T> result) {
    if (!result) fail_for_legacy(result.error());
    return std::move(*result);
}

/// One part of the work, shared by the coroutines that do it. The first error ends all of them.
template <class Item> struct Part {
    std::vector<Item> items;
    std::size_t next = 0;
    std::size_t running = 0;
    std::exception_ptr error;
};

/// Runs `work(item)` for each item, `at_once` at the same time.
template <class Item, class Work> awaitable<void> for_each(std::vector<Item> items, std::size_t at_once, Work& work) {
    const auto executor = co_await boost::asio::this_coro::executor;
    Part<Item> part{std::move(items), 0, at_once, nullptr};
    boost::asio::steady_timer done(executor, Deadline::max());
    const auto worker = [](Part<Item>& p, Work& w) -> awaitable<void> {
        while (p.next < p.items.size() && !p.error)
            co_await w(std::move(p.items[p.next++]));
    };
    for (std::size_t i = 0; i < at_once; ++i) {
        boost::asio::co_spawn(executor, worker(part, work), [&part, &done](const std::exception_ptr& error) {
            if (error) part.error = error;
            if (--part.running == 0) done.cancel();
        });
    }
    boost::system::error_code ignored;
    while (part.running > 0)
        co_await done.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    if (part.error) std::rethrow_exception(part.error);
}

struct SessionWork {
    Stores& stores;
    ConfigPtr config;
    BulkOptions options;
    BulkCount& count;
    Importer importer;

    awaitable<void> operator()(LegacyItem item) {
        auto live = co_await lives(*stores.legacy(), item, config->legacy.context, patiently());
        if (!theirs(std::move(live))) co_return;
        if (options.dry_run) {
            ++count.made;
            co_return;
        }
        // Nobody has this token: the browser gets a token of Gatehouse when it comes.
        std::string id = stored_id(random_uuid() + random_uuid());
        Importer::OldToken token{stored_id(item.token), {}};
        if (options.seal != nullptr) token.sealed = options.seal->seal(item.token);
        auto taken = co_await importer.take_over(config, std::move(id), std::move(token), std::move(item.session),
                                                 wall_now(), patiently());
        if (!taken && taken.error() == StoreError::conflict) {
            ++count.failed;
            co_return;
        }
        switch (need(stores, std::move(taken)).outcome) {
        case Adopted::moved: ++count.made; break;
        case Adopted::exists: ++count.there; break;
        case Adopted::refused: ++count.refused; break;
        }
    }
};

/// Removes and counts the sessions whose tokens have a record here.
awaitable<std::vector<LegacyItem>> without_known(Stores& stores, const Config& config, std::vector<LegacyItem> items,
                                                 BulkCount& count) {
    std::vector<std::string> ids;
    for (const auto& item : items)
        ids.push_back(stored_id(item.token));
    auto answer = co_await stores.takeover().known_tokens(config.legacy.context, ids, wall_now(), patiently());
    std::unordered_map<std::string, bool> over;
    for (const auto& known : need(stores, std::move(answer)))
        if (known.ended || !known.session_id.empty()) over.emplace(known.id, known.ended);
    std::vector<LegacyItem> left;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto found = over.find(ids[i]);
        if (found == over.end()) {
            left.push_back(std::move(items[i]));
        } else {
            ++(found->second ? count.refused : count.there);
        }
    }
    co_return left;
}

struct UserWork {
    Stores& stores;
    ConfigPtr config;
    BulkOptions options;
    BulkCount& count;
    Importer importer;

    awaitable<void> operator()(LegacyUser user) {
        const std::string uuid = uuid_of_legacy(user.id);
        auto known = co_await stores.takeover().legacy_id_of(uuid, patiently());
        const bool here = !need(stores, std::move(known)).empty();
        if (options.dry_run) {
            ++(here ? count.there : count.made);
            co_return;
        }
        // Users who are here already are introduced again, because their permissions may never have been read.
        auto introduced =
            co_await importer.introduce(config, std::move(user), std::string{}, std::nullopt, wall_now(), patiently());
        if (!introduced && introduced.error() == StoreError::conflict) {
            ++count.failed;
            co_return;
        }
        need(stores, std::move(introduced));
        ++(here ? count.there : count.made);
    }
};

} // namespace

awaitable<BulkCount> take_over_sessions(Stores& stores, ConfigPtr config, BulkOptions options) {
    BulkCount count;
    SessionWork work{stores, config, options, count, Importer(stores.takeover())};
    auto counts = co_await stores.legacy()->counts(patiently());
    const auto total = theirs(std::move(counts)).sessions;
    Progress progress("sessions");
    std::string after;
    do {
        const auto began = std::chrono::steady_clock::now();
        auto answer =
            co_await stores.legacy()->sessions(after, options.part, config->legacy.context, wall_now(), patiently());
        auto page = theirs(std::move(answer));
        count.seen += page.seen;
        count.failed += page.unreadable;
        after = page.next;
        const auto read = std::chrono::steady_clock::now() - began;
        auto left = co_await without_known(stores, *config, std::move(page.items), count);
        co_await for_each(std::move(left), options.at_once, work);
        progress.report(count.seen, total);
        if (!after.empty()) co_await pause_as_long(read);
    } while (!after.empty());
    co_return count;
}

awaitable<BulkCount> take_over_users(Stores& stores, ConfigPtr config, BulkOptions options) {
    BulkCount count;
    UserWork work{stores, config, options, count, Importer(stores.takeover())};
    auto counts = co_await stores.legacy()->counts(patiently());
    const auto total = theirs(std::move(counts)).users;
    Progress progress("users");
    std::string after;
    for (;;) {
        auto answer = co_await stores.legacy()->users(after, options.part, patiently());
        auto users = theirs(std::move(answer));
        if (users.empty()) co_return count;
        after = users.back().id;
        count.seen += users.size();
        co_await for_each(std::move(users), options.at_once, work);
        progress.report(count.seen, total);
    }
}

} // namespace gatehouse::cli
