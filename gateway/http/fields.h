// SPDX-License-Identifier: Apache-2.0
// The fields of a POST, the same for a form and for JSON. Pure; loop thread.
#pragma once

#include "gateway/http/decoded_body.h"
#include "gateway/http/message.h"

#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::http {

class Fields {
  public:
    enum class Source { form, json };

    Fields(Source source, std::vector<Field> fields) : source_(source), fields_(std::move(fields)) {}

    /// The value of a field, possibly empty; nullopt if the field was not sent (or was null). The view points into this
    /// object.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// The value, or an empty view.
    [[nodiscard]] std::string_view text(std::string_view name) const noexcept { return find(name).value_or(""); }
    /// Whether a box was ticked: "on" (what a browser sends), "true" (JSON) or "1".
    [[nodiscard]] bool flag(std::string_view name) const noexcept;

    [[nodiscard]] Source source() const noexcept { return source_; }
    [[nodiscard]] bool is_json() const noexcept { return source_ == Source::json; }

  private:
    Source source_;
    std::vector<Field> fields_;
};

/// Reads the body by its content type. CONTENT_LENGTH must consist of digits and equal the body's length. `object`: the
/// one field that is an object in JSON (json_body.h).
[[nodiscard]] boost::system::result<Fields, BodyError> read_fields(const Request& request,
                                                                   std::string_view object = {});

} // namespace gatehouse::http
