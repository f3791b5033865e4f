// SPDX-License-Identifier: Apache-2.0
// What an endpoint is and what it may use. One file per endpoint; `gateway/routes.cpp` maps URLs to endpoints. Loop
// thread.
#pragma once

#include "gateway/accounts/address_watch.h"
#include "gateway/accounts/password_hasher.h"
#include "gateway/accounts/throttle.h"
#include "gateway/endpoints/request_metrics.h"
#include "gateway/http/message.h"
#include "gateway/preferences/preferences.h"
#include "gateway/sessions/identities.h"
#include "storage/mail_store.h"
#include "storage/one_time_store.h"
#include "storage/user_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

/// The state of the gateway, as `ready` reports it.
struct Readiness {
    struct Store {
        std::string name;
        bool up = false;
        bool needed = false; ///< without this store the gateway is down, not degraded
    };
    /// A number to report.
    struct Number {
        std::string_view name;
        std::int64_t value = 0;
        bool grows = true; ///< true: only grows from the start of the process; false: goes up and down
        std::string_view help;
    };
    std::vector<Store> stores;
    std::vector<std::string_view> warnings; ///< for an operator's attention; the gateway works
    std::vector<Number> numbers;

    /// "ok", "degraded" or "down" (checks cannot be answered).
    [[nodiscard]] std::string_view status() const noexcept;
};

/// `ready` asks this interface; the owner of the stores implements it.
class ReadinessProbe {
  public:
    virtual ~ReadinessProbe() = default;
    virtual boost::asio::awaitable<Readiness> probe() = 0;
};

/// Everything that an endpoint can use. All of it outlives every request.
struct Services {
    Identities& identities;
    UserStore& users;
    PasswordHasher& hasher;
    Throttle& throttle;
    ReadinessProbe& readiness;
    PreferenceBook& preferences;
    RequestMetrics& request_metrics;
    AddressWatch& addresses;
    OneTimeStore& one_time;
    boost::asio::any_io_executor executor; ///< for work that goes on after the answer
    /// nullptr: the configuration names no mail server, and what needs mail is not offered. A mail that is queued here
    /// is sent at once.
    MailQueue* mail = nullptr;
};

/// The request that an endpoint answers. The views in `http` live until the answer has been encoded.
struct Call {
    const http::Request& http;
    SettingsPtr settings;         ///< the configuration, the same for the whole request
    const ContextConfig& context; ///< the application that nginx named
    Services& services;
    Instant now;
    Deadline until; ///< the end of the time for waiting for stores (budget.h)
    /// A Set-Cookie line that every answer to this call must carry, because a session was taken over for this visitor.
    mutable std::string fresh_cookie = {};
    /// The user who sent the request, for pages that follow the user's preferences. Null: not known so far.
    mutable std::shared_ptr<const CachedUser> visitor{};

    [[nodiscard]] const Config& config() const noexcept { return *settings->config; }
};

using Endpoint = boost::asio::awaitable<http::Response> (*)(const Call&);

namespace endpoints {

boost::asio::awaitable<http::Response> verify(const Call& call);
boost::asio::awaitable<http::Response> login_page(const Call& call);
boost::asio::awaitable<http::Response> login(const Call& call);
boost::asio::awaitable<http::Response> logout_page(const Call& call);
boost::asio::awaitable<http::Response> logout(const Call& call);
boost::asio::awaitable<http::Response> start(const Call& call);
boost::asio::awaitable<http::Response> me(const Call& call);
boost::asio::awaitable<http::Response> sessions_page(const Call& call);
boost::asio::awaitable<http::Response> revoke_session(const Call& call);
boost::asio::awaitable<http::Response> revoke_others(const Call& call);
boost::asio::awaitable<http::Response> name_device(const Call& call);
boost::asio::awaitable<http::Response> password_page(const Call& call);
boost::asio::awaitable<http::Response> change_password(const Call& call);
boost::asio::awaitable<http::Response> forgot_page(const Call& call);
boost::asio::awaitable<http::Response> forgot_password(const Call& call);
boost::asio::awaitable<http::Response> follow_link(const Call& call);
boost::asio::awaitable<http::Response> reset_page(const Call& call);
boost::asio::awaitable<http::Response> reset_password(const Call& call);
boost::asio::awaitable<http::Response> register_page(const Call& call);
boost::asio::awaitable<http::Response> register_account(const Call& call);
boost::asio::awaitable<http::Response> registration_page(const Call& call);
boost::asio::awaitable<http::Response> finish_registration(const Call& call);
boost::asio::awaitable<http::Response> my_data(const Call& call);
boost::asio::awaitable<http::Response> delete_account_page(const Call& call);
boost::asio::awaitable<http::Response> delete_account(const Call& call);
boost::asio::awaitable<http::Response> new_address_page(const Call& call);
boost::asio::awaitable<http::Response> ask_new_address(const Call& call);
boost::asio::awaitable<http::Response> confirm_address_page(const Call& call);
boost::asio::awaitable<http::Response> confirm_address(const Call& call);
boost::asio::awaitable<http::Response> take_back_page(const Call& call);
boost::asio::awaitable<http::Response> take_back_address(const Call& call);
boost::asio::awaitable<http::Response> phone_page(const Call& call);
boost::asio::awaitable<http::Response> change_phone(const Call& call);
boost::asio::awaitable<http::Response> verification_page(const Call& call);
boost::asio::awaitable<http::Response> ask_verification(const Call& call);
boost::asio::awaitable<http::Response> verify_address_page(const Call& call);
boost::asio::awaitable<http::Response> verify_address(const Call& call);
boost::asio::awaitable<http::Response> preferences_page(const Call& call);
boost::asio::awaitable<http::Response> change_preferences(const Call& call);
boost::asio::awaitable<http::Response> health(const Call& call);
boost::asio::awaitable<http::Response> ready(const Call& call);
boost::asio::awaitable<http::Response> metrics(const Call& call);
boost::asio::awaitable<http::Response> page_file(const Call& call);

} // namespace endpoints
} // namespace gatehouse
