// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/base64url.h"

#include <algorithm>
#include <sodium.h>

namespace gatehouse {

std::string base64url_encode(std::span<const unsigned char> bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text.pop_back(); // the terminating zero
    return text;
}

bool base64url_decode(std::string_view text, std::span<unsigned char> out) noexcept {
    std::size_t length = 0;
    // libsodium 1.0.18 takes some bytes above 127 for letters.
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (!std::all_of(text.begin(), text.end(), is_ascii)) return false;
    return sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &length, nullptr,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           length == out.size();
}

} // namespace gatehouse
