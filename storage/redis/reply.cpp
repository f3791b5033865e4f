// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/reply.h"

#include <algorithm>
#include <array>

namespace gatehouse {
namespace {

template <std::size_t size>
bool one_of(std::string_view word, const std::array<std::string_view, size>& words) noexcept {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view first_word(std::string_view text) noexcept {
    return text.substr(0, text.find(' '));
}

// The server is there but cannot serve now; a moment later it may.
constexpr std::array<std::string_view, 8> passing = {"LOADING",  "MASTERDOWN", "BUSY",      "CLUSTERDOWN",
                                                     "TRYAGAIN", "UNBLOCKED",  "EXECABORT", "IOERR"};
// Errors that the sender of the command must judge.
constexpr std::array<std::string_view, 2> answers = {"WRONGTYPE", "NOSCRIPT"};
// A replica, or a login that is not (or no longer) valid: only a new connection can help.
constexpr std::array<std::string_view, 4> ending = {"READONLY", "NOAUTH", "WRONGPASS", "MASTERDOWN"};

constexpr std::string_view too_many_clients = "ERR max number of clients reached";

} // namespace

bool RedisReply::is_error(std::string_view code) const noexcept {
    return type == Type::error && first_word(text) == code;
}

std::optional<StoreError> meaning_of(std::string_view error) noexcept {
    const auto code = first_word(error);
    if (one_of(code, answers)) return std::nullopt;
    if (one_of(code, passing) || error.starts_with(too_many_clients)) return StoreError::unavailable;
    return StoreError::refused;
}

bool ends_connection(std::string_view error) noexcept {
    return one_of(first_word(error), ending) || error.starts_with(too_many_clients);
}

} // namespace gatehouse
