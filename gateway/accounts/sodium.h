// SPDX-License-Identifier: Apache-2.0
// Starts libsodium, as it needs before its first use. Calling it again is cheap; any thread.
#pragma once

namespace gatehouse {

/// Throws std::runtime_error if there is no source of random numbers.
void start_sodium();

} // namespace gatehouse
