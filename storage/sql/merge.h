// SPDX-License-Identifier: Apache-2.0
// Copies what one of our databases has, and another one lacks or has in an older state, in small batches while both are
// in use. Doing it again changes nothing; what was interrupted is done again. Never deletes a row, but for permissions
// that a user no longer has. Blocks; for the command line. Throws std::runtime_error, without a password.
#pragma once

#include "storage/instant.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

/// What was found in a table of the source. Of a user it is the newer one that counts, with its permissions.
struct MergeCount {
    std::string table;
    std::uint64_t read = 0;
    std::uint64_t missing = 0;        ///< in the target
    std::uint64_t newer = 0;          ///< than in the target
    std::uint64_t conflicts = 0;      ///< of these: users whose address or number is another user's there; left alone
    std::uint64_t lost = 0;           ///< missing, or newer in what must not be forgotten
    std::vector<std::string> samples; ///< a few of those lost, by their public names
};

class Merge {
  public:
    /// Both have the schema of this version, and are of one kind. Throws if they cannot be opened.
    Merge(const std::string& source_url, const std::string& target_url, Millis connect_timeout);
    ~Merge();

    /// Parents before their children.
    [[nodiscard]] std::vector<std::string> tables() const;

    using Report = std::function<void(std::uint64_t done, std::uint64_t total)>;
    /// Compares, and changes nothing.
    [[nodiscard]] MergeCount look(const std::string& table, const Report& report);
    /// Compares, and copies. What it counts is what it found before.
    MergeCount copy(const std::string& table, const Report& report);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// How many gateways are at work on this database, as far as it knows: killed ones count for ten seconds more.
[[nodiscard]] std::uint64_t gateways_at_work(const std::string& url, Millis connect_timeout);

} // namespace gatehouse
