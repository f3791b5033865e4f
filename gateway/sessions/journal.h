// SPDX-License-Identifier: Apache-2.0
// Ends of sessions that SQL has not heard of yet, in a file of this node: should Redis lose its own note of them, this
// one is left. One line for each. Everything here waits for the disk: for a worker thread, one call at a time.
#pragma once

#include "storage/records.h"
#include "storage/result.h"

#include <cstddef>
#include <string>
#include <vector>

namespace gatehouse {

class Journal {
  public:
    explicit Journal(std::string path) : path_(std::move(path)) {}

    /// On the disk when this returns without an error.
    Result<void> append(const PendingEnd& end);

    struct Contents {
        std::vector<PendingEnd> ends; ///< a line that a crash has cut off is no promise, and is left out
        std::size_t bytes = 0;
    };
    /// A file that is not there is empty.
    Result<Contents> read();

    /// SQL has heard of all that was read. Keeps the file if more has been appended since.
    Result<void> clear(std::size_t bytes);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
};

} // namespace gatehouse
