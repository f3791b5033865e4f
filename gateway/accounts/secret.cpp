// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/secret.h"

#include <algorithm>
#include <sodium.h>
#include <utility>

namespace gatehouse {

Secret::Secret(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    std::ranges::copy(text, bytes_.get());
}

Secret::Secret(std::string&& text) : Secret(std::string_view(text)) {
    sodium_memzero(text.data(), text.size());
    text.clear();
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
}

void Secret::wipe() noexcept {
    if (bytes_) sodium_memzero(bytes_.get(), size_);
}

} // namespace gatehouse
