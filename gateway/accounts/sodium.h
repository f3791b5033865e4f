// SPDX-License-Identifier: Apache-2.0
// libsodium wants to be started before its first use. Cheap to call again; any thread.
#pragma once

namespace gatehouse {

/// Throws std::runtime_error if there is no source of random numbers.
void start_sodium();

} // namespace gatehouse
