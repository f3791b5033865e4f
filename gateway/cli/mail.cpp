// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/http/json.h"
#include "gateway/mail/composer.h"
#include "gateway/mail/letter.h"
#include "gateway/mail/transport.h"
#include "gateway/sessions/token.h"
#include "gateway/stores/stores.h"
#include "storage/values.h"

#include <csignal>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

using boost::asio::awaitable;

constexpr std::size_t page = 500;

struct Wanted {
    std::string id;
    std::string address;
    bool json = false;
};

http::JsonObject as_json(const ListedMail& listed) {
    http::JsonObject object;
    object.add("mail", listed.mail.id)
        .add("kind", listed.mail.kind)
        .add("user", listed.mail.user_id)
        .add("recipient", listed.mail.recipient)
        .add("queued_at", format(listed.queued_at))
        .add("tries", listed.tries)
        .add("given_up", listed.given_up)
        .add("error", listed.last_error);
    if (listed.given_up) return object.add("due_at", nullptr);
    return object.add("due_at", format(listed.due_at));
}

std::string as_line(const ListedMail& listed) {
    const auto& [mail, queued_at, due_at, tries, given_up, error] = listed;
    return fmt::format("{} {} for {} since {}, {}{}{}", mail.id, mail.kind,
                       mail.user_id.empty() ? mail.recipient : mail.user_id, format(queued_at),
                       given_up     ? fmt::format("given up after try {}", tries)
                       : tries == 0 ? std::string("not tried yet")
                                    : fmt::format("try {}, next {}", tries, format(due_at)),
                       error.empty() ? "" : ": ", error);
}

awaitable<int> print_queue(Stores& stores, bool json) {
    http::JsonArray all;
    for (std::string after;;) {
        auto found = co_await stores.mail().waiting(after, page, patiently());
        const auto listed = need(stores, std::move(found));
        for (const auto& one : listed) {
            if (json)
                all.add(as_json(one));
            else
                print(as_line(one));
        }
        if (listed.size() < page) break;
        after = listed.back().mail.id;
    }
    if (json) print(all.str());
    co_return EX_OK;
}

int queue(const Invocation& invocation, Wanted wanted) {
    return with_stores(load_config(invocation), [&](Stores& stores) { return print_queue(stores, wanted.json); });
}

awaitable<int> retry_in(Stores& stores, std::string id) {
    auto done = co_await stores.mail().retry(id, wall_now(), patiently());
    const auto count = need(stores, std::move(done));
    if (count == 0 && !id.empty())
        throw CommandError(EX_DATAERR, fmt::format("no mail {} waits or was given up, or it is being sent just now; "
                                                   "`gatehouse mail queue` shows the mails",
                                                   id));
    print(fmt::format("Mails due now: {}. The gateways send them within a few seconds.", count));
    co_return EX_OK;
}

int retry(const Invocation& invocation, Wanted wanted) {
    const ConfigPtr config = load_config(invocation);
    if (!config->mail.configured())
        complain("mail_url is not set here: only a gateway that has a mail server sends what is due");
    return with_stores(config, [&](Stores& stores) { return retry_in(stores, wanted.id); });
}

mail::Letter test_letter() {
    return {
        "Gatehouse can send mail", "This mail was sent by `gatehouse mail test`.\n\nNothing has to be done about it.\n",
        "<p>This mail was sent by <code>gatehouse mail test</code>.</p>\n<p>Nothing has to be done about it.</p>\n"};
}

int test(const Invocation& invocation, Wanted wanted) {
    const ConfigPtr config = load_config(invocation);
    if (!config->mail.configured())
        throw CommandError(EX_CONFIG, "mail_url is not set; `gatehouse config example` explains it");
    if (!config::is_mail_address(wanted.address)) throw CommandError(EX_USAGE, "this is no e-mail address");
    const mail::Cover cover{random_uuid(), config::parse_sender(config->mail.from).value(), wanted.address, wall_now()};
    auto message = mail::write_message(cover, test_letter());
    if (!message.problem.empty()) throw CommandError(EX_CONFIG, message.problem);
    std::signal(SIGPIPE, SIG_IGN); // libcurl writes to a server that may have gone
    const auto delivery =
        mail::deliver(mail::route_of(config->mail), {cover.id, cover.from.address, cover.to, std::move(message.bytes)});
    if (delivery.outcome != mail::Delivery::Outcome::sent)
        throw CommandError(
            delivery.outcome == mail::Delivery::Outcome::later ? EX_TEMPFAIL : EX_UNAVAILABLE,
            fmt::format("not sent: {}{}{}", delivery.answer, delivery.advice.empty() ? "" : "; ", delivery.advice));
    print(fmt::format("Sent. The server said: {}", delivery.answer));
    return EX_OK;
}

} // namespace

Command mail_commands() {
    return group("mail", "Mail to users.",
                 {command("queue", "List the mail that waits to be sent or was given up.", queue,
                          {{"--json", &Wanted::json, "Print JSON."}}),
                  command("retry", "Have mail sent now, also mail that was given up.", retry,
                          {{"mail", &Wanted::id, "Its id, as `mail queue` prints it; without one: all of it."}}),
                  command("test", "Send a mail now, and print what the mail server says.", test,
                          {{"address", &Wanted::address, "Whom to.", required}})});
}

} // namespace gatehouse::cli
