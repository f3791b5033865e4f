// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/flat_json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <limits>

namespace gatehouse {
namespace {

namespace json = boost::json;

Members::iterator named(Members& members, std::string_view name) {
    return std::find_if(members.begin(), members.end(), [name](const auto& member) { return member.first == name; });
}

} // namespace

/// Takes the parser's events. Boost's own document would silently keep the last of two members with one name.
class FlatObject::Reader {
  public:
    using Error = boost::system::error_code;

    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = 0;
    static constexpr std::size_t max_key_size = 256;
    static constexpr std::size_t max_string_size = 1024;

    Reader(FlatObject& object, std::size_t max_members) : object_(object), left_(max_members) {
        object_.members_.reserve(12); // as many members as Gatehouse's values have
    }

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return depth_ == 0 && seen_object_; }
    bool on_object_begin(Error&) {
        seen_object_ = true;
        if (++depth_ == 1) return true;
        if (object_.inner_name_ || depth_ > 2) return false;
        object_.inner_name_ = std::exchange(key_, {});
        return named(object_.members_, *object_.inner_name_) == object_.members_.end();
    }
    bool on_object_end(std::size_t, Error&) {
        --depth_;
        return true;
    }
    bool on_array_begin(Error&) { return false; }
    bool on_array_end(std::size_t, Error&) { return false; }
    bool on_key_part(std::string_view text, std::size_t, Error&) { return append(key_, text); }
    bool on_key(std::string_view text, std::size_t, Error&) { return append(key_, text); }
    bool on_string_part(std::string_view text, std::size_t, Error&) { return append(text_, text); }
    bool on_string(std::string_view text, std::size_t, Error&) {
        append(text_, text);
        return add(std::exchange(text_, {}));
    }
    bool on_number_part(std::string_view, Error&) { return true; }
    bool on_int64(std::int64_t value, std::string_view, Error&) { return add(value); }
    bool on_uint64(std::uint64_t, std::string_view, Error&) { return false; } // the number does not fit
    bool on_double(double, std::string_view, Error&) { return false; }
    bool on_bool(bool value, Error&) { return add(value); }
    bool on_null(Error&) { return add(std::monostate{}); }
    bool on_comment_part(std::string_view, Error&) { return false; }
    bool on_comment(std::string_view, Error&) { return false; }

  private:
    static bool append(std::string& to, std::string_view text) {
        to.append(text);
        return true;
    }
    bool add(Scalar value) {
        if (depth_ == 0 || left_-- == 0) return false;
        Members& members = depth_ == 1 ? object_.members_ : object_.inner_;
        if (named(members, key_) != members.end() || (depth_ == 1 && object_.inner_name_ == key_)) return false;
        members.emplace_back(std::exchange(key_, {}), std::move(value));
        return true;
    }

    FlatObject& object_;
    std::size_t left_;
    int depth_ = 0;
    bool seen_object_ = false;
    std::string key_;
    std::string text_;
};

std::optional<FlatObject> FlatObject::parse(std::string_view text, std::size_t max_members) {
    std::optional<FlatObject> object(std::in_place);
    json::parse_options options;
    options.max_depth = 2;
    json::basic_parser<Reader> parser(options, *object, max_members);
    boost::system::error_code error;
    // Whitespace is legal around JSON, but Gatehouse never writes any: such a value has another writer.
    if (text.empty() || text.front() != '{' || text.back() != '}') return std::nullopt;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (error || used != text.size() || !parser.done()) return std::nullopt;
    return object;
}

Scalar* FlatObject::find(std::string_view name) {
    const auto found = named(members_, name);
    return found == members_.end() ? nullptr : &found->second;
}

Members FlatObject::take_members(std::string_view name) {
    if (inner_name_ != name) spoiled_ = true;
    inner_name_.reset();
    return std::exchange(inner_, {});
}

std::string quoted(std::string_view text) {
    return json::serialize(json::string(text));
}

} // namespace gatehouse
