// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/account.h"
#include "gateway/cli/notify_legacy.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/http/json.h"
#include "gateway/http/utf8.h"
#include "gateway/stores/stores.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

using boost::asio::awaitable;

constexpr std::size_t shown_user_agent = 80;

struct Wanted {
    std::string email;
    std::string handle;
    bool all = false;
    bool json = false;
};

http::JsonObject as_json(const ListedSession& listed) {
    const Session& session = listed.session;
    return http::JsonObject()
        .add("session", session.handle)
        .add("context", session.key.context)
        .add("created_at", format(session.created_at))
        .add("last_activity", format(session.last_activity))
        .add("expires_at", format(session.expires_at))
        .add("address", listed.origin.address)
        .add("user_agent", listed.origin.user_agent);
}

std::string as_line(const ListedSession& listed) {
    return fmt::format("{} {:<10} last active {} from {:<15} {}", listed.session.handle, listed.session.key.context,
                       format(listed.session.last_activity), listed.origin.address,
                       http::clean_text(listed.origin.user_agent, shown_user_agent));
}

awaitable<int> list_of(Stores& stores, Wanted wanted) {
    const Account account = co_await find_account(stores, wanted.email);
    auto found = co_await stores.sessions().list(account.id, wall_now(), patiently());
    http::JsonArray all;
    for (const ListedSession& listed : need(stores, std::move(found))) {
        if (wanted.json)
            all.add(as_json(listed));
        else
            print(as_line(listed));
    }
    if (wanted.json) print(all.str());
    co_return EX_OK;
}

constexpr std::size_t page = 500; // sessions per query

/// With the name of each person: an address, a phone number, or an id.
awaitable<int> list_everybodys(Stores& stores, bool json) {
    http::JsonArray all;
    std::string after;
    for (;;) {
        auto found = co_await stores.sql().list_live(after, page, wall_now(), patiently());
        const auto sessions = need(stores, std::move(found));
        for (const auto& [listed, email, phone, user] : sessions) {
            if (json)
                all.add(as_json(listed).add("user", user).add("email", email));
            else
                print(fmt::format("{:<40} {}",
                                  !email.empty()   ? email
                                  : !phone.empty() ? phone
                                                   : user,
                                  as_line(listed)));
        }
        if (sessions.size() < page) break;
        after = sessions.back().listed.session.key.id;
    }
    if (json) print(all.str());
    co_return EX_OK;
}

int list(const Invocation& invocation, Wanted wanted) {
    if (wanted.all == !wanted.email.empty())
        throw CommandError(EX_USAGE, "name a user, or use --all; `gatehouse user list` shows the users");
    if (wanted.all)
        return with_stores(load_config(invocation),
                           [&](Stores& stores) { return list_everybodys(stores, wanted.json); });
    wanted.email = canonical_name(wanted.email);
    return with_stores(load_config(invocation), [&](Stores& stores) { return list_of(stores, wanted); });
}

/// Ends the wanted sessions and returns them.
awaitable<std::vector<EndedSession>> end(Stores& stores, Account account, Wanted wanted) {
    if (wanted.all) {
        auto ended = co_await stores.sessions().revoke_all(account.id, std::nullopt, wall_now(), patiently());
        co_return need(stores, std::move(ended));
    }
    auto ended = co_await stores.sessions().revoke_by_handle(account.id, wanted.handle, wall_now(), patiently());
    const std::optional<EndedSession> one = need(stores, std::move(ended));
    if (!one)
        throw CommandError(EX_DATAERR, fmt::format("{} has no session {}; `gatehouse session list {}` shows them",
                                                   wanted.email, wanted.handle, wanted.email));
    co_return std::vector<EndedSession>{*one};
}

awaitable<int> revoke_of(Stores& stores, ConfigPtr config, Wanted wanted) {
    const Account account = co_await find_account(stores, wanted.email);
    std::vector<EndedSession> ended = co_await end(stores, account, wanted);
    const std::size_t count = ended.size();
    LegacyNotice news{account.id, {}, false, {}};
    if (!wanted.all) news.session = ended.front().key;
    const int code = co_await propagate_everywhere(stores, config, std::move(news), std::move(ended));
    print(fmt::format("Sessions ended: {}.", count));
    co_return code;
}

int revoke(const Invocation& invocation, Wanted wanted) {
    if (wanted.all == !wanted.handle.empty())
        throw CommandError(EX_USAGE, "name one session, or use --all; `gatehouse session list EMAIL` shows the names");
    wanted.email = canonical_name(wanted.email);
    const ConfigPtr config = with_patience(load_config(invocation));
    return with_stores(config, [&](Stores& stores) { return revoke_of(stores, config, wanted); });
}

} // namespace

Command session_commands() {
    const Row<Wanted> whose{"email", &Wanted::email, "Whose: an e-mail address, a phone number, an id.", required};
    return group("session", "Who is logged in.",
                 {command("list", "List the live sessions of a user, or of everybody.", list,
                          {{"email", &Wanted::email, "Whose: an e-mail address, a phone number, an id."},
                           {"--all", &Wanted::all, "Those of everybody."},
                           {"--json", &Wanted::json, "Print JSON."}}),
                  command("revoke", "End one session of a user, or all of them.", revoke,
                          {whose,
                           {"session", &Wanted::handle, "Its name, as `session list` prints it."},
                           {"--all", &Wanted::all, "All of them, in every context."}})});
}

} // namespace gatehouse::cli
