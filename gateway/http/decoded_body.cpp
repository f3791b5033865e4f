// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/decoded_body.h"

namespace gatehouse::http {

int status_of(BodyError error) noexcept {
    switch (error) {
    case BodyError::unsupported_type: return 415;
    case BodyError::too_large: return 413;
    case BodyError::bad_length:
    case BodyError::malformed:
    case BodyError::duplicate_field:
    case BodyError::too_many_fields:
    case BodyError::object_expected: return 400;
    }
    return 400;
}

std::string_view code_of(BodyError error) noexcept {
    switch (error) {
    case BodyError::unsupported_type: return "unsupported_media_type";
    case BodyError::too_large: return "body_too_large";
    case BodyError::bad_length: return "bad_content_length";
    case BodyError::malformed: return "malformed_body";
    case BodyError::duplicate_field: return "duplicate_field";
    case BodyError::too_many_fields: return "too_many_fields";
    case BodyError::object_expected: return "object_expected";
    }
    return "malformed_body";
}

std::string_view message_of(BodyError error) noexcept {
    switch (error) {
    case BodyError::unsupported_type: return "Send a form or a JSON object, in UTF-8.";
    case BodyError::too_large: return "The body is longer than 16 KiB.";
    case BodyError::bad_length: return "Content-Length is not the length of the body.";
    case BodyError::malformed: return "The body cannot be read.";
    case BodyError::duplicate_field: return "A field occurs twice.";
    case BodyError::too_many_fields: return "The body has more than 32 fields.";
    case BodyError::object_expected: return "A field that is a JSON object has been given something else.";
    }
    return "The body cannot be read.";
}

} // namespace gatehouse::http
