// SPDX-License-Identifier: Apache-2.0
// Values of a cookie that nobody was given: random bytes, a live token with something done to it, what stands for it in
// a store, texts of the length of tokens, pieces of SQL and of protocols. The same ones every time. Any one thread.
#pragma once

#include "storage/base64url.h"
#include "storage/legacy/legacy_values.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse {

class HostileTokens {
  public:
    /// `live` is the one that is good, and never comes.
    explicit HostileTokens(std::string live) : live_(std::move(live)) {}

    std::string next() {
        std::string token = live_;
        while (token == live_)
            token = any();
        return token;
    }

  private:
    std::size_t below(std::size_t end) { return random_() % end; }

    std::string bytes(std::size_t count) {
        std::string text(count, '\0');
        std::ranges::generate(text, [&] { return static_cast<char>(random_() % 256); });
        return text;
    }

    std::string piece() {
        using namespace std::string_view_literals;
        constexpr std::array pieces{"'"sv,     "\""sv,   "\\"sv,       "%"sv,    "_"sv,        "\0"sv,       "%00"sv,
                                    "--"sv,    "/*"sv,   ";"sv,        " "sv,    "\t"sv,       "\r\n"sv,     "$1"sv,
                                    "\xff"sv,  "\xc3"sv, "\xed\xa0"sv, "é"sv,    "*"sv,        "session:"sv, "{"sv,
                                    "'OR'1"sv, "="sv,    ","sv,        "s%3A"sv, "\xc0\x80"sv, "a"sv,        "."sv};
        return std::string(pieces[below(pieces.size())]);
    }

    std::string pieces() {
        std::string text;
        for (auto left = 1 + below(40); left > 0; --left)
            text += below(8) == 0 ? live_ : piece();
        return text;
    }

    std::string encoded(std::size_t size) {
        const auto raw = bytes(size);
        const auto* const begin = reinterpret_cast<const unsigned char*>(raw.data()); // NOLINT: bytes are bytes
        return base64url_encode(std::span(begin, raw.size()));
    }

    std::string changed() {
        std::string text = live_;
        const auto at = below(text.size());
        switch (below(5)) {
        case 0: return text.substr(0, at);
        case 1: return text.substr(at);
        case 2: return text.insert(at, piece());
        case 3: return text + piece();
        default: text[at] = static_cast<char>(text[at] ^ (1 << below(8))); return text;
        }
    }

    std::string any() {
        constexpr std::array<std::size_t, 8> lengths{15, 16, 255, 256, 511, 512, 513, 4096};
        switch (below(8)) {
        case 0: return bytes(below(600));
        case 1: return encoded(32); // 43 characters, as our stores know a token
        case 2: return encoded(48); // 64 characters, as a token of ours
        case 3: return legacy::stored_id(live_);
        case 4: return std::string(lengths[below(lengths.size())], static_cast<char>(below(256)));
        case 5: return pieces();
        default: return changed();
        }
    }

    std::string live_;
    std::mt19937 random_{20250607}; // NOLINT: the same tokens every time, on purpose
};

} // namespace gatehouse
