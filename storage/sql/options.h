// SPDX-License-Identifier: Apache-2.0
// How a store on SQL is opened. Plain values.
#pragma once

#include "storage/instant.h"

#include <cstddef>
#include <string>

namespace gatehouse {

struct SqlOptions {
    std::string url;              ///< postgresql://user:password@host:port/name?… or sqlite:PATH
    std::size_t connections = 10; ///< and threads
    std::size_t queue = 256;      ///< calls waiting for a thread; one more is StoreError::overloaded
    Millis connect_timeout{5000}; ///< PostgreSQL takes whole seconds, at least 2
    Millis statement_timeout{
        500}; ///< the server gives up a statement after so long (PostgreSQL; SQLite waits half of it for a lock)
};

} // namespace gatehouse
