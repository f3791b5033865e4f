// SPDX-License-Identifier: Apache-2.0
// The gateway with mail: what is queued can be read as the person who gets it would. Test thread.
#pragma once

#include "gateway/letters/composer.h"
#include "tests/unit/server/rig.h"

#include <algorithm>
#include <optional>
#include <string>

namespace gatehouse {

class MailRig : public Rig {
  public:
    /// A browser that has been on a page with a form.
    inline static const std::string browser = "__Host-gatehouse_csrf=AAAAAAAAAAAAAAAAAAAAAA";

    MailRig() : composer(store, store, settings) {
        auto config = std::make_shared<Config>(*settings->config);
        for (auto& context : config->contexts)
            context.url = "https://" + context.name + ".example.test";
        config->contexts.front().registration = "open";
        auto changed = std::make_shared<Settings>(*settings);
        changed->config = std::move(config);
        settings = changed;
        sessions.use(settings);
        composer.use(settings);
        services.mail = &store;
    }

    /// The answer to asking, as a browser does.
    http::Response ask(const std::string& path, const std::string& address, const Params& more = {}) {
        const auto form = get(path, browser);
        BOOST_REQUIRE_EQUAL(form.status(), 200);
        return post_form(path, "identifier=" + address + "&csrf=" + token_in(form), browser, more);
    }

    struct Arrived {
        std::string kind;
        std::string recipient;
        mail::Letter letter;
        std::string token; ///< of the link; empty: the link has none
    };
    /// What is sent by now. nullopt: nothing waits, or it is not wanted any more.
    std::optional<Arrived> mail_that_comes() {
        run_for_a_moment();
        const auto now = wall_now();
        auto queued = await(loop, store.claim("node", now, now + Seconds{60}, soon())).value();
        if (!queued) return std::nullopt;
        auto letter = await(loop, composer.compose(*queued)).value();
        BOOST_REQUIRE(await(loop, store.sent(queued->mail.id, now, soon())).has_value());
        if (!letter) return std::nullopt;
        Arrived arrived{queued->mail.kind, queued->mail.recipient, *letter, {}};
        constexpr std::string_view mark = "/link?token=";
        if (const auto at = letter->text.find(mark); at != std::string::npos)
            arrived.token = letter->text.substr(at + mark.size(), token_length);
        return arrived;
    }

    /// Follows the link; the cookies of the browser from then on.
    std::string follow(const std::string& token, const std::string& leads_to) {
        const auto answer = get("/link", browser, {{"QUERY_STRING", "token=" + token}});
        BOOST_TEST(answer.status() == 303);
        BOOST_TEST(answer.find_header("Location") == leads_to);
        return browser + "; " + cookie_of(answer);
    }

    http::Response choose(const std::string& path, const std::string& cookies, const std::string& password) {
        const auto form = get(path, cookies);
        BOOST_REQUIRE_EQUAL(form.status(), 200);
        std::string typed = password;
        std::ranges::replace(typed, ' ', '+');
        return post_form(path, "new_password=" + typed + "&csrf=" + token_in(form), cookies);
    }

    int login_with(const std::string& address, const std::string& password) {
        return post_json("/login", sign_in_body(address, password)).status();
    }

    /// The cookie of a browser that has followed a link for Ann, or for a newcomer.
    std::string link_cookie(Purpose purpose) {
        const auto token = settings->tokens.mint(name_of(purpose));
        const bool ann = purpose != Purpose::register_account && purpose != Purpose::invitation;
        OneTimeToken issued{stored_id(token),  purpose,
                            ann ? ann_id : "", ann ? ann_email : "carl@example.test",
                            wall_now(),        wall_now() + link_lives};
        BOOST_REQUIRE(await(loop, store.issue(std::move(issued), soon())).value());
        return "__Host-gatehouse_link=" + token;
    }

    static Deadline soon() { return deadline_in(Millis{1000}); }

    void run_for_a_moment() {
        loop.restart();
        loop.poll();
    }

    LetterComposer composer;
};

} // namespace gatehouse
