// SPDX-License-Identifier: Apache-2.0
#include "storage/values.h"

#include "storage/records.h"
#include "storage/uuid.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <utility>

namespace gatehouse {
namespace {

/// Length of the well-formed sequence at the start of `text` (Unicode table 3-7), 0 if there is none.
std::size_t sequence_length(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(1) < 0x90;
        const bool beyond = first == 0xF4 && byte(1) > 0x8F;
        return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

} // namespace

bool is_uuid(std::string_view text) noexcept {
    return uuid_bytes(text).has_value();
}

bool is_storable_text(std::string_view text) noexcept {
    if (text.find('\0') != std::string_view::npos) return false;
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string stored_address(const std::string& text) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(text.c_str(), error); // c_str: ends at a NUL; then they differ
    if (error || text.find('%') != std::string::npos || text.find('\0') != std::string::npos) return {};
    return address.to_string();
}

bool is_word(std::string_view text, std::size_t longest) noexcept {
    return !text.empty() && text.size() <= longest &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

void set_facts(User& user, std::string legacy_id, std::string phone) {
    constexpr std::size_t longest = 100;
    user.legacy_id = legacy_id != user.id && is_word(legacy_id, longest) ? std::move(legacy_id) : std::string{};
    user.phone = is_word(phone, longest) ? std::move(phone) : std::string{};
}

} // namespace gatehouse
