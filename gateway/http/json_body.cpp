// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/json_body.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <limits>
#include <optional>

namespace gatehouse::http {
namespace {

using boost::json::error_code;
using boost::json::string_view;

/// What the parser tells us as it reads. No tree is built: a tree would have forgotten that a name came twice.
class FlatObject {
  public:
    static constexpr std::size_t max_object_size = max_fields + 1; // one more is told apart from malformed
    static constexpr std::size_t max_array_size = 0;
    static constexpr std::size_t max_key_size = max_body_bytes;
    static constexpr std::size_t max_string_size = max_body_bytes;

    std::vector<Field> fields;
    std::optional<BodyError> refused;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& ec) { return inside_++ == 0 || refuse(BodyError::malformed, ec); }
    bool on_object_end(std::size_t, error_code&) { return true; }
    bool on_array_begin(error_code& ec) { return refuse(BodyError::malformed, ec); }
    bool on_array_end(std::size_t, error_code&) { return true; }

    bool on_key_part(string_view part, std::size_t, error_code&) { return append(text_, part); }
    bool on_key(string_view part, std::size_t, error_code& ec) {
        append(text_, part);
        if (text_.empty() || text_.find('\0') != text_.npos) return refuse(BodyError::malformed, ec);
        if (std::find(names_.begin(), names_.end(), text_) != names_.end())
            return refuse(BodyError::duplicate_field, ec);
        if (names_.size() == max_fields) return refuse(BodyError::too_many_fields, ec);
        names_.push_back(std::move(text_));
        text_.clear();
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return append(text_, part); }
    bool on_string(string_view part, std::size_t, error_code& ec) {
        append(text_, part);
        if (inside_ == 0 || text_.find('\0') != text_.npos) return refuse(BodyError::malformed, ec);
        fields.push_back({names_.back(), std::move(text_)});
        text_.clear();
        return true;
    }
    bool on_bool(bool value, error_code& ec) {
        if (inside_ == 0) return refuse(BodyError::malformed, ec);
        fields.push_back({names_.back(), value ? "true" : "false"});
        return true;
    }
    bool on_null(error_code& ec) { return inside_ != 0 || refuse(BodyError::malformed, ec); }

    bool on_number_part(string_view, error_code& ec) { return refuse(BodyError::malformed, ec); }
    bool on_int64(std::int64_t, string_view, error_code& ec) { return refuse(BodyError::malformed, ec); }
    bool on_uint64(std::uint64_t, string_view, error_code& ec) { return refuse(BodyError::malformed, ec); }
    bool on_double(double, string_view, error_code& ec) { return refuse(BodyError::malformed, ec); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

  private:
    static bool append(std::string& text, string_view part) {
        text.append(part.data(), part.size());
        return true;
    }
    bool refuse(BodyError why, error_code& ec) {
        refused = why;
        ec = boost::json::error::syntax; // any error stops the parser; `refused` says which one is meant
        return false;
    }

    int inside_ = 0; ///< objects begun
    std::string text_;
    std::vector<std::string> names_;
};

} // namespace

DecodedBody decode_json(std::string_view text) {
    if (text.size() > max_body_bytes) return BodyError::too_large;
    boost::json::parse_options strict; // the defaults: no comments, no trailing commas, UTF-8 checked
    strict.max_depth = 4;
    boost::json::basic_parser<FlatObject> parser(strict);
    error_code ec;
    const auto read = parser.write_some(false, text.data(), text.size(), ec);
    if (parser.handler().refused) return *parser.handler().refused;
    if (ec || read != text.size() || !parser.done()) return BodyError::malformed;
    return std::move(parser.handler().fields);
}

} // namespace gatehouse::http
