// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/canonical_json.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <sqlite3.h>

namespace gatehouse::sql {
namespace {

namespace json = boost::json;

json::value in_order(const json::value& value) {
    if (const auto* array = value.if_array()) {
        json::array made;
        for (const auto& one : *array)
            made.push_back(in_order(one));
        return made;
    }
    if (const auto* object = value.if_object()) {
        std::vector<json::string_view> keys;
        for (const auto& member : *object)
            keys.push_back(member.key());
        std::ranges::sort(keys);
        json::object made;
        for (const auto& key : keys)
            made.emplace(key, in_order(object->at(key)));
        return made;
    }
    constexpr double exact = 9007199254740992; // doubles are exact for whole numbers up to here
    if (const auto* number = value.if_double();
        number != nullptr && std::abs(*number) < exact && std::floor(*number) == *number) // writes 1e2 as 100
        return static_cast<std::int64_t>(*number);
    return value;
}

void canonical(sqlite3_context* context, int, sqlite3_value** values) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
    if (text == nullptr) return sqlite3_result_null(context);
    std::string written(text, static_cast<std::size_t>(sqlite3_value_bytes(values[0])));
    boost::system::error_code broken;
    const auto parsed = json::parse(written, broken);
    if (!broken) written = json::serialize(in_order(parsed));
    sqlite3_result_text(context, written.data(), static_cast<int>(written.size()), SQLITE_TRANSIENT);
}

} // namespace

void add_canonical_json(TextConnection& database) {
    if (database.postgres()) return;
    const int code = sqlite3_create_function(static_cast<sqlite3*>(database.handle()), "canonical_json", 1,
                                             SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, canonical, nullptr, nullptr);
    if (code != SQLITE_OK) throw TextConnectionError(sqlite3_errstr(code), "");
}

} // namespace gatehouse::sql
