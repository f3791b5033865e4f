// SPDX-License-Identifier: Apache-2.0
// The commands that change a user; user_delete.cpp has the command that deletes one.
#include "gateway/cli/account.h"
#include "gateway/cli/notify_legacy.h"
#include "gateway/cli/password_input.h"
#include "gateway/cli/propagate_change.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/config/value.h"
#include "gateway/stores/stores.h"
#include "storage/values.h"

#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

namespace gatehouse::cli {

namespace {

using boost::asio::awaitable;

// The application gets a user's permissions in one header, and nginx reads all headers of an answer into 4 KiB.
constexpr std::size_t permissions_header_bytes = 2048;

/// All parameters of these commands.
struct Change {
    std::string email;
    std::string role;
    std::string permission;
    std::string context;
    std::string expires;
    bool password_stdin = false;
};

using Step = std::function<awaitable<Result<UserChange>>(Stores&, const Account&)>;

UserChange need_found(const std::string& email, UserChange outcome) {
    if (!outcome.found) throw CommandError(EX_DATAERR, fmt::format("{} has changed meanwhile; try again", email));
    return outcome;
}

/// The steps of every change of a user: find, change, tell Redis, report.
awaitable<int> change(Stores& stores, ConfigPtr config, std::string email, Step step, std::string done) {
    const Account account = co_await find_account(stores, email);
    auto changed = co_await step(stores, account);
    const UserChange outcome = need_found(email, need(stores, std::move(changed)));
    co_await propagate_change(stores, config, account.id, outcome.ended);
    print(outcome.ended.empty() ? done : fmt::format("{} Sessions ended: {}.", done, outcome.ended.size()));
    co_return EX_OK;
}

/// For a change that ended every session: also ends the sessions in the older system.
awaitable<int> shut_out(Stores& stores, ConfigPtr config, Account account, UserChange outcome, std::string hash,
                        std::string done) {
    LegacyNotice news{account.id, {}, true, std::move(hash)};
    const std::size_t count = outcome.ended.size();
    const int code = co_await propagate_everywhere(stores, config, std::move(news), std::move(outcome.ended));
    print(count == 0 ? done : fmt::format("{} Sessions ended: {}.", done, count));
    co_return code;
}

int run_change(const ConfigPtr& config, const std::string& email, const Step& step, const std::string& done) {
    return with_stores(config, [&](Stores& stores) { return change(stores, config, email, step, done); });
}

awaitable<int> passwd_of(Stores& stores, ConfigPtr config, std::string email, Secret password) {
    const Account account = co_await find_account(stores, email);
    Secret again(password.view());
    std::string hash = co_await hash_new_password(config, std::move(password), account.email);
    std::string for_older = co_await hash_for_legacy(stores, config, std::move(again));
    PasswordProof none; // the operator needs no proof
    auto changed = co_await stores.users().set_password(account.id, std::move(hash), std::move(none), std::nullopt,
                                                        wall_now(), patiently());
    auto outcome = need_found(email, need(stores, std::move(changed)));
    co_return co_await shut_out(stores, config, account, std::move(outcome), std::move(for_older),
                                fmt::format("{} has a new password.", email));
}

int passwd(const Invocation& invocation, const Change& wanted) {
    const std::string email = canonical_name(wanted.email);
    const ConfigPtr config = with_patience(load_config(invocation));
    Secret password = read_new_password(wanted.password_stdin);
    return with_stores(config, [&](Stores& stores) { return passwd_of(stores, config, email, std::move(password)); });
}

awaitable<int> disable_of(Stores& stores, ConfigPtr config, std::string email) {
    const Account account = co_await find_account(stores, email);
    auto changed = co_await stores.users().set_disabled(account.id, true, wall_now(), patiently());
    auto outcome = need_found(email, need(stores, std::move(changed)));
    co_return co_await shut_out(stores, config, account, std::move(outcome), std::string{},
                                fmt::format("{} is disabled.", email));
}

int disable(const Invocation& invocation, const Change& wanted) {
    const std::string email = canonical_name(wanted.email);
    const ConfigPtr config = with_patience(load_config(invocation));
    return with_stores(config, [&](Stores& stores) { return disable_of(stores, config, email); });
}

int enable(const Invocation& invocation, const Change& wanted) {
    const std::string email = canonical_name(wanted.email);
    return run_change(
        load_config(invocation), email,
        [&](Stores& stores, const Account& account) {
            return stores.users().set_disabled(account.id, false, wall_now(), patiently());
        },
        fmt::format("{} is enabled.", email));
}

awaitable<int> unlock_of(Stores& stores, std::string email) {
    const Account account = co_await find_account(stores, email);
    auto done = co_await stores.unlocks().unlock(account.id, wall_now(), patiently());
    const bool found = need(stores, std::move(done));
    if (!found) throw CommandError(EX_DATAERR, fmt::format("{} has been deleted meanwhile", email));
    print(
        fmt::format("{} is unlocked: every gateway that reaches the database forgets the failed logins of this account "
                    "within two seconds. Those of the address that they came from still count.",
                    email));
    co_return EX_OK;
}

int unlock(const Invocation& invocation, const Change& wanted) {
    const std::string email = canonical_name(wanted.email);
    return with_stores(load_config(invocation), [&](Stores& stores) { return unlock_of(stores, email); });
}

int set_role(const Invocation& invocation, const Change& wanted) {
    const std::string email = canonical_name(wanted.email);
    check_role(wanted.role);
    return run_change(
        load_config(invocation), email,
        [&](Stores& stores, const Account& account) {
            return stores.users().set_role(account.id, wanted.role, patiently());
        },
        fmt::format("{} has the role {}.", email, wanted.role));
}

/// The length of X-Auth-Permissions with one more permission.
std::size_t header_bytes_with(const User& user, const std::string& permission) {
    std::size_t bytes = permission.size();
    for (const Permission& held : user.permissions)
        if (held.name != permission) bytes += held.name.size() + 1;
    return bytes;
}

/// The user who runs this command, for user_permissions.operator; with sudo: the user who called sudo.
std::string operator_name() {
    const auto uid = ::getuid();
    if (const char* const name = std::getenv("SUDO_USER"); uid == 0 && name != nullptr && is_word(name, 64))
        return name;
    std::array<char, 4096> room{};
    ::passwd entry{};
    ::passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr) return entry.pw_name;
    return fmt::format("uid {}", uid);
}

awaitable<Result<UserChange>> grant_checked(Stores& stores, Account account, std::string context,
                                            Permission permission) {
    auto found = co_await stores.users().find_in_context(account.id, context, wall_now(), patiently());
    const std::optional<User> user = need(stores, std::move(found));
    const std::size_t bytes = user ? header_bytes_with(*user, permission.name) : 0;
    if (bytes > permissions_header_bytes)
        throw CommandError(
            EX_DATAERR,
            fmt::format("with this one, the permissions of {} in {} would be {} bytes long; the header that "
                        "carries them to the application has room for {}. Revoke some, or use a role",
                        account.email.empty() ? account.id : account.email, context, bytes, permissions_header_bytes));
    Grant grant(std::move(permission), operator_name());
    co_return co_await stores.users().grant(account.id, context, std::move(grant), wall_now(), patiently());
}

std::optional<Instant> end_of(const std::string& expires) {
    if (expires.empty()) return std::nullopt;
    const auto span = config::parse_duration(expires);
    if (!span || *span <= Millis(0))
        throw CommandError(EX_USAGE, "--expires takes a duration with its unit, such as 12h or 30d");
    return wall_now() + *span;
}

int grant(const Invocation& invocation, const Change& wanted) {
    const std::string email = canonical_name(wanted.email);
    check_permission(wanted.permission);
    const Permission permission{wanted.permission, end_of(wanted.expires)};
    const ConfigPtr config = load_config(invocation);
    const std::string context = chosen_context(*config, wanted.context);
    return run_change(
        config, email,
        [&](Stores& stores, const Account& account) { return grant_checked(stores, account, context, permission); },
        fmt::format("{} has {} in {}{}.", email, permission.name, context,
                    permission.expires_at ? " until " + format(*permission.expires_at) : ""));
}

int revoke(const Invocation& invocation, const Change& wanted) {
    const std::string email = canonical_name(wanted.email);
    check_permission(wanted.permission);
    const ConfigPtr config = load_config(invocation);
    const std::string context = chosen_context(*config, wanted.context);
    return run_change(
        config, email,
        [&](Stores& stores, const Account& account) {
            return stores.users().withdraw(account.id, context, wanted.permission, patiently());
        },
        fmt::format("{} does not have {} in {}.", email, wanted.permission, context));
}

} // namespace

std::vector<Command> user_change_commands() {
    const Row<Change> whom{"email", &Change::email, "Whom: an e-mail address, a phone number, an id.", required};
    const Row<Change> permission{"permission", &Change::permission, "The permission: a-z, 0-9, _ . : and -.", required};
    const Row<Change> where{"--context", &Change::context, "Where it counts. Default: default_context (APP_CONTEXT)."};
    return {
        command("passwd", "Give a user a new password. Ends their sessions.", passwd,
                {whom, {"--password-stdin", &Change::password_stdin, "Read the password from stdin."}}),
        command("disable", "Shut a user out. Ends their sessions.", disable, {whom}),
        command("enable", "Let a disabled user in again.", enable, {whom}),
        command("unlock", "Forget the failed logins of a user who has to wait because of them.", unlock, {whom}),
        command("role", "Give a user another role.", set_role,
                {whom, {"role", &Change::role, "The role: a-z, 0-9, _ and -.", required}}),
        command(
            "grant", "Give a user a permission.", grant,
            {whom, permission, where, {"--expires", &Change::expires, "It ends by itself after so long: 12h, 30d."}}),
        command("revoke", "Take a permission from a user.", revoke, {whom, permission, where}),
    };
}

} // namespace gatehouse::cli
