// SPDX-License-Identifier: Apache-2.0
// Walks the name/value pairs of a PARAMS stream as its records come, and refuses what libfcgi would believe: a length
// that exceeds the stream (libfcgi would allocate up to 2 GB for it), and bytes that its C strings cannot hold. Pure:
// no I/O, no allocation. A pair may be cut anywhere between two records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::fastcgi {

class Pairs {
  public:
    /// `max_bytes`: the most that one name and its value may have together.
    Pairs(std::size_t max_bytes, std::size_t max_params) noexcept : max_bytes_(max_bytes), max_params_(max_params) {}

    /// Takes the content of the next record. Returns why it is refused (a constant text), or an empty view.
    [[nodiscard]] std::string_view take(std::string_view content) noexcept;
    /// True between two pairs: here the stream may end.
    [[nodiscard]] bool at_boundary() const noexcept { return part_ == Part::name_length && length_bytes_left_ == 0; }
    void reset() noexcept { *this = Pairs(max_bytes_, max_params_); }

  private:
    enum class Part : std::uint8_t { name_length, value_length, name, value };

    std::string_view take_short_pair(std::string_view& content) noexcept;
    std::string_view take_length(std::uint8_t byte) noexcept;
    std::string_view length_known() noexcept;
    std::string_view take_text(std::string_view& content) noexcept;

    std::size_t max_bytes_;
    std::size_t max_params_;
    std::size_t count_ = 0;
    std::size_t length_ = 0; ///< of the part whose length is being read
    std::size_t name_left_ = 0;
    std::size_t value_left_ = 0;
    unsigned length_bytes_left_ = 0;
    Part part_ = Part::name_length;
};

} // namespace gatehouse::fastcgi
