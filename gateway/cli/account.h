// SPDX-License-Identifier: Apache-2.0
// What several commands need to know about accounts. Throws CommandError (65) for what the person at the terminal got
// wrong.
#pragma once

#include "gateway/accounts/password_hasher.h"
#include "gateway/accounts/secret.h"
#include "gateway/cli/command.h"
#include "gateway/stores.h"

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

namespace gatehouse::cli {

/// The one spelling of the address.
[[nodiscard]] std::string canonical(const std::string& email);

/// Of an address, or of a phone number: what people log in with. Or of an id, which an operator has from `user list`.
[[nodiscard]] std::string canonical_name(const std::string& text);

/// The account with this canonical address, number or id.
boost::asio::awaitable<Account> find_account(Stores& stores, std::string name);

/// For one password, and patient.
[[nodiscard]] std::unique_ptr<PasswordHasher> make_hasher(const Config& config);

/// The hash of a new password that the policy accepts for this address.
boost::asio::awaitable<std::string> hash_new_password(ConfigPtr config, Secret password, std::string email);

/// The context to work in: `name`, or the configured default if it is empty.
[[nodiscard]] std::string chosen_context(const Config& config, const std::string& name);

void check_role(const std::string& role);
void check_permission(const std::string& permission);

} // namespace gatehouse::cli
