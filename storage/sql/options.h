// SPDX-License-Identifier: Apache-2.0
// How a store on SQL is opened. Plain values.
#pragma once

#include "storage/instant.h"

#include <cstddef>
#include <string>

namespace gatehouse {

struct SqlOptions {
    std::string url;              ///< postgresql://user:password@host:port/name?… or sqlite:PATH
    std::size_t connections = 10; ///< also the number of threads
    std::size_t queue = 256;      ///< jobs waiting for a thread; one more is StoreError::overloaded
    bool other_names = false;     ///< sessions may have aliases from an older system: queries look for them as well
    Millis connect_timeout{5000}; ///< PostgreSQL takes whole seconds, at least 2
    Millis statement_timeout{
        500}; ///< the server gives up a statement after this time (PostgreSQL; SQLite waits half of it for a lock)
};

} // namespace gatehouse
