// SPDX-License-Identifier: Apache-2.0
// The whole gateway but for its socket, on stores in memory: requests go in as parameters, responses come out. Test
// thread.
#pragma once

#include "gateway/accounts/sodium.h"
#include "gateway/routes.h"
#include "gateway/sessions/service.h"
#include "storage/memory_counter_store.h"
#include "tests/memory/identity_store.h"
#include "tests/memory/session_cache.h"
#include "tests/memory/web_store.h"
#include "tests/unit/await.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

namespace gatehouse {

inline constexpr const char* ann_id = "11111111-1111-4111-8111-111111111111";
inline constexpr const char* ann_email = "ann@example.test";
inline constexpr const char* ann_password = "a long walk by the sea";

/// What a program posts to /login.
inline std::string sign_in_body(const std::string& identifier, const std::string& password) {
    return R"({"identifier":")" + identifier + R"(","password":")" + password + R"("})";
}

inline bool has(const http::Response& response, std::string_view piece) {
    return response.body().find(piece) != std::string::npos;
}

class Rig : public ReadinessProbe {
  public:
    Rig()
        : settings(make_settings()),
          hasher(small_hashes()),
          throttle(nullptr, counters, {}),
          sessions(loop.get_executor(), {store, store, store, &cache, nullptr}, "node", settings),
          preferences(loop.get_executor(), {web, {}}),
          services{sessions,    store,           hasher,    throttle, *this,
                   preferences, request_metrics, addresses, store,    loop.get_executor()} {
        add_user(ann_id, ann_email, "user");
        base = {{"REQUEST_METHOD", "GET"},          {"REQUEST_URI", "/app/"},    {"DOCUMENT_URI", "/auth/verify"},
                {"REMOTE_ADDR", "192.0.2.7"},       {"REQUEST_SCHEME", "https"}, {"HTTP_HOST", "app.example.test"},
                {"REQUEST_ID", "0123456789abcdef"}, {"GATE_CONTEXT", "web"}};
    }

    using Params = std::map<std::string, std::string>;

    /// `change` replaces parameters; an empty value removes one. GATE_END comes last unless `whole` is false.
    http::Response send(const Params& change, const std::string& body = {}, bool whole = true) {
        Params params = base;
        for (const auto& [name, value] : change)
            params[name] = value;
        std::erase_if(params, [](const auto& p) { return p.second.empty(); });
        std::vector<http::Param> list;
        for (const auto& [name, value] : params)
            list.push_back({name, value});
        if (whole) list.push_back({"GATE_END", "1"});
        const http::Request request(list, body);
        return await(loop, answer(request, settings, services));
    }

    http::Response get(const std::string& path, const std::string& cookie = {}, const Params& more = {}) {
        Params params{{"DOCUMENT_URI", "/auth" + path}, {"HTTP_COOKIE", cookie}};
        for (const auto& [name, value] : more)
            params[name] = value;
        return send(params);
    }

    http::Response post_json(const std::string& path, const std::string& body, const std::string& cookie = {},
                             const Params& more = {}) {
        return post(path, body, "application/json", cookie, more);
    }

    http::Response post_form(const std::string& path, const std::string& body, const std::string& cookie = {},
                             const Params& more = {}) {
        return post(path, body, "application/x-www-form-urlencoded", cookie, more);
    }

    /// Logs Ann in and returns her cookie as a Cookie header.
    std::string login(const std::string& password = ann_password) {
        const auto response = post_json("/login", sign_in_body(ann_email, password));
        BOOST_REQUIRE_EQUAL(response.status(), 200);
        return cookie_of(response);
    }

    /// The name=value part of the Set-Cookie header.
    static std::string cookie_of(const http::Response& response) {
        const auto line = response.find_header("Set-Cookie");
        return std::string(line.substr(0, line.find(';')));
    }

    /// The CSRF token in a page.
    static std::string token_in(const http::Response& response) {
        static constexpr std::string_view mark = "name=\"csrf\" value=\"";
        const auto at = response.body().find(mark);
        BOOST_REQUIRE(at != std::string::npos);
        const auto begin = at + mark.size();
        return response.body().substr(begin, response.body().find('"', begin) - begin);
    }

    void add_user(const std::string& id, const std::string& email, const std::string& role) {
        NewAccount account;
        account.id = id;
        account.email = email;
        account.role = role;
        account.password_hash = await(loop, hasher.hash(Secret{std::string_view(ann_password)})).value();
        account.created_at = wall_now();
        BOOST_REQUIRE(await(loop, store.create(account, deadline_in(Millis{1000}))).has_value());
    }

    boost::asio::awaitable<Readiness> probe() override { co_return readiness; }

    boost::asio::io_context loop;
    MemoryIdentityStore store;
    MemorySessionCache cache;
    MemoryWebStore web;
    MemoryCounterStore counters;
    SettingsPtr settings;
    PasswordHasher hasher;
    Throttle throttle;
    SessionService sessions;
    PreferenceBook preferences;
    Readiness readiness;
    RequestMetrics request_metrics;
    AddressWatch addresses;
    Services services;
    Params base;

  private:
    http::Response post(const std::string& path, const std::string& body, const std::string& type,
                        const std::string& cookie, const Params& more) {
        Params params{{"REQUEST_METHOD", "POST"},
                      {"DOCUMENT_URI", "/auth" + path},
                      {"CONTENT_TYPE", type},
                      {"CONTENT_LENGTH", std::to_string(body.size())},
                      {"HTTP_COOKIE", cookie}};
        for (const auto& [name, value] : more)
            params[name] = value;
        return send(params, body);
    }

    static HashOptions small_hashes() {
        start_sodium();
        HashOptions options;
        options.memory_kib = 8;
        options.passes = 1;
        return options;
    }

    static SettingsPtr make_settings() {
        auto config = std::make_shared<Config>();
        config->state_directory = "/nowhere"; // no journal: nobody signs out while SQL is away
        for (const char* name : {"web", "admin"}) {
            ContextConfig context;
            context.name = name;
            context.cookie = std::string("gatehouse_") + name;
            if (context.name == "admin") context.require = {"role:admin"};
            config->contexts.push_back(context);
        }
        return std::make_shared<const Settings>(config, KeyRing::parse(KeyRing::new_line(), "ring"));
    }
};

} // namespace gatehouse
