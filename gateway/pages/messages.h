// SPDX-License-Identifier: Apache-2.0
// Every text of our pages, in English, Russian and Ukrainian. The shipped texts are constant; any thread. An operator's
// own texts come with the look (look.h): `text` and `text_with` belong to the loop thread.
#pragma once

#include "gateway/http/accept.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::pages {

struct Message {
    std::string_view key;
    std::string_view en;
    std::string_view ru;
    std::string_view uk;

    [[nodiscard]] std::string_view in(http::Language language) const noexcept;
};

[[nodiscard]] std::span<const Message> messages() noexcept;

/// The text that comes with the program; empty for an unknown key.
[[nodiscard]] std::string_view shipped_text(http::Language language, std::string_view key) noexcept;

/// The first messages are of messages.cpp, these of messages_account.cpp and messages_shell.cpp.
[[nodiscard]] std::span<const Message> account_messages() noexcept;
[[nodiscard]] std::span<const Message> shell_messages() noexcept;

/// The text of a key, as the look in force has it. An unknown key is a mistake in our code and gives an empty text.
[[nodiscard]] std::string_view text(http::Language language, std::string_view key) noexcept;

/// The text with {} replaced by a number. Such a text has several forms with '|' between them (English: one,
/// more; Russian and Ukrainian: one, few, many); the number selects the form.
[[nodiscard]] std::string text_with(http::Language language, std::string_view key, std::int64_t number);

} // namespace gatehouse::pages
