// SPDX-License-Identifier: Apache-2.0
// The commands that change how a user can be reached: the address, whether it is theirs, and the phone number.
#include "gateway/accounts/identifier.h"
#include "gateway/cli/account.h"
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

struct Reached {
    std::string name;
    std::string email;
    std::string phone;
    bool verified = false;
    bool remove = false;
};

awaitable<int> set_contact_of(Stores& stores, ConfigPtr config, std::string name, Contact contact, std::string done) {
    const Account account = co_await find_account(stores, name);
    auto changed = co_await stores.users().set_contact(account.id, std::move(contact), wall_now(), patiently());
    if (changed.has_error() && changed.error() == StoreError::conflict)
        throw CommandError(EX_DATAERR, fmt::format("nothing was changed for {}: another user has that already", name));
    const UserChange outcome = need(stores, std::move(changed));
    if (!outcome.found) throw CommandError(EX_DATAERR, fmt::format("{} has been deleted meanwhile", name));
    co_await propagate_change(stores, config, account.id, {});
    print(done);
    if (config->legacy.configured() && legacy_leads(config->strategy))
        complain(fmt::format("under the strategy {} the older system leads: what it says of this user is written here "
                             "again",
                             name_of(config->strategy)));
    co_return EX_OK;
}

int set_contact(const Invocation& invocation, const std::string& name, const Contact& contact,
                const std::string& done) {
    const ConfigPtr config = load_config(invocation);
    return with_stores(config, [&](Stores& stores) { return set_contact_of(stores, config, name, contact, done); });
}

int verify_user(const Invocation& invocation, const Reached& wanted) {
    const std::string name = canonical_name(wanted.name);
    Contact contact;
    contact.verified = true;
    return set_contact(invocation, name, contact, fmt::format("The address of {} is verified.", name));
}

int set_email(const Invocation& invocation, const Reached& wanted) {
    const std::string name = canonical_name(wanted.name);
    Contact contact;
    contact.email = canonical(wanted.email);
    contact.verified = wanted.verified;
    return set_contact(invocation, name, contact,
                       fmt::format("{} has the address {}, {}. Links in mails that were sent before do not work "
                                   "any more.",
                                   name, *contact.email, wanted.verified ? "verified" : "not verified"));
}

int set_phone(const Invocation& invocation, const Reached& wanted) {
    const std::string name = canonical_name(wanted.name);
    Contact contact;
    contact.phone = "";
    if (!wanted.remove) {
        const auto number = canonical_identifier(wanted.phone);
        if (!number || !number->starts_with('+'))
            throw CommandError(EX_DATAERR, "this is no phone number: write it with its country code, +380501234567, "
                                           "or use --remove");
        contact.phone = *number;
    }
    return set_contact(invocation, name, contact,
                       wanted.remove
                           ? fmt::format("{} has no phone number.", name)
                           : fmt::format("{} has the phone number {}, and can log in with it.", name, *contact.phone));
}

} // namespace

std::vector<Command> user_contact_commands() {
    const Row<Reached> whom{"email", &Reached::name, "Whom: an e-mail address, a phone number, an id.", required};
    return {
        command("verify", "Say that a user's address is known to be theirs.", verify_user, {whom}),
        command("set-email", "Give a user another e-mail address.", set_email,
                {whom,
                 {"address", &Reached::email, "The new address, with which they log in from now on.", required},
                 {"--verified", &Reached::verified, "The address is known to be theirs."}}),
        command("set-phone", "Give a user a phone number that they log in with.", set_phone,
                {whom,
                 {"phone", &Reached::phone, "The number, with its country code."},
                 {"--remove", &Reached::remove, "Take the number away.", {.instead_of = "phone"}}}),
    };
}

} // namespace gatehouse::cli
