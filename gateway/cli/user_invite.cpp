// SPDX-License-Identifier: Apache-2.0
// `gatehouse user invite`: a link with which somebody makes an account that has a role and permissions from the start.
// The gateway that sends the mail makes the link; a printed link is made here.
#include "gateway/accounts/invitation.h"
#include "gateway/cli/account.h"
#include "gateway/cli/service_user.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/http/accept.h"
#include "gateway/letters/composer.h"
#include "gateway/stores/stores.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

using boost::asio::awaitable;

struct Invited {
    std::string email;
    std::string role = "user";
    std::vector<std::string> permissions;
    std::string context;
    std::string language = "en";
    bool print_link = false;
};

Invitation invitation_of(const Invited& wanted) {
    Invitation invitation{wanted.role, {}};
    for (const auto& name : wanted.permissions)
        invitation.permissions.push_back({wanted.context, name});
    return invitation;
}

awaitable<void> queue_invitation(Stores& stores, Invited wanted, std::string facts) {
    NewMail mail{random_uuid(),   std::string(mail_kind::invitation), {}, wanted.email, wanted.language, wanted.context,
                 std::move(facts)};
    auto queued = co_await stores.mail().enqueue(std::move(mail), {}, wall_now(), patiently());
    need(stores, std::move(queued));
    print(fmt::format("An invitation for {} is queued: a gateway sends it within a few seconds. Its link works once "
                      "and for seven days.",
                      wanted.email));
}

awaitable<void> print_link(Stores& stores, ConfigPtr config, Invited wanted, std::string facts) {
    const auto settings = [&] {
        const AsRoot root;
        return Settings(config, KeyRing::load(config->key_file, false));
    }();
    const auto token = settings.tokens.mint(name_of(Purpose::invitation));
    const auto now = wall_now();
    OneTimeToken issued{stored_id(token),       Purpose::invitation, {}, wanted.email, now,
                        now + invitation_lives, std::move(facts)};
    auto done = co_await stores.one_time().issue(std::move(issued), patiently());
    need(stores, std::move(done));
    print(fmt::format("{}{}/link?token={}", config->context(wanted.context)->url, config->prefix, token));
}

awaitable<int> invite_to(Stores& stores, ConfigPtr config, Invited wanted) {
    auto known = co_await stores.users().find_by_email(wanted.email, patiently());
    if (need(stores, std::move(known)))
        throw CommandError(EX_DATAERR, fmt::format("{} has an account already", wanted.email));
    std::string facts = text_of(invitation_of(wanted));
    if (wanted.print_link) {
        co_await print_link(stores, config, wanted, std::move(facts));
    } else {
        co_await queue_invitation(stores, wanted, std::move(facts));
    }
    co_return EX_OK;
}

void check_invitation(const Config& config, const Invited& wanted) {
    const auto& context = *config.context(wanted.context);
    check_role(wanted.role);
    for (const auto& name : wanted.permissions)
        check_permission(name);
    if (!http::language_of(wanted.language)) throw CommandError(EX_USAGE, "--language is one of en, ru, uk");
    if (context.registration == "off")
        throw CommandError(
            EX_CONFIG, fmt::format("nobody can register in {}: set registration = \"invited\" there", wanted.context));
    if (!wanted.print_link && !config.mail.configured())
        throw CommandError(EX_CONFIG, "no mail server is configured (mail_url): use --print-link, and send the link "
                                      "yourself");
}

int invite(const Invocation& invocation, Invited wanted) {
    wanted.email = canonical(wanted.email);
    const ConfigPtr config = load_config(invocation);
    wanted.context = chosen_context(*config, wanted.context);
    check_invitation(*config, wanted);
    return with_stores(config, [&](Stores& stores) { return invite_to(stores, config, wanted); });
}

} // namespace

Command user_invite_command() {
    return command(
        "invite",
        "Invite somebody: a link, mailed or printed, with which they choose a password. The account has the role and "
        "the permissions from the start.",
        invite,
        {{"email", &Invited::email, "The e-mail address that they will log in with.", required},
         {"--role", &Invited::role, "Their role."},
         {"--permission", &Invited::permissions, "A permission in the context; may be given several times."},
         {"--context", &Invited::context, "Where they register. Default: default_context (APP_CONTEXT)."},
         {"--language", &Invited::language, "Of the mail: en, ru, uk."},
         {"--print-link", &Invited::print_link,
          "Print the link, for somebody whom you reach otherwise, and send no mail."}});
}

} // namespace gatehouse::cli
