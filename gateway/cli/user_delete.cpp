// SPDX-License-Identifier: Apache-2.0
// `gatehouse user delete`. The account is deleted last: until every gateway knows that its sessions have ended, the
// account is only disabled, so that an interrupted command can be repeated.
#include "gateway/accounts/removal.h"
#include "gateway/cli/account.h"
#include "gateway/cli/notify_legacy.h"
#include "gateway/cli/propagate_change.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/stores/stores.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

using boost::asio::awaitable;

std::string not_yet(const std::string& name) {
    return fmt::format("{} is disabled and not deleted yet: repeat the command", name);
}

/// Until every gateway knows that the sessions have ended, the account is only disabled.
class News final : public RemovalNews {
  public:
    News(Stores& stores, ConfigPtr config, std::string name)
        : stores_(stores), config_(std::move(config)), name_(std::move(name)) {}

    /// Throws if not every gateway, or not the older system, is known to have been told.
    awaitable<bool> about_to_remove(std::string user_id) override {
        auto changed = co_await stores_.users().set_disabled(user_id, true, wall_now(), patiently());
        UserChange outcome = need(stores_, std::move(changed));
        if (!outcome.found)
            throw CommandError(EX_DATAERR, fmt::format("{} has just been deleted by somebody else", name_));
        ended_ = outcome.ended.size();
        LegacyNotice news{std::move(user_id), {}, true, {}};
        int told = EX_OK;
        try {
            told = co_await propagate_everywhere(stores_, config_, std::move(news), std::move(outcome.ended));
        } catch (const CommandError& error) {
            throw CommandError(error.exit_code(), fmt::format("{}. {}", error.what(), not_yet(name_)));
        }
        if (told != EX_OK) throw CommandError(told, not_yet(name_));
        co_return true;
    }

    /// Sessions ended only if another operator has enabled the user meanwhile, and a login came in between.
    awaitable<bool> removed(std::string user_id, UserChange change) override {
        if (!change.ended.empty())
            co_await propagate_change(stores_, config_, std::move(user_id), std::move(change.ended));
        co_return true;
    }

    [[nodiscard]] std::size_t ended() const noexcept { return ended_; }

  private:
    Stores& stores_;
    ConfigPtr config_;
    std::string name_;
    std::size_t ended_ = 0;
};

void check(Stores& stores, const Removal& removal, const std::string& name) {
    using Outcome = Removal::Outcome;
    if (removal.outcome == Outcome::unavailable) fail_for(stores, removal.trouble);
    if (removal.outcome != Outcome::web_away) return;
    const auto& web = stores.web()[removal.which_web];
    throw CommandError(EX_UNAVAILABLE, fmt::format("the preferences could not be deleted from the database {} ({}). {}",
                                                   web.name, web.store->last_failure(), not_yet(name)));
}

awaitable<int> delete_of(Stores& stores, ConfigPtr config, std::string name) {
    const Account account = co_await find_account(stores, name);
    const bool comes_back = co_await older_system_brings_back(stores, config, account.id);
    News news(stores, config, name);
    RemovalPlaces places{stores.users(), {}};
    for (const auto& web : stores.web())
        places.web.push_back(web.store.get());
    std::function<Deadline()> deadline = patiently;
    const auto removal =
        co_await remove_account(std::move(places), news, account.id, std::nullopt, std::move(deadline));
    check(stores, removal, name);
    const std::size_t count = news.ended() + removal.ended;
    print(fmt::format("{} is deleted.{}", name, count == 0 ? "" : fmt::format(" Sessions ended: {}.", count)));
    if (comes_back)
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
