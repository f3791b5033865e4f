// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/conninfo.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <memory>
#include <new>

namespace gatehouse::sql {
namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

Options checked(PQconninfoOption* options) {
    if (options == nullptr) throw std::bad_alloc();
    return {options, PQconninfoFree};
}

Options parsed(const Target& target) {
    return checked(PQconninfoParse(target.connect.c_str(), nullptr));
}

bool is_secret(const PQconninfoOption& option) {
    const std::string keyword = option.keyword;
    // The values of the service and of the password file are in the other options already.
    return *option.dispchar == '*' || keyword == "passfile" || keyword == "service";
}

std::string text_of(const Options& options, const std::string& name, bool with_secrets) {
    std::string all;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        const bool is_name = std::string(option->keyword) == "dbname";
        const std::string value = is_name && !name.empty() ? name : option->val == nullptr ? "" : option->val;
        if (value.empty() || (!with_secrets && is_secret(*option))) continue;
        all += fmt::format("{}{}='", all.empty() ? "" : " ", option->keyword);
        for (const char c : value) {
            if (c == '\'' || c == '\\') all += '\\';
            all += c;
        }
        all += '\'';
    }
    return all;
}

} // namespace

std::string database_name(const Target& target) {
    const auto options = parsed(target);
    std::string name;
    std::string user;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        if (std::string(option->keyword) == "dbname") name = option->val;
        if (std::string(option->keyword) == "user") user = option->val;
    }
    return name.empty() ? user : name;
}

Target with_database(const Target& target, const std::string& name) {
    Target other = target;
    other.connect = text_of(parsed(target), name, true);
    other.shown = fmt::format("{} (database {})", target.shown, name);
    return other;
}

std::string address_of(const TextConnection& connection, const std::string& name) {
    return text_of(checked(PQconninfo(static_cast<PGconn*>(connection.handle()))), name, false);
}

} // namespace gatehouse::sql
