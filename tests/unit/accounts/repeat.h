// SPDX-License-Identifier: Apache-2.0
// A long text for a table. (GCC 12 warns wrongly where std::string(n, c) is concatenated in an initialiser.) No thread.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse {

[[gnu::noinline]] inline std::string repeat(std::string_view piece, std::size_t times) {
    std::string text;
    for (; times > 0; --times)
        text += piece;
    return text;
}

} // namespace gatehouse
