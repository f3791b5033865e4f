// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/redis/value.h"

#include "storage/legacy/legacy_values.h"
#include "storage/redis/flat_json.h"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace gatehouse {
namespace {

namespace json = boost::json;

constexpr std::size_t max_depth = 32;

/// Takes the parser's events and keeps only three members of the outer object. The parser neither recurses nor keeps
/// anything.
class Reader {
  public:
    using Error = boost::system::error_code;

    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = max_legacy_bytes;
    static constexpr std::size_t max_string_size = max_legacy_bytes;

    struct Field {
        std::string_view name;
        std::optional<Scalar> value{};
    };
    std::array<Field, 3> fields{{{"user_id"}, {"expires_at"}, {"created_at"}}};
    bool ours = false; ///< the value begins as Gatehouse's values do

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) { return enter(true); }
    bool on_object_end(std::size_t, Error&) { return leave(); }
    bool on_array_begin(Error&) { return enter(false); }
    bool on_array_end(std::size_t, Error&) { return leave(); }
    bool on_key_part(std::string_view text, std::size_t, Error&) { return append(key_, text); }
    bool on_key(std::string_view text, std::size_t, Error&) {
        append(key_, text);
        if (depth_ == 1) name_ = key_;
        key_.clear();
        return true;
    }
    bool on_string_part(std::string_view text, std::size_t, Error&) { return append(text_, text); }
    bool on_string(std::string_view text, std::size_t, Error&) {
        append(text_, text);
        return keep(std::exchange(text_, {}));
    }
    bool on_number_part(std::string_view, Error&) { return true; }
    bool on_int64(std::int64_t value, std::string_view, Error&) { return keep(value); }
    bool on_uint64(std::uint64_t, std::string_view, Error&) { return keep(std::monostate{}); }
    bool on_double(double value, std::string_view, Error&) {
        constexpr double exact = 9007199254740992.0; // JavaScript's only numbers are doubles; up to here they are whole
        if (!(std::abs(value) < exact)) return keep(std::monostate{});
        return keep(static_cast<std::int64_t>(std::floor(value)));
    }
    bool on_bool(bool, Error&) { return keep(std::monostate{}); }
    bool on_null(Error&) { return keep(std::monostate{}); }
    bool on_comment_part(std::string_view, Error&) { return false; }
    bool on_comment(std::string_view, Error&) { return false; }

  private:
    bool enter(bool object) {
        if (depth_ == 0 && !object) return false;
        if (depth_ == 1 && !keep(std::monostate{})) return false;
        ++depth_;
        return true;
    }
    bool leave() {
        --depth_;
        return true;
    }
    bool append(std::string& to, std::string_view text) {
        to.append(text);
        return true;
    }
    /// Refuses a second member of the same name: nobody knows which of the two the older system believes.
    bool keep(Scalar value) {
        if (depth_ != 1) return depth_ > 1;
        ours = ours || name_ == "v";
        for (auto& field : fields) {
            if (field.name != name_) continue;
            if (field.value) return false;
            field.value = std::move(value);
            return true;
        }
        return true;
    }

    std::size_t depth_ = 0;
    std::string key_;
    std::string name_; ///< the current member of the outer object
    std::string text_;
};

std::optional<std::string> user_of(const std::optional<Scalar>& value, legacy::IdKind ids) {
    if (!value) return std::nullopt;
    if (const auto* number = std::get_if<std::int64_t>(&*value)) return legacy::user_id(std::to_string(*number), ids);
    const auto* text = std::get_if<std::string>(&*value);
    return text != nullptr ? legacy::user_id(*text, ids) : std::nullopt;
}

std::optional<Instant> instant_of(const std::optional<Scalar>& value) {
    const auto* number = value ? std::get_if<std::int64_t>(&*value) : nullptr;
    if (number == nullptr) return std::nullopt;
    return legacy::instant(std::to_string(*number), legacy::InstantKind::milliseconds);
}

} // namespace

LegacyValue decode_legacy(std::string_view text, legacy::IdKind ids) {
    if (text.size() > max_legacy_bytes) return {};
    json::parse_options options;
    options.max_depth = max_depth;
    json::basic_parser<Reader> parser(options);
    boost::system::error_code error;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (error || used != text.size() || !parser.done()) return {};
    const auto& read = parser.handler();
    if (read.ours) return {LegacyValue::Kind::ours, std::nullopt};
    const auto user = user_of(read.fields[0].value, ids);
    const auto expires_at = instant_of(read.fields[1].value);
    if (!user || !expires_at) return {};
    return {LegacyValue::Kind::good, LegacyKey{*user, instant_of(read.fields[2].value), *expires_at}};
}

std::string extended_legacy(std::string_view text, legacy::IdKind ids, Instant until) {
    if (decode_legacy(text, ids).kind != LegacyValue::Kind::good) return {};
    json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code error;
    auto value = json::parse(text, error, {}, options);
    if (error || !value.is_object()) return {};
    value.as_object()["expires_at"] = until.time_since_epoch().count();
    return json::serialize(value);
}

std::string encode_legacy(const LegacyLogin& login, legacy::IdKind ids) {
    return fmt::format(R"({{"user_id":{},"expires_at":{},"created_at":{}}})",
                       ids == legacy::IdKind::integer ? login.user_id : quoted(login.user_id),
                       login.expires_at.time_since_epoch().count(), login.now.time_since_epoch().count());
}

} // namespace gatehouse
