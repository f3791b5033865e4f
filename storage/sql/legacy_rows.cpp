// SPDX-License-Identifier: Apache-2.0
// What the rows of an old system's tables mean.
#include "storage/legacy/words.h"
#include "storage/sql/legacy_impl.h"
#include "storage/values.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

using legacy::Layout;

enum Column : std::size_t {
    token,
    place,
    user_id,
    email,
    phone,
    hash,
    role,
    verified,
    user_created,
    created,
    active,
    expires,
    revoked,
    address,
    agent,
};

/// The texts of a row, and the names of their columns for whoever has to be told.
class Reader {
  public:
    Reader(const LegacyRow& row, const Layout& layout) : row_(row), l_(layout) {}

    template <Column c> [[nodiscard]] const std::string& text(const std::string& column) const {
        const auto& value = std::get<c>(row_);
        if (!is_storable_text(value)) spoil(column, "is not text");
        return value;
    }
    template <Column c> [[nodiscard]] std::optional<Instant> instant(const std::string& column) const {
        const auto& value = std::get<c>(row_);
        if (value.empty()) return std::nullopt;
        const auto at = legacy::instant(value, l_.instants);
        if (!at) spoil(column, "is not a moment as it was expected (seconds, milliseconds, timestamp)");
        return at;
    }
    template <Column c> [[nodiscard]] bool truth(const std::string& column) const {
        const auto& value = std::get<c>(row_);
        if (value == "true" || value == "1" || value == "t") return true;
        if (!value.empty() && value != "false" && value != "0" && value != "f")
            spoil(column, "is neither true nor false");
        return false;
    }

  private:
    [[noreturn]] static void spoil(const std::string& column, std::string_view how) {
        throw Refusal(StoreError::corrupt, fmt::format("a value of the column {} {}", column, how));
    }

    const LegacyRow& row_;
    const Layout& l_;
};

/// Without the width of the network that PostgreSQL shows.
std::string address_of(const std::string& text) {
    return stored_address(text.substr(0, text.find('/')));
}

/// As much as is kept of one.
std::string agent_of(std::string text) {
    constexpr std::size_t longest = 512;
    while (text.size() > longest || !is_storable_text(text))
        text.resize(std::min(longest, text.size() - 1));
    return text;
}

} // namespace

LegacyUser to_legacy_user(const LegacyRow& row, const Layout& l) {
    const Reader r(row, l);
    return {r.text<user_id>(l.user_id),
            r.text<email>(l.user_email),
            r.text<phone>(l.user_phone),
            r.text<hash>(l.user_password),
            r.text<role>(l.user_role),
            r.truth<verified>(l.user_verified),
            r.instant<user_created>(l.user_created)};
}

LegacyAnswer to_legacy_answer(const LegacyRow& row, const Layout& l, Instant now) {
    const Reader r(row, l);
    const bool own = std::get<place>(row) == "users";
    LegacySession session{to_legacy_user(row, l),
                          own ? LegacyPlace::users : LegacyPlace::sessions,
                          r.instant<created>(own ? l.user_last_login : l.session_created),
                          r.instant<active>(l.session_active),
                          r.instant<expires>(l.session_expires),
                          {address_of(std::get<address>(row)), agent_of(r.text<agent>(l.session_agent))}};
    const bool was_revoked = r.truth<revoked>(l.session_revoked);
    if (was_revoked || (session.expires_at && *session.expires_at <= now))
        return {LegacyAnswer::Kind::ended, was_revoked, std::nullopt};
    if (!session.last_activity && session.expires_at) session.last_activity = *session.expires_at - l.lifetime;
    return {LegacyAnswer::Kind::live, false, std::move(session)};
}

} // namespace gatehouse::sql
