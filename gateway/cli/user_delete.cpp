// SPDX-License-Identifier: Apache-2.0
// `gatehouse user delete`. The account is deleted last: until every gateway knows that its sessions have ended, the
// account is only disabled, so that an interrupted command can be repeated.
#include "gateway/cli/account.h"
#include "gateway/cli/notify_legacy.h"
#include "gateway/cli/propagate_change.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/stores/stores.h"
#include "gateway/takeover/strategy.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

using boost::asio::awaitable;

std::string not_yet(const std::string& name) {
    return fmt::format("{} is disabled and not deleted yet: repeat the command", name);
}

/// Disables the user and returns how many sessions ended. Throws if not every gateway, or not the older system, is
/// known to have been told.
awaitable<std::size_t> shut_out(Stores& stores, ConfigPtr config, Account account, std::string name) {
    auto changed = co_await stores.users().set_disabled(account.id, true, wall_now(), patiently());
    UserChange outcome = need(stores, std::move(changed));
    if (!outcome.found) throw CommandError(EX_DATAERR, fmt::format("{} has just been deleted by somebody else", name));
    const std::size_t count = outcome.ended.size();
    LegacyNotice news{account.id, {}, true, {}};
    int told = EX_OK;
    try {
        told = co_await propagate_everywhere(stores, config, std::move(news), std::move(outcome.ended));
    } catch (const CommandError& error) {
        throw CommandError(error.exit_code(), fmt::format("{}. {}", error.what(), not_yet(name)));
    }
    if (told != EX_OK) throw CommandError(told, not_yet(name));
    co_return count;
}

awaitable<void> forget_preferences(Stores& stores, std::string user_id, std::string name) {
    for (const auto& web : stores.web()) {
        const auto forgotten = co_await web.store->forget(user_id, patiently());
        if (!forgotten)
            throw CommandError(EX_UNAVAILABLE,
                               fmt::format("the preferences could not be deleted from the database {} ({}). {}",
                                           web.name, web.store->last_failure(), not_yet(name)));
    }
}

awaitable<int> delete_of(Stores& stores, ConfigPtr config, std::string name) {
    const Account account = co_await find_account(stores, name);
    auto found = co_await stores.takeover().legacy_id_of(account.id, patiently());
    const bool older = !need(stores, std::move(found)).empty();
    std::size_t count = co_await shut_out(stores, config, account, name);
    co_await forget_preferences(stores, account.id, name);

    auto removed = co_await stores.users().remove(account.id, wall_now(), patiently());
    UserChange outcome = need(stores, std::move(removed));
    // Another operator has enabled the user meanwhile, and a login came in between.
    count += outcome.ended.size();
    if (!outcome.ended.empty()) co_await propagate_change(stores, config, account.id, std::move(outcome.ended));
    print(fmt::format("{} is deleted.{}", name, count == 0 ? "" : fmt::format(" Sessions ended: {}.", count)));
    if (older && config->legacy.configured() && reads_legacy(config->strategy))
        complain(fmt::format("the older system still knows {}: whoever signs in with that account, or has a session of "
                             "it that we have never seen, is taken over as a new user. Delete the account there too",
                             name));
    co_return EX_OK;
}

struct Wanted {
    std::string name;
    bool yes = false;
};

int remove(const Invocation& invocation, const Wanted& wanted) {
    const std::string name = canonical_name(wanted.name);
    const ConfigPtr config = with_patience(load_config(invocation));
    if (!wanted.yes &&
        !agrees(fmt::format("Delete {}, with all sessions, permissions and preferences? This cannot be undone.", name)))
        throw CommandError(EX_USAGE, "nothing was deleted; add --yes. `gatehouse user disable` shuts somebody out and "
                                     "can be undone");
    return with_stores(config, [&](Stores& stores) { return delete_of(stores, config, name); });
}

} // namespace

Command user_delete_command() {
    return command("delete", "Delete a user for good, with sessions, permissions and preferences. Asks at a terminal.",
                   remove,
                   {{"email", &Wanted::name, "Whom: an e-mail address, a phone number, an id.", required},
                    {"--yes", &Wanted::yes, "Do not ask."}});
}

} // namespace gatehouse::cli
