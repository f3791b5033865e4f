// SPDX-License-Identifier: Apache-2.0
#include "gateway/fastcgi/pairs.h"

namespace gatehouse::fastcgi {

namespace {

constexpr std::string_view no_name = "a parameter without a name";
constexpr std::string_view too_many = "too many parameters";
constexpr std::string_view nul_byte = "a parameter with a NUL byte";
constexpr std::string_view odd_name = "a parameter name with '='";

std::size_t byte_at(std::string_view content, std::size_t i) noexcept {
    return static_cast<std::uint8_t>(content[i]);
}

bool whole_short_pair(std::string_view content) noexcept {
    if (content.size() < 2 || ((byte_at(content, 0) | byte_at(content, 1)) & 0x80) != 0) return false;
    return content.size() - 2 >= byte_at(content, 0) + byte_at(content, 1);
}

bool has(std::string_view text, char byte) noexcept {
    return text.find(byte) != std::string_view::npos;
}

} // namespace

std::string_view Pairs::take(std::string_view content) noexcept {
    std::string_view why;
    while (!content.empty() && why.empty()) {
        if (at_boundary() && whole_short_pair(content)) {
            why = take_short_pair(content);
        } else if (part_ == Part::name || part_ == Part::value) {
            why = take_text(content);
        } else {
            why = take_length(static_cast<std::uint8_t>(content.front()));
            content.remove_prefix(1);
        }
    }
    return why;
}

// Nearly all pairs are short. This path costs a third of the way through the states.
std::string_view Pairs::take_short_pair(std::string_view& content) noexcept {
    const std::size_t name_size = byte_at(content, 0);
    const std::size_t value_size = byte_at(content, 1);
    const std::string_view text = content.substr(2, name_size + value_size);
    content.remove_prefix(2 + text.size());
    if (name_size == 0) return no_name;
    if (++count_ > max_params_) return too_many;
    if (has(text, '\0')) return nul_byte;
    return has(text.substr(0, name_size), '=') ? odd_name : std::string_view{};
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
        if (length_ == 0) return no_name;
        name_left_ = length_;
        part_ = Part::value_length;
        return {};
    }
    value_left_ = length_;
    part_ = Part::name;
    return ++count_ > max_params_ ? too_many : std::string_view{};
}

std::string_view Pairs::take_text(std::string_view& content) noexcept {
    std::size_t& left = part_ == Part::name ? name_left_ : value_left_;
    const std::string_view text = content.substr(0, left);
    content.remove_prefix(text.size());
    left -= text.size();
    if (has(text, '\0')) return nul_byte;
    if (part_ == Part::name && has(text, '=')) return odd_name;
    if (left > 0) return {};
    part_ = part_ == Part::name && value_left_ > 0 ? Part::value : Part::name_length;
    return {};
}

} // namespace gatehouse::fastcgi
