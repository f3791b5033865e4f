// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/current_password.h"

#include "gateway/accounts/identifier.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/known_device.h"
#include "gateway/http/client_address.h"

namespace gatehouse {
namespace {

using Error = PasswordRefusal::Error;

constexpr PasswordRefusal wrong{401, Error::wrong_current, "wrong_password", "The current password is not right."};
constexpr PasswordRefusal throttled{429, Error::throttled, "too_many_attempts", "Too many attempts. Try again later."};

boost::asio::awaitable<CurrentPassword> compare(const Call& call, const Lookup& found, Secret current,
                                                Deadline& until) {
    auto& services = call.services;
    auto account = co_await services.users.find(found.user().id, sql_deadline(call.config(), until));
    if (!account) co_return CurrentPassword{password_busy, {}, {}};
    const std::string hash = *account ? (*account)->password_hash : std::string{};
    std::optional<Pause> pause(until);
    const auto match = co_await services.hasher.verify(std::move(current), hash);
    pause.reset();
    if (!match) co_return CurrentPassword{password_busy, {}, {}};
    if (*match == PasswordMatch::no || !*account || (*account)->disabled) co_return CurrentPassword{wrong, {}, {}};
    co_return CurrentPassword{{}, {}, *std::move(account)};
}

} // namespace

boost::asio::awaitable<CurrentPassword> confirm_current_password(const Call& call, const Lookup& found, Secret current,
                                                                 Deadline& until) {
    const auto& user = found.user();
    const std::string account = user.email.empty() ? user.id : canonical_email(user.email).value_or(user.email);
    Throttle::Try attempt{account, http::throttle_key(call.http.client_address()), known_device(call, account)};
    auto admission = co_await call.services.throttle.admit(std::move(attempt));
    if (!admission.allowed) co_return CurrentPassword{throttled, admission.retry_after, {}};
    auto proof = co_await compare(call, found, std::move(current), until);
    if (!proof.refusal) {
        co_await call.services.throttle.succeeded(std::move(admission));
    } else if (proof.refusal->error == Error::unavailable) {
        co_await call.services.throttle.give_back(std::move(admission));
    }
    co_return proof;
}

} // namespace gatehouse
