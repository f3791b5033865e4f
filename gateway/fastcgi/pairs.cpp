// SPDX-License-Identifier: Apache-2.0
#include "gateway/fastcgi/pairs.h"

#include <algorithm>

namespace gatehouse::fastcgi {

std::string_view Pairs::take(std::string_view content) noexcept {
    while (!content.empty()) {
        std::string_view why;
        if (part_ == Part::name || part_ == Part::value) {
            why = take_text(content);
        } else {
            why = take_length(static_cast<std::uint8_t>(content.front()));
            content.remove_prefix(1);
        }
        if (!why.empty()) return why;
    }
    return {};
}

std::string_view Pairs::take_length(std::uint8_t byte) noexcept {
    if (length_bytes_left_ > 0) {
        length_ = length_ << 8 | byte;
        return --length_bytes_left_ == 0 ? length_known() : std::string_view{};
    }
    length_ = byte & 0x7fU;
    if (byte < 0x80) return length_known();
    length_bytes_left_ = 3;
    return {};
}

std::string_view Pairs::length_known() noexcept {
    if (length_ > max_bytes_) return "a parameter longer than a request may be";
    if (part_ == Part::name_length) {
        if (length_ == 0) return "a parameter without a name";
        name_left_ = length_;
        part_ = Part::value_length;
        return {};
    }
    value_left_ = length_;
    part_ = Part::name;
    return ++count_ > max_params_ ? "too many parameters" : std::string_view{};
}

std::string_view Pairs::take_text(std::string_view& content) noexcept {
    std::size_t& left = part_ == Part::name ? name_left_ : value_left_;
    const std::string_view text = content.substr(0, left);
    content.remove_prefix(text.size());
    left -= text.size();
    if (text.find('\0') != std::string_view::npos) return "a parameter with a NUL byte";
    if (part_ == Part::name && text.find('=') != std::string_view::npos) return "a parameter name with '='";
    if (left > 0) return {};
    part_ = part_ == Part::name && value_left_ > 0 ? Part::value : Part::name_length;
    return {};
}

} // namespace gatehouse::fastcgi
