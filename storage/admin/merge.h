// SPDX-License-Identifier: Apache-2.0
// Copies the rows of one Gatehouse database that another one lacks or has in an older state, in small batches while
// both are in use. A second run changes nothing; after an interruption, run it again. Never deletes a row, except
// permissions that a user no longer has. Blocks; for the command line. Throws std::runtime_error, without a password.
#pragma once

#include "storage/instant.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

/// What was found in a table of the source. Of two versions of a user, the newer one counts, with its permissions.
struct MergeCount {
    std::string table;
    std::uint64_t read = 0;
    std::uint64_t missing = 0;   ///< rows that the target lacks
    std::uint64_t newer = 0;     ///< rows that are newer than in the target
    std::uint64_t conflicts = 0; ///< of these: users whose address or number another user has in the target; unchanged
    std::uint64_t lost = 0;      ///< missing, or newer in a value that must not get lost
    std::vector<std::string> samples; ///< public names of a few lost rows
};

class Merge {
  public:
    enum class Way {
        merge, ///< of two rows the newer one counts; both databases are of one kind
        copy,  ///< the target becomes like the source, except for rows that are newer in the target; the databases may
               ///< be of two kinds
    };

    /// Both databases must have the schema of this version. Throws if they cannot be opened.
    Merge(const std::string& source_url, const std::string& target_url, Millis connect_timeout, Way way = Way::merge);
    ~Merge();

    /// Parent tables before child tables.
    [[nodiscard]] std::vector<std::string> tables() const;

    using Report = std::function<void(std::uint64_t done, std::uint64_t total)>;
    /// Compares only, and changes nothing.
    [[nodiscard]] MergeCount look(const std::string& table, const Report& report);
    /// Compares and copies. The counts are those from before the copy.
    MergeCount copy(const std::string& table, const Report& report);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// How many gateways work on this database, as far as the database knows: a gateway that was killed counts for one more
/// minute, because an idle gateway reports once a minute.
[[nodiscard]] std::uint64_t gateways_at_work(const std::string& url, Millis connect_timeout);

} // namespace gatehouse
