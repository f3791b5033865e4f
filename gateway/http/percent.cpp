// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/percent.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace gatehouse::http {
namespace {

constexpr bool is_header_byte(unsigned char byte) {
    return byte >= 0x20 && byte < 0x7f;
}

/// Whether all bytes may stay in a header, eight at a time, because responses of the hot path consist of such values.
/// The high bit of a byte is set in `word` if the byte is >= 0x80, in the difference if it is < 0x20, in the sum if it
/// is 0x7f. A borrow or a carry comes only from a byte that is already found to be bad.
bool are_header_bytes(std::string_view value) {
    constexpr std::uint64_t each = 0x0101010101010101;
    while (value.size() >= sizeof each) {
        std::uint64_t word = 0;
        std::memcpy(&word, value.data(), sizeof word);
        if (((word | (word - 0x20 * each) | (word + each)) & (0x80 * each)) != 0) return false;
        value.remove_prefix(sizeof word);
    }
    for (const char c : value)
        if (!is_header_byte(static_cast<unsigned char>(c))) return false;
    return true;
}

constexpr bool is_unreserved(unsigned char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

template <class Keep> void append_encoded(std::string& out, std::string_view value, Keep keep) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    while (!value.empty()) {
        const auto odd =
            std::find_if_not(value.begin(), value.end(), [&](char c) { return keep(static_cast<unsigned char>(c)); });
        const auto kept = static_cast<std::size_t>(odd - value.begin());
        out.append(value.substr(0, kept));
        if (odd == value.end()) return;
        const auto byte = static_cast<unsigned char>(*odd);
        const char code[] = {'%', digits[byte >> 4U], digits[byte & 15U]};
        out.append(code, sizeof code);
        value.remove_prefix(kept + 1);
    }
}

constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

void append_header_value(std::string& out, std::string_view value) {
    if (are_header_bytes(value)) {
        out.append(value);
    } else {
        append_encoded(out, value, is_header_byte);
    }
}

void append_query_component(std::string& out, std::string_view value) {
    append_encoded(out, value, is_unreserved);
}

std::string query_component(std::string_view value) {
    std::string out;
    append_query_component(out, value);
    return out;
}

std::optional<std::string> percent_decode(std::string_view value, Plus plus) {
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '+' && plus == Plus::is_space) {
            out += ' ';
        } else if (value[i] != '%') {
            out += value[i];
        } else {
            if (value.size() - i < 3) return std::nullopt;
            const int high = hex_value(value[i + 1]);
            const int low = hex_value(value[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

} // namespace gatehouse::http
