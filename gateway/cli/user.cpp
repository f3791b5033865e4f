// SPDX-License-Identifier: Apache-2.0
// `gatehouse user add` and `list`; the commands that change a user are in user_change.cpp.
#include "gateway/cli/account.h"
#include "gateway/cli/password_input.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/http/json.h"
#include "gateway/sessions/token.h"
#include "gateway/stores/stores.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

using boost::asio::awaitable;

constexpr std::size_t page = 500; // accounts per query

struct NewUser {
    std::string email;
    std::string role = "user";
    bool verified = false;
    bool password_stdin = false;
    bool json = false;
};

awaitable<int> create(Stores& stores, ConfigPtr config, NewUser wanted, Secret password) {
    NewAccount account{random_uuid(), wanted.email, {}, wanted.role, wanted.verified, wall_now()};
    account.password_hash = co_await hash_new_password(config, std::move(password), wanted.email);
    const auto created = co_await stores.users().create(account, patiently());
    if (created.has_error() && created.error() == StoreError::conflict)
        throw CommandError(EX_DATAERR,
                           fmt::format("{} exists already; `gatehouse user passwd {}` gives it another password",
                                       account.email, account.email));
    need(stores, created);
    print(wanted.json
              ? http::JsonObject().add("id", account.id).add("email", account.email).str()
              : fmt::format("Added {} with the id {} and the role {}.", account.email, account.id, account.role));
    co_return EX_OK;
}

int add(const Invocation& invocation, NewUser wanted) {
    wanted.email = canonical(wanted.email);
    check_role(wanted.role);
    const ConfigPtr config = load_config(invocation);
    Secret password = read_new_password(wanted.password_stdin);
    return with_stores(config, [&](Stores& stores) { return create(stores, config, wanted, std::move(password)); });
}

http::JsonObject as_json(const Account& account) {
    http::JsonObject out;
    out.add("id", account.id).add("email", account.email).add("role", account.role);
    out.add("verified", account.verified)
        .add("disabled", account.disabled)
        .add("created_at", format(account.created_at));
    if (account.last_login_at)
        out.add("last_login_at", format(*account.last_login_at));
    else
        out.add("last_login_at", nullptr);
    return out;
}

std::string as_line(const Account& account, const std::string& name) {
    return fmt::format("{:<40} {:<12} {:<9} {:<10} {}", name, account.role, account.disabled ? "disabled" : "enabled",
                       account.verified ? "verified" : "unverified",
                       account.last_login_at ? "last login " + format(*account.last_login_at) : "never logged in");
}

awaitable<void> list_addressed(Stores& stores, http::JsonArray* json) {
    std::string after;
    for (;;) {
        auto found = co_await stores.users().list(after, page, patiently());
        const std::vector<Account> accounts = need(stores, std::move(found));
        for (const Account& account : accounts) {
            if (json)
                json->add(as_json(account));
            else
                print(as_line(account, account.email));
        }
        if (accounts.size() < page) co_return;
        after = accounts.back().email;
    }
}

/// Lists the accounts without an e-mail address. The id comes last in the line, because the commands accept the id as a
/// name.
awaitable<void> list_unaddressed(Stores& stores, http::JsonArray* json) {
    std::string after;
    for (;;) {
        auto found = co_await stores.sql().list_unaddressed(after, page, patiently());
        const auto people = need(stores, std::move(found));
        for (const auto& [account, phone] : people) {
            if (json)
                json->add(as_json(account).add("phone", phone));
            else
                print(as_line(account, phone.empty() ? "-" : phone) + "  id " + account.id);
        }
        if (people.size() < page) co_return;
        after = people.back().account.id;
    }
}

awaitable<int> list_all(Stores& stores, bool json) {
    http::JsonArray all;
    co_await list_addressed(stores, json ? &all : nullptr);
    co_await list_unaddressed(stores, json ? &all : nullptr);
    if (json) print(all.str());
    co_return EX_OK;
}

int list(const Invocation& invocation, const Output& wanted) {
    return with_stores(load_config(invocation), [&](Stores& stores) { return list_all(stores, wanted.json); });
}

} // namespace

Command user_commands() {
    Command all = group("user", "The people who can log in.",
                        {command("add", "Add a user. Asks for a password.", add,
                                 {{"email", &NewUser::email, "The e-mail address that they log in with.", required},
                                  {"--role", &NewUser::role, "Their role."},
                                  {"--verified", &NewUser::verified, "The address is known to be theirs."},
                                  {"--password-stdin", &NewUser::password_stdin, "Read the password from stdin."},
                                  {"--json", &NewUser::json, "Print JSON."}}),
                         command("list", "List all users, those without an e-mail address last.", list,
                                 {{"--json", &Output::json, "Print JSON."}})});
    for (Command& change : user_change_commands())
        all.commands.push_back(std::move(change));
    for (Command& change : user_contact_commands())
        all.commands.push_back(std::move(change));
    all.commands.push_back(user_invite_command());
    all.commands.push_back(user_delete_command());
    all.commands.push_back(user_export_command());
    return all;
}

} // namespace gatehouse::cli
