// SPDX-License-Identifier: Apache-2.0
// Writes the mails that people get, at the moment when they are sent. A mail with a link gets its one-time token here:
// so the token exists only in the mail, and a mail that is sent again has a new one, which ends the one before. Loop
// thread.
#pragma once

#include "gateway/mail/composer.h"
#include "gateway/sessions/settings.h"
#include "storage/one_time_store.h"
#include "storage/user_store.h"

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

/// NewMail::kind.
namespace mail_kind {
inline constexpr std::string_view reset_password = "reset_password";
inline constexpr std::string_view register_account = "register_account";
inline constexpr std::string_view password_changed = "password_changed";
inline constexpr std::string_view new_device = "new_device"; ///< its facts: device, address
} // namespace mail_kind

/// How long a link works. The pages say it, too.
inline constexpr std::chrono::minutes link_lives{30};

class LetterComposer final : public mail::Composer {
  public:
    LetterComposer(UserStore& users, OneTimeStore& tokens, SettingsPtr settings);

    /// From now on mails are written with this configuration.
    void use(SettingsPtr settings) { settings_ = std::move(settings); }

    boost::asio::awaitable<Result<std::optional<mail::Letter>>> compose(const QueuedMail& mail) override;

  private:
    struct Site;
    [[nodiscard]] std::optional<Site> site_of(const NewMail& mail) const;
    boost::asio::awaitable<Result<std::optional<mail::Letter>>> reset_password(NewMail mail, Site site);
    boost::asio::awaitable<Result<std::optional<mail::Letter>>> register_account(NewMail mail, Site site);
    boost::asio::awaitable<Result<bool>> issue(const Site& site, Purpose purpose, std::string user_id,
                                               std::string address, std::string& url);

    UserStore& users_;
    OneTimeStore& tokens_;
    SettingsPtr settings_;
};

} // namespace gatehouse
