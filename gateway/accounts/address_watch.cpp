// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/address_watch.h"

#include "gateway/http/client_address.h"
#include "gateway/log/log.h"

#include <algorithm>
#include <functional>
#include <span>

namespace gatehouse {

void AddressWatch::begin(std::string address) {
    address_ = std::move(address);
    tries_ = 0;
    known_ = 0;
    if (warned_) log::info("one_client_address", {{"warning", ""}});
    warned_ = false;
}

void AddressWatch::remember(std::string_view account) {
    const auto hash = std::hash<std::string_view>{}(account);
    const auto known = std::span(accounts_).first(known_);
    if (known_ < accounts_.size() && std::ranges::find(known, hash) == known.end()) accounts_[known_++] = hash;
}

void AddressWatch::note(std::string_view address, std::string_view account) {
    if (!http::is_private_address(address)) {
        if (!address_.empty()) begin({});
        return;
    }
    if (auto key = http::throttle_key(address); key != address_) begin(std::move(key));
    if (warned_) return;
    ++tries_;
    remember(account);
    warned_ = tries_ >= tries_needed && known_ == accounts_needed;
    if (!warned_) return;
    log::warning(
        "one_client_address",
        {{"address", std::string_view(address_)},
         {"hint", "everybody seems to come from this address, and shares one limit for failed logins: if it is "
                  "that of a proxy or load balancer, tell nginx by set_real_ip_from and real_ip_header"}});
}

} // namespace gatehouse
