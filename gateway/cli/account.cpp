// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/account.h"

#include "gateway/accounts/identifier.h"
#include "gateway/accounts/password_policy.h"
#include "gateway/accounts/requirement.h"
#include "gateway/cli/with_stores.h"
#include "gateway/stores/stores.h"
#include "storage/values.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

std::string explain(PasswordVerdict verdict, std::size_t min_length) {
    switch (verdict) {
    case PasswordVerdict::ok: return "";
    case PasswordVerdict::too_short:
        return fmt::format("it needs at least {} characters (password_min_length)", min_length);
    case PasswordVerdict::too_long: return fmt::format("it may have {} characters at most", max_password_code_points);
    case PasswordVerdict::too_common: return "it is among the first that are guessed";
    case PasswordVerdict::contains_identifier: return "it contains the e-mail address";
    case PasswordVerdict::not_utf8: return "it is not UTF-8";
    case PasswordVerdict::has_nul: return "it contains a NUL character";
    }
    return "";
}

} // namespace

std::string canonical(const std::string& email) {
    const auto address = canonical_email(email);
    if (!address)
        throw CommandError(
            EX_DATAERR,
            "this is no e-mail address that can log in: name@example.org is needed, or the phone number of somebody "
            "who logs in by that, or an id out of `gatehouse user list`");
    return *address;
}

std::string canonical_name(const std::string& text) {
    if (is_uuid(text)) return text;
    const auto name = canonical_identifier(text);
    return name ? *name : canonical(text);
}

boost::asio::awaitable<Account> find_account(Stores& stores, std::string name) {
    auto& users = stores.users();
    const bool phone = name.starts_with('+');
    auto search = is_uuid(name) ? users.find(name, patiently())
                  : phone       ? users.find_by_phone(name, patiently())
                                : users.find_by_email(name, patiently());
    auto found = co_await std::move(search);
    std::optional<Account> account = need(stores, std::move(found));
    if (!account) throw CommandError(EX_DATAERR, fmt::format("no user {}; `gatehouse user list` shows them all", name));
    co_return std::move(*account);
}

std::unique_ptr<PasswordHasher> make_hasher(const Config& config) {
    HashOptions options;
    options.threads = 1;
    options.memory_kib = config.argon2_memory_kib;
    options.passes = config.argon2_passes;
    options.wait = Millis(60'000);
    return std::make_unique<PasswordHasher>(options);
}

boost::asio::awaitable<std::string> hash_new_password(ConfigPtr config, Secret password, std::string email) {
    const PasswordVerdict verdict = check_password(password.view(), config->password_min_length, email);
    if (verdict != PasswordVerdict::ok)
        throw CommandError(EX_DATAERR, fmt::format("the password is not accepted: {}. Nothing was changed",
                                                   explain(verdict, config->password_min_length)));
    auto hasher = make_hasher(*config);
    const auto hash = co_await hasher->hash(std::move(password));
    if (!hash)
        throw CommandError(EX_OSERR, fmt::format("the password could not be hashed: {}", hash.error().message()));
    co_return *hash;
}

std::string chosen_context(const Config& config, const std::string& name) {
    const std::string& chosen = name.empty() ? config.default_context : name;
    if (config.context(chosen)) return chosen;
    std::string known;
    for (const ContextConfig& context : config.contexts)
        known.append(known.empty() ? "" : ", ").append(context.name);
    throw CommandError(EX_DATAERR, fmt::format("no context {}; the configuration has: {}", chosen, known));
}

void check_role(const std::string& role) {
    if (!is_role_name(role)) throw CommandError(EX_DATAERR, "a role has 1 to 32 characters out of a-z, 0-9, _ and -");
}

void check_permission(const std::string& permission) {
    if (!is_permission_name(permission))
        throw CommandError(EX_DATAERR, "a permission has 1 to 100 characters out of a-z, 0-9, _ . : and -");
}

} // namespace gatehouse::cli
