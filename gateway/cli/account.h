// SPDX-License-Identifier: Apache-2.0
// Functions on accounts that several commands share. Throws CommandError (65) for wrong input at the terminal.
#pragma once

#include "gateway/accounts/password_hasher.h"
#include "gateway/accounts/secret.h"
#include "gateway/cli/command.h"
#include "storage/user_store.h"

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

namespace gatehouse {
class Stores;
}

namespace gatehouse::cli {

/// The canonical spelling of the address.
[[nodiscard]] std::string canonical(const std::string& email);

/// The canonical spelling of an e-mail address or a phone number (people log in with these), or of an id (an operator
/// has ids from `user list`).
[[nodiscard]] std::string canonical_name(const std::string& text);

/// The account with this canonical address, number or id.
boost::asio::awaitable<Account> find_account(Stores& stores, std::string name);

/// A hasher for one password, which may take its time.
[[nodiscard]] std::unique_ptr<PasswordHasher> make_hasher(const Config& config);

/// Hashes a new password if the policy accepts the password for this address.
boost::asio::awaitable<std::string> hash_new_password(ConfigPtr config, Secret password, std::string email);

/// The context of the command: `name`, or the configured default if `name` is empty.
[[nodiscard]] std::string chosen_context(const Config& config, const std::string& name);

void check_role(const std::string& role);
void check_permission(const std::string& permission);

} // namespace gatehouse::cli
