// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls, for every target.
#include "tests/fuzz/promise.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    gatehouse::fuzz::look_at({reinterpret_cast<const char*>(data), size});
    return 0;
}
