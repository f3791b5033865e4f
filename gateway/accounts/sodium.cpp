// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/sodium.h"

#include <sodium.h>
#include <stdexcept>

namespace gatehouse {

void start_sodium() {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start: no source of random numbers");
}

} // namespace gatehouse
