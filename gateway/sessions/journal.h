// SPDX-License-Identifier: Apache-2.0
// Ends of sessions that the database does not know yet, in a file of this gateway, one line for each. The file survives
// if Redis loses its own notes of them. Every function waits for the disk: call it on a thread of its own, one call
// at a time.
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

    /// All ends are on the disk when this returns without an error.
    Result<void> append(const std::vector<PendingEnd>& ends);

    struct Contents {
        /// Without a line that a crash has cut off, because its end was never acknowledged.
        std::vector<PendingEnd> ends;
        std::size_t bytes = 0;
    };
    /// A missing file counts as empty.
    Result<Contents> read();

    /// The database knows all that was read. Keeps the file if more has been appended since.
    Result<void> clear(std::size_t bytes);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
};

} // namespace gatehouse
