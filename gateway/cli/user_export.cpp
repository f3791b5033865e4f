// SPDX-License-Identifier: Apache-2.0
// `gatehouse user export`: what a person gets who downloads what is known of them.
#include "gateway/accounts/personal_data.h"
#include "gateway/cli/account.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/stores/stores.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

using boost::asio::awaitable;

struct Exported {
    std::string name;
};

awaitable<int> export_of(Stores& stores, ConfigPtr config, std::string name) {
    const Account account = co_await find_account(stores, name);
    auto listed = co_await stores.sessions().list(account.id, wall_now(), patiently());
    auto sessions = need(stores, std::move(listed));
    std::vector<DataPlace> places;
    for (const auto& context : config->contexts) {
        auto* const own = stores.own_web(context);
        places.push_back({context.name, own != nullptr ? own : stores.web().front().store.get()});
    }
    auto data = co_await personal_data(stores.users(), std::move(places), account.id, std::move(sessions), patiently());
    const auto found = need(stores, std::move(data));
    if (!found) throw CommandError(EX_DATAERR, fmt::format("{} has been deleted meanwhile", name));
    print(*found);
    co_return EX_OK;
}

int export_data(const Invocation& invocation, const Exported& wanted) {
    const std::string name = canonical_name(wanted.name);
    const ConfigPtr config = load_config(invocation);
    return with_stores(config, [&](Stores& stores) { return export_of(stores, config, name); });
}

} // namespace

Command user_export_command() {
    return command("export",
                   "Print what is known of a user, as JSON: account, permissions, sessions, preferences. The owner "
                   "downloads the same.",
                   export_data,
                   {{"email", &Exported::name, "Whose: an e-mail address, a phone number, an id.", required}});
}

} // namespace gatehouse::cli
