// SPDX-License-Identifier: Apache-2.0
// Goal: each due mail is written, sent and noted; a failed one comes again with growing pauses until it is given up.
#include "gateway/mail/dispatcher.h"

#include "tests/memory/identity_store.h"
#include "tests/unit/await.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace gatehouse;
using namespace gatehouse::mail;
using Outcome = Delivery::Outcome;
using std::chrono::hours;

namespace {

/// As the plain one, or as the test says.
class Scripted final : public Composer {
  public:
    boost::asio::awaitable<Result<std::optional<Letter>>> compose(const QueuedMail& mail) override {
        if (fails) co_return make_error_code(StoreError::unavailable);
        if (unwanted) co_return std::optional<Letter>();
        Letter letter{subject, "About " + mail.mail.kind, ""};
        co_return std::optional(std::move(letter));
    }
    bool fails = false;
    bool unwanted = false;
    std::string subject = "Hello";
};

struct Office {
    explicit Office(Millis poll = Millis{3'600'000})
        : dispatcher(loop.get_executor(),
                     {store,
                      composer,
                      [this](Parcel parcel) { return send(std::move(parcel)); },
                      Millis{1000},
                      {"Acme", "no-reply@example.org"},
                      "n1"},
                     {.poll = poll, .count = Millis{1}}) {}

    boost::asio::awaitable<Delivery> send(Parcel parcel) {
        if (takes > Millis{0}) {
            boost::asio::steady_timer timer(loop, takes);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        parcels.push_back(std::move(parcel));
        co_return answer;
    }
    std::string queue(Instant at = wall_now(), const std::string& to = "ann@example.org") {
        const auto id = fmt::format("00000000-0000-4000-8000-{:012}", ++numbers);
        NewMail mail{id, "new_device", "", to, "en", "web", ""};
        const MailLimit none;
        const bool queued = await(loop, store.enqueue(std::move(mail), none, at, soon())).value();
        BOOST_REQUIRE(queued);
        return id;
    }
    std::vector<ListedMail> listed() { return await(loop, store.waiting("", 100, soon())).value(); }
    template <class Condition> bool run_until(const Condition& condition) {
        const auto end = deadline_in(Millis{10'000});
        loop.restart();
        while (!condition() && std::chrono::steady_clock::now() < end)
            loop.run_one_for(Millis{50});
        return condition();
    }
    static Deadline soon() { return deadline_in(Millis{5000}); }

    boost::asio::io_context loop;
    MemoryIdentityStore store;
    Scripted composer;
    std::vector<Parcel> parcels;
    Delivery answer{Outcome::sent, "250 OK", {}, false};
    Millis takes{0};
    int numbers = 0;
    Dispatcher dispatcher;
};

} // namespace

BOOST_AUTO_TEST_SUITE(mail_dispatcher)

BOOST_AUTO_TEST_CASE(what_is_due_is_sent_at_once_one_after_the_other) {
    Office office;
    const auto first = office.queue(wall_now() - Seconds{1});
    office.queue();
    office.dispatcher.start();
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().sent == 2; }));
    BOOST_TEST(office.parcels.size() == 2U);
    BOOST_TEST(office.parcels[0].id == first);
    BOOST_TEST(office.parcels[0].from == "no-reply@example.org");
    BOOST_TEST(office.parcels[0].to == "ann@example.org");
    BOOST_TEST(office.parcels[0].bytes.find("About new_device") != std::string::npos);
    BOOST_TEST(office.listed().empty());
}

BOOST_AUTO_TEST_CASE(a_mail_that_is_queued_here_wakes_the_dispatcher) {
    Office office;
    WakingQueue queue(office.store, office.dispatcher);
    office.dispatcher.start();
    office.loop.run_for(Millis{10}); // it looked and found nothing; the next look is in an hour
    NewMail mail{"00000000-0000-4000-8000-000000000001", "new_device", "", "ann@example.org", "en", "web", ""};
    BOOST_TEST(await(office.loop, queue.enqueue(mail, {}, wall_now(), Office::soon())).value());
    BOOST_TEST(office.run_until([&] { return office.parcels.size() == 1; }));
}

BOOST_AUTO_TEST_CASE(what_another_gateway_queued_is_found_by_looking) {
    Office office(Millis{5});
    office.dispatcher.start();
    office.loop.run_for(Millis{10});
    office.queue();
    BOOST_TEST(office.run_until([&] { return office.parcels.size() == 1; }));
}

BOOST_AUTO_TEST_CASE(pauses_grow) {
    int before = 0;
    for (const int seconds : {10, 30, 120, 600, 3600, 3600})
        BOOST_TEST(pause_after(++before).count() == seconds);
    BOOST_TEST(pause_after(0).count() == 10);
    BOOST_TEST(pause_after(1'000'000).count() == 3600);
}

BOOST_AUTO_TEST_CASE(a_failed_mail_is_due_again_later) {
    Office office;
    office.answer = {Outcome::later, "451 later", {}, false};
    const auto now = wall_now();
    office.queue(now);
    office.dispatcher.start();
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().postponed == 1; }));
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().in_store.waiting == 1; }));
    const auto listed = office.listed();
    BOOST_REQUIRE(listed.size() == 1U);
    BOOST_TEST(listed[0].last_error == "451 later");
    BOOST_TEST((listed[0].due_at >= now + Seconds{10} && listed[0].due_at <= wall_now() + Seconds{10}));
    BOOST_TEST((office.dispatcher.oldest(now + Seconds{60}) == Seconds{60}));
}

BOOST_AUTO_TEST_CASE(a_refused_mail_is_given_up_and_an_old_one_too) {
    Office office;
    office.answer = {Outcome::refused, "550 nobody", {}, false};
    office.queue();
    office.dispatcher.start();
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().given_up == 1; }));
    office.answer = {Outcome::later, "451 later", {}, false};
    office.queue(wall_now() - hours{23});
    office.queue(wall_now() - hours{25});
    office.dispatcher.wake();
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().given_up == 2; }));
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().postponed == 1; }));
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().in_store.given_up == 2; }));
}

BOOST_AUTO_TEST_CASE(a_letter_that_cannot_be_sent_is_given_up_before_anybody_is_asked) {
    Office office;
    office.composer.subject = "Hello\r\nBcc: eve@example.org";
    office.queue();
    office.dispatcher.start();
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().given_up == 1; }));
    BOOST_TEST(office.parcels.empty());
}

BOOST_AUTO_TEST_CASE(a_mail_that_is_not_wanted_any_more_is_dropped) {
    Office office;
    office.composer.unwanted = true;
    office.queue();
    office.dispatcher.start();
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().dropped == 1; }));
    office.loop.run_for(Millis{10});
    BOOST_TEST(office.parcels.empty());
    BOOST_TEST(office.listed().empty());
}

BOOST_AUTO_TEST_CASE(a_text_that_cannot_be_written_now_is_tried_again) {
    Office office;
    office.composer.fails = true;
    office.queue();
    office.dispatcher.start();
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().postponed == 1; }));
    BOOST_TEST(office.parcels.empty());
}

BOOST_AUTO_TEST_CASE(where_no_server_answers_the_others_wait_for_the_next_look) {
    Office office;
    office.answer = {Outcome::later, "connection refused", {}, true};
    office.queue();
    office.queue();
    office.dispatcher.start();
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().postponed == 1; }));
    office.loop.run_for(Millis{20});
    BOOST_TEST(office.parcels.size() == 1U);
    office.dispatcher.wake();
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().postponed == 2; }));
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_is_asked_again) {
    Office office(Millis{5});
    office.queue();
    office.store.set_failure(StoreError::unavailable);
    office.dispatcher.start();
    office.loop.restart();
    office.loop.run_for(Millis{30});
    BOOST_TEST(office.parcels.empty());
    office.store.set_failure(std::nullopt);
    BOOST_TEST(office.run_until([&] { return office.dispatcher.stats().sent == 1; }));
}

BOOST_AUTO_TEST_CASE(a_stop_waits_for_the_mail_under_way_and_begins_no_other) {
    Office office;
    office.takes = Millis{50};
    office.queue();
    office.queue();
    office.dispatcher.start();
    office.loop.restart();
    office.loop.run_for(Millis{10});
    const auto stop = [](Dispatcher& dispatcher) -> boost::asio::awaitable<bool> {
        co_await dispatcher.stop(deadline_in(Millis{5000}));
        co_return true;
    };
    BOOST_TEST(await(office.loop, stop(office.dispatcher)));
    BOOST_TEST(office.dispatcher.stats().sent == 1U);
    BOOST_TEST(office.listed().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_ever) {
    Office office;
    office.takes = Millis{500};
    office.queue();
    office.dispatcher.start();
    office.loop.restart();
    office.loop.run_for(Millis{10});
    const auto begin = std::chrono::steady_clock::now();
    const auto stop = [](Dispatcher& dispatcher) -> boost::asio::awaitable<bool> {
        co_await dispatcher.stop(deadline_in(Millis{20}));
        co_return true;
    };
    BOOST_TEST(await(office.loop, stop(office.dispatcher)));
    BOOST_TEST((std::chrono::steady_clock::now() - begin < Millis{400}));
    BOOST_TEST(office.run_until([&] { return office.parcels.size() == 1; })); // nothing is left behind
}

BOOST_AUTO_TEST_SUITE_END()
