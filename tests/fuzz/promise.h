// SPDX-License-Identifier: Apache-2.0
// What a fuzz target does when the code under test has broken a promise. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace gatehouse::fuzz {

/// Ends the process unless `kept`; libFuzzer then keeps the input.
inline void promise(bool kept, std::string_view what) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

/// One input.
void look_at(std::string_view input);

} // namespace gatehouse::fuzz
