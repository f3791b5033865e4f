// SPDX-License-Identifier: Apache-2.0
// Reads the rows of an older system's tables.
#include "storage/legacy/legacy_values.h"
#include "storage/legacy/sql/store_impl.h"
#include "storage/values.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
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
    permissions,
};

/// The texts of a row, and the names of the columns for error messages.
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

/// Removes the network's width, which PostgreSQL shows.
std::string address_of(const std::string& text) {
    return stored_address(text.substr(0, text.find('/')));
}

/// Cuts the user agent to the length that is stored.
std::string agent_of(std::string text) {
    constexpr std::size_t longest = 512;
    while (text.size() > longest || !is_storable_text(text))
        text.resize(std::min(longest, text.size() - 1));
    return text;
}

/// Reads one permission from an array of texts. nullopt: the permission has no meaning here.
std::optional<LegacyPermission> to_permission(const boost::json::value& value, const Layout& l) {
    std::array<std::string, 5> texts;
    for (std::size_t i = 0; i < texts.size(); ++i)
        texts[i] = boost::json::value_to<std::string>(value.as_array().at(i));
    auto& [context, name, granted, granter, expires] = texts;
    const auto ends = legacy::instant(expires, l.instants);
    if (!expires.empty() && !ends) return std::nullopt; // the end is unreadable: the permission may be over
    return LegacyPermission{std::move(context), std::move(name), legacy::instant(granted, l.instants),
                            std::move(granter), ends};
}

std::optional<std::vector<LegacyPermission>> to_permissions(const std::string& json, const Layout& l) {
    if (json.empty()) return std::nullopt;
    boost::system::error_code error;
    const auto parsed = boost::json::parse(json, error);
    if (error || !parsed.is_array()) throw Refusal(StoreError::corrupt, "the permissions of a user are not text");
    std::vector<LegacyPermission> all;
    for (const auto& value : parsed.get_array())
        if (auto one = to_permission(value, l)) all.push_back(*std::move(one));
    return all;
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
            r.instant<user_created>(l.user_created),
            to_permissions(std::get<permissions>(row), l)};
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

namespace {

std::vector<std::string> named(std::initializer_list<std::string> columns) {
    std::vector<std::string> all(columns);
    std::erase(all, std::string());
    return all;
}

} // namespace

LegacyVariants::LegacyVariants(Backend backend, const Layout& l)
    : layout_(l),
      has_passwords_(has_columns(backend, l.users_table, named({l.user_password}))),
      has_permissions_(has_columns(backend, l.permissions_table,
                                   named({l.permission_user, l.permission_name, l.permission_context,
                                          l.permission_granted, l.permission_granted_by, l.permission_expires}))) {
    for (unsigned found = none; found < unknown; ++found) {
        Layout there = l;
        if ((found & passwords) == 0) there.user_password.clear();
        if ((found & permissions) == 0) there.permissions_table.clear();
        states_.emplace_back(backend, std::move(there));
    }
}

const LegacyState& LegacyVariants::of(Connection& connection) {
    const auto is_there = [&](const std::string& name, bool optional, const Query<In<>, Out<bool>>& asked) {
        return !name.empty() && (!optional || connection.value(asked).value());
    };
    unsigned found = found_;
    if (found == unknown) {
        found =
            (is_there(layout_.user_password, layout_.user_password_optional, has_passwords_) ? passwords : none) |
            (is_there(layout_.permissions_table, layout_.permissions_optional, has_permissions_) ? permissions : none);
        found_ = found;
    }
    return states_[found];
}

} // namespace gatehouse::sql
