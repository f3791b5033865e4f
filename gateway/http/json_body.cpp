// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/json_body.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <concepts>
#include <optional>
#include <utility>

namespace gatehouse::http {
namespace {

using boost::json::error_code;
using boost::json::string_view;

/// An object inside the object: its text is written again while its parts are read.
class ObjectText {
  public:
    [[nodiscard]] bool is_open() const noexcept { return !levels_.empty(); }

    void open(char bracket) {
        separate();
        text_ += bracket;
        levels_.push_back({bracket == '{', true, {}});
    }
    /// False: this name occurred before.
    [[nodiscard]] bool key(const std::string& name) {
        auto& level = levels_.back();
        if (std::find(level.names.begin(), level.names.end(), name) != level.names.end()) return false;
        level.names.push_back(name);
        if (!std::exchange(level.empty, false)) text_ += ',';
        text_.append(boost::json::serialize(string_view(name))).append(":");
        return true;
    }
    void value(std::string_view json) {
        separate();
        text_ += json;
    }
    void close(char bracket) {
        text_ += bracket;
        levels_.pop_back();
    }
    [[nodiscard]] std::string take() { return std::exchange(text_, {}); }

  private:
    struct Level {
        bool object;
        bool empty;
        std::vector<std::string> names;
    };

    /// A comma belongs before a name, and not before the name's value.
    void separate() {
        if (levels_.empty() || levels_.back().object) return;
        if (!std::exchange(levels_.back().empty, false)) text_ += ',';
    }

    std::string text_;
    std::vector<Level> levels_;
};

/// Receives the parser's events. No tree is built, because a tree would not show that a name came twice.
class FlatObject {
  public:
    static constexpr std::size_t max_object_size = max_body_bytes; // our own limit is reported apart from malformed
    static constexpr std::size_t max_array_size = max_body_bytes;
    static constexpr std::size_t max_key_size = max_body_bytes;
    static constexpr std::size_t max_string_size = max_body_bytes;

    /// `whole`: the name of the field that is an object, or empty.
    explicit FlatObject(std::string_view whole) : whole_(whole) {}

    std::vector<Field> fields;
    std::optional<BodyError> refused;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& ec) {
        if (!begun_) return begun_ = true;
        if (!object_.is_open() && !is_whole()) return refuse(BodyError::malformed, ec);
        object_.open('{');
        return true;
    }
    bool on_object_end(std::size_t, error_code&) { return end('}'); }
    bool on_array_begin(error_code& ec) {
        if (!object_.is_open()) return refuse(is_whole() ? BodyError::object_expected : BodyError::malformed, ec);
        object_.open('[');
        return true;
    }
    bool on_array_end(std::size_t, error_code&) { return end(']'); }

    bool on_key_part(string_view part, std::size_t, error_code&) { return append(text_, part); }
    bool on_key(string_view part, std::size_t, error_code& ec) {
        append(text_, part);
        const auto name = std::exchange(text_, {});
        if (name.find('\0') != name.npos) return refuse(BodyError::malformed, ec);
        if (object_.is_open()) return object_.key(name) || refuse(BodyError::duplicate_field, ec);
        if (name.empty()) return refuse(BodyError::malformed, ec);
        if (std::find(names_.begin(), names_.end(), name) != names_.end())
            return refuse(BodyError::duplicate_field, ec);
        if (names_.size() == max_fields) return refuse(BodyError::too_many_fields, ec);
        names_.push_back(name);
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return append(text_, part); }
    bool on_string(string_view part, std::size_t, error_code& ec) {
        append(text_, part);
        auto value = std::exchange(text_, {});
        if (value.find('\0') != value.npos) return refuse(BodyError::malformed, ec);
        if (object_.is_open()) return inside(boost::json::serialize(string_view(value)));
        return keep(std::move(value), ec);
    }
    bool on_bool(bool value, error_code& ec) {
        const std::string word = value ? "true" : "false";
        return object_.is_open() ? inside(word) : keep(word, ec);
    }
    bool on_null(error_code& ec) {
        if (object_.is_open()) return inside("null");
        return begun_ || refuse(BodyError::malformed, ec);
    }

    bool on_number_part(string_view, error_code& ec) { return object_.is_open() || no_number(ec); }
    bool on_int64(std::int64_t number, string_view, error_code& ec) { return whole_number(number, ec); }
    bool on_uint64(std::uint64_t number, string_view, error_code& ec) { return whole_number(number, ec); }
    bool on_double(double number, string_view, error_code& ec) {
        if (!object_.is_open()) return no_number(ec);
        if (!std::isfinite(number)) return refuse(BodyError::malformed, ec);
        return inside(boost::json::serialize(boost::json::value(number)));
    }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

  private:
    static bool append(std::string& text, string_view part) {
        text.append(part.data(), part.size());
        return true;
    }
    bool refuse(BodyError why, error_code& ec) {
        refused = why;
        ec = boost::json::error::syntax; // any error stops the parser; `refused` has the real one
        return false;
    }
    /// Whether the next value is that of the field that is an object.
    [[nodiscard]] bool is_whole() const { return !whole_.empty() && !names_.empty() && names_.back() == whole_; }
    bool inside(std::string_view json) {
        object_.value(json);
        return true;
    }
    bool end(char bracket) {
        if (!object_.is_open()) return true; // the outer object has ended
        object_.close(bracket);
        if (!object_.is_open()) fields.push_back({names_.back(), object_.take()});
        return true;
    }
    bool keep(std::string value, error_code& ec) {
        if (!begun_) return refuse(BodyError::malformed, ec);
        if (is_whole()) return refuse(BodyError::object_expected, ec);
        fields.push_back({names_.back(), std::move(value)});
        return true;
    }
    bool no_number(error_code& ec) {
        return refuse(is_whole() ? BodyError::object_expected : BodyError::malformed, ec);
    }
    bool whole_number(std::integral auto number, error_code& ec) {
        return object_.is_open() ? inside(std::to_string(number)) : no_number(ec);
    }

    const std::string_view whole_;
    bool begun_ = false;
    ObjectText object_;
    std::string text_;
    std::vector<std::string> names_;
};

} // namespace

DecodedBody decode_json(std::string_view text, std::string_view object) {
    if (text.size() > max_body_bytes) return BodyError::too_large;
    boost::json::parse_options strict; // the defaults: no comments, no trailing commas, UTF-8 checked
    strict.max_depth = 1 + max_object_depth;
    boost::json::basic_parser<FlatObject> parser(strict, object);
    error_code ec;
    const auto read = parser.write_some(false, text.data(), text.size(), ec);
    if (parser.handler().refused) return *parser.handler().refused;
    if (ec || read != text.size() || !parser.done()) return BodyError::malformed;
    return std::move(parser.handler().fields);
}

} // namespace gatehouse::http
