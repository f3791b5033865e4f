// SPDX-License-Identifier: Apache-2.0
// The bytes of a connection that have arrived and are not used yet. Grows up to a limit, and shrinks once it is empty.
// Owned by a connection; loop thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace gatehouse::fastcgi {

class Buffer {
  public:
    explicit Buffer(std::size_t max_bytes) : max_bytes_(max_bytes), bytes_(std::min(first_bytes, max_bytes)) {}

    [[nodiscard]] std::string_view unread() const noexcept { return {bytes_.data() + begin_, end_ - begin_}; }

    /// The free space for the next bytes; empty only if the limit is reached.
    [[nodiscard]] std::span<char> room() {
        if (begin_ > 0) {
            std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (end_ == 0 && bytes_.size() > kept_bytes) bytes_ = std::vector<char>(first_bytes);
        if (end_ == bytes_.size()) bytes_.resize(std::min(bytes_.size() * 2, max_bytes_));
        return {bytes_.data() + end_, bytes_.size() - end_};
    }
    /// `count` bytes have been written to room().
    void filled(std::size_t count) noexcept { end_ += count; }

    /// Takes `count` bytes out. They may be changed, and stay valid until the next call of room().
    [[nodiscard]] std::span<char> take(std::size_t count) noexcept {
        const std::span<char> taken{bytes_.data() + begin_, count};
        begin_ += count;
        return taken;
    }

  private:
    static constexpr std::size_t first_bytes = 4 * 1024;
    static constexpr std::size_t kept_bytes = 16 * 1024;

    std::size_t max_bytes_;
    std::vector<char> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

} // namespace gatehouse::fastcgi
