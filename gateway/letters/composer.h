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
inline constexpr std::string_view new_device = "new_device";         ///< its facts: device, address
inline constexpr std::string_view new_address = "new_address";       ///< to the address that is to be confirmed
inline constexpr std::string_view verify_address = "verify_address"; ///< its facts: rd, where the person wanted to go
inline constexpr std::string_view invitation = "invitation"; ///< its facts: what the invitation gives (invitation.h)
inline constexpr std::string_view address_changed = "address_changed"; ///< to the address of before
} // namespace mail_kind

/// How long a link works. The pages say it, too.
inline constexpr std::chrono::minutes link_lives{30};
/// The same for an invitation, and for a link that takes a change of the address back.
inline constexpr std::chrono::hours take_back_lives{7 * 24};
inline constexpr std::chrono::hours invitation_lives{7 * 24};

class LetterComposer final : public mail::Composer {
  public:
    LetterComposer(UserStore& users, OneTimeStore& tokens, SettingsPtr settings);

    /// From now on mails are written with this configuration.
    void use(SettingsPtr settings) { settings_ = std::move(settings); }

    boost::asio::awaitable<Result<std::optional<mail::Letter>>> compose(const QueuedMail& mail) override;

  private:
    struct Site;
    struct Link;
    [[nodiscard]] std::optional<Site> site_of(const NewMail& mail) const;
    boost::asio::awaitable<Result<std::optional<mail::Letter>>> reset_password(NewMail mail, Site site);
    boost::asio::awaitable<Result<std::optional<mail::Letter>>> register_account(NewMail mail, Site site);
    boost::asio::awaitable<Result<std::optional<mail::Letter>>> new_address(NewMail mail, Site site);
    boost::asio::awaitable<Result<std::optional<mail::Letter>>> verify_address(NewMail mail, Site site);
    boost::asio::awaitable<Result<std::optional<mail::Letter>>> address_changed(NewMail mail, Site site);
    boost::asio::awaitable<Result<std::optional<mail::Letter>>> invitation(NewMail mail, Site site);
    /// Makes the link and writes the letter. nullopt: nobody may have such a link any more.
    boost::asio::awaitable<Result<std::optional<mail::Letter>>> with_link(Site site, Link link);

    UserStore& users_;
    OneTimeStore& tokens_;
    SettingsPtr settings_;
};

} // namespace gatehouse
