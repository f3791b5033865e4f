// SPDX-License-Identifier: Apache-2.0
// A session service on stores in memory, for the tests of it. Test thread.
#pragma once

#include "gateway/sessions/service.h"
#include "tests/memory/identity_store.h"
#include "tests/memory/session_cache.h"
#include "tests/unit/await.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

namespace gatehouse {

inline const Instant now = wall_now();
inline const std::string ann = "11111111-1111-4111-8111-111111111111";

/// For the journals, which nobody else must find.
struct Scratch {
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "gatehouse-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Scratch() { std::filesystem::remove_all(path); }
    std::string path;
};

inline SettingsPtr settings(Seconds idle = Seconds{3600}) {
    auto config = std::make_shared<Config>();
    for (const char* name : {"web", "admin"}) {
        ContextConfig context;
        context.name = name;
        context.cookie = std::string("gatehouse_") + name;
        context.idle = context.idle_remembered = idle;
        config->contexts.push_back(context);
    }
    static const Scratch scratch;
    static int worlds = 0;
    config->state_directory = scratch.path;
    config->listen = "/world" + std::to_string(++worlds); // each has a journal of its own
    config->near_cache_entries = 100;
    config->max_sessions_per_user = 3;
    return std::make_shared<const Settings>(config, KeyRing::parse(KeyRing::new_line(), "ring"));
}

/// With a journal of its own, the same keys and the same rules.
inline SettingsPtr of_another_node(const SettingsPtr& of) {
    auto config = std::make_shared<Config>(*of->config);
    config->listen += "-elsewhere";
    auto other = std::make_shared<Settings>(*of);
    other->config = std::move(config);
    return other;
}

/// A user, the stores, with or without a cache, and two nodes: the service, and one that knows what the stores tell it.
struct World {
    explicit World(bool with_cache = true, SettingsPtr s = settings())
        : configuration(std::move(s)),
          stores{store, store, store, with_cache ? &cache : nullptr, nullptr},
          service(loop.get_executor(), stores, "node", configuration),
          elsewhere(loop.get_executor(), stores, "elsewhere", of_another_node(configuration)) {
        NewAccount account;
        account.id = ann;
        account.email = "ann@example.test";
        account.role = "user";
        account.created_at = now;
        BOOST_REQUIRE(run(store.create(account, soon())).has_value());
    }

    /// Both nodes read the feed, so that each knows of the other; what is announced in Redis, both hear.
    void start_both() {
        for (auto* const one : {&service, &elsewhere}) {
            cache.announce_to(one->listener());
            one->start();
        }
        wait_for([&] { return run(store.look("", 10, soon())).value().nodes.size() == 2; });
        const auto one = service.feed().looks, other = elsewhere.feed().looks;
        wait_for([&] { return service.feed().looks > one + 1 && elsewhere.feed().looks > other + 1; });
    }

    static Deadline soon() { return deadline_in(Millis{1000}); }

    template <class T> T run(boost::asio::awaitable<T> work) { return await(loop, std::move(work)); }

    /// The loop runs meanwhile.
    template <class Condition> void wait_for(Condition condition) {
        const auto until = deadline_in(Millis{5000});
        while (!condition() && std::chrono::steady_clock::now() < until) {
            loop.restart();
            loop.run_one_for(Millis{20});
        }
    }

    User user() {
        const auto found = run(store.find_in_context(ann, "web", now, soon()));
        return found.value().value();
    }

    std::string login(const std::string& context = "web", Instant at = now) {
        const auto in = run(service.begin({user(), context, {}, true}, at));
        return in.value().value().token;
    }

    Lookup check(const std::string& token, const std::string& context = "web", Instant at = now) {
        return run(checking(service, token, context, at));
    }
    boost::asio::awaitable<Lookup> checking(SessionService& node, std::string token, std::string context = "web",
                                            Instant at = now) {
        auto recalled = node.recall(token, *configuration->config->context(context), at);
        if (recalled.found) co_return *std::move(recalled.found);
        co_return co_await node.look_up(recalled.id, std::move(context), at);
    }

    boost::asio::io_context loop;
    MemoryIdentityStore store;
    MemorySessionCache cache;
    SettingsPtr configuration;
    SessionStores stores;
    SessionService service;
    SessionService elsewhere;
};

inline void expect(const Lookup& found, Verdict verdict, Reason reason) {
    BOOST_TEST((found.verdict == verdict));
    BOOST_TEST(name_of(found.reason) == name_of(reason));
}

/// By what the stores say, and on the node itself.
inline void expect_ended(World& world, const std::string& token, const std::string& context = "web") {
    expect(world.run(world.checking(world.elsewhere, token, context)), Verdict::invalid, Reason::revoked);
    expect(world.check(token, context), Verdict::invalid, Reason::revoked);
}

} // namespace gatehouse
