// SPDX-License-Identifier: Apache-2.0
// What an endpoint is and what it may use. One file per endpoint; `gateway/routes.cpp` says which URL leads where. Loop
// thread.
#pragma once

#include "gateway/accounts/password_hasher.h"
#include "gateway/accounts/throttle.h"
#include "gateway/endpoints/tally.h"
#include "gateway/http/message.h"
#include "gateway/sessions/preferences.h"
#include "gateway/sessions/service.h"
#include "gateway/sessions/settings.h"
#include "gateway/sessions/takeover.h"
#include "storage/user_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

/// How the process is, as `ready` tells it.
struct Readiness {
    struct Store {
        std::string name;
        bool up = false;
        bool needed = false; ///< without it the gateway is down, not degraded
    };
    /// One worth looking at.
    struct Number {
        std::string_view name;
        std::int64_t value = 0;
        bool grows = true; ///< from the start of the process on; else it goes up and down
        std::string_view help;
    };
    std::vector<Store> stores;
    std::vector<std::string_view> warnings; ///< what works now, but should be looked at
    std::vector<Number> numbers;

    /// "ok", "degraded" or "down": checks cannot be answered.
    [[nodiscard]] std::string_view status() const noexcept;
};

/// Asked by `ready`, answered by the process that owns the stores.
class ReadinessProbe {
  public:
    virtual ~ReadinessProbe() = default;
    virtual boost::asio::awaitable<Readiness> probe() = 0;
};

/// Everything an endpoint can ask. All of it outlives every request.
struct Services {
    SessionService& sessions;
    Takeover& takeover;
    UserStore& users;
    PasswordHasher& hasher;
    Throttle& throttle;
    ReadinessProbe& readiness;
    PreferenceBook& preferences;
    Tally& tally;
};

/// The request that an endpoint answers. The views in `http` live until the answer has been encoded.
struct Call {
    const http::Request& http;
    SettingsPtr settings;         ///< one configuration from the beginning of the request to its end
    const ContextConfig& context; ///< the application that nginx named
    Services& services;
    Instant now;
    Deadline until; ///< stores may be waited for until then (budget.h)
    /// A Set-Cookie line that whatever answer this call gets is to carry: a session was taken over for this visitor.
    mutable std::string fresh_cookie = {};
    /// Who has been found to be asking, for pages that look as this person likes. Null: nobody, so far.
    mutable std::shared_ptr<const KnownUser> visitor{};

    [[nodiscard]] const Config& config() const noexcept { return *settings->config; }
};

using Endpoint = boost::asio::awaitable<http::Response> (*)(const Call&);

namespace endpoints {

boost::asio::awaitable<http::Response> verify(const Call& call);
boost::asio::awaitable<http::Response> login_page(const Call& call);
boost::asio::awaitable<http::Response> login(const Call& call);
boost::asio::awaitable<http::Response> logout_page(const Call& call);
boost::asio::awaitable<http::Response> logout(const Call& call);
boost::asio::awaitable<http::Response> me(const Call& call);
boost::asio::awaitable<http::Response> sessions_page(const Call& call);
boost::asio::awaitable<http::Response> revoke_session(const Call& call);
boost::asio::awaitable<http::Response> revoke_others(const Call& call);
boost::asio::awaitable<http::Response> password_page(const Call& call);
boost::asio::awaitable<http::Response> change_password(const Call& call);
boost::asio::awaitable<http::Response> preferences_page(const Call& call);
boost::asio::awaitable<http::Response> change_preferences(const Call& call);
boost::asio::awaitable<http::Response> health(const Call& call);
boost::asio::awaitable<http::Response> ready(const Call& call);
boost::asio::awaitable<http::Response> metrics(const Call& call);
boost::asio::awaitable<http::Response> style(const Call& call);

} // namespace endpoints
} // namespace gatehouse
