// SPDX-License-Identifier: Apache-2.0
// Reads a text of a fixed form of which only a few values vary. Much quicker than a parser, and accepts only text in
// exactly this form. The first difference makes the whole text invalid. Pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace gatehouse {

class Scanner {
  public:
    explicit Scanner(std::string_view text) noexcept : left_(text) {}

    /// Exactly these characters come next.
    void literal(std::string_view wanted) noexcept {
        if (!left_.starts_with(wanted)) return spoil();
        left_.remove_prefix(wanted.size());
    }

    /// The characters before the next quote: printable ASCII that needs no escape in JSON.
    std::string_view plain() noexcept {
        std::size_t size = 0;
        while (size < left_.size() && is_plain(left_[size]))
            ++size;
        return take(size);
    }

    /// A whole number that is not negative, in its only spelling.
    std::int64_t number() noexcept {
        std::int64_t value = 0;
        const auto* const begin = left_.data();
        const auto [end, error] = std::from_chars(begin, begin + left_.size(), value);
        const bool first_is_digit = !left_.empty() && left_.front() >= '0' && left_.front() <= '9';
        const bool padded = end - begin > 1 && left_.front() == '0';
        if (error != std::errc() || !first_is_digit || padded) spoil();
        left_.remove_prefix(static_cast<std::size_t>(left_.empty() ? 0 : end - begin));
        return value;
    }

    bool boolean() noexcept {
        const bool value = left_.starts_with("true");
        literal(value ? "true" : "false");
        return value;
    }

    /// All of the text was read and matched.
    [[nodiscard]] bool done() const noexcept { return !spoiled_ && left_.empty(); }

  private:
    static bool is_plain(char c) noexcept { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; }

    std::string_view take(std::size_t size) noexcept {
        const auto taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }
    void spoil() noexcept {
        spoiled_ = true;
        left_ = {};
    }

    std::string_view left_;
    bool spoiled_ = false;
};

} // namespace gatehouse
