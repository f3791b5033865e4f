// SPDX-License-Identifier: Apache-2.0
// A password on its way from the request to the hash. Move-only and wiped when it ends. Not comparable, so that code
// which compares secrets must say how. Any thread, one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view text); ///< copies; the source stays as it is
    explicit Secret(const char* text) : Secret(std::string_view(text)) {}
    explicit Secret(std::string&& text); ///< copies; the source is wiped and left empty
    ~Secret() { wipe(); }
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;

    [[nodiscard]] std::string_view view() const noexcept {
        return bytes_ ? std::string_view(bytes_.get(), size_) : std::string_view("");
    }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  private:
    void wipe() noexcept;

    // Not a std::string, because it keeps short text inside itself, and moving leaves that text behind.
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

} // namespace gatehouse
