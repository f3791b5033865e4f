// SPDX-License-Identifier: Apache-2.0
// Breaks its promise on purpose, to see that this is found and told. Not one of the targets.
#include "tests/fuzz/promise.h"

namespace gatehouse::fuzz {

void look_at(std::string_view input) {
    promise(!input.starts_with("bug"), "planted");
}

} // namespace gatehouse::fuzz
