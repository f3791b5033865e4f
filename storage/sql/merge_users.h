// SPDX-License-Identifier: Apache-2.0
// Users with their permissions, which are one thing: a change of either raises the user's generation, and the higher
// generation is the newer one. Of its two connections; blocks.
#pragma once

#include "storage/sql/merge_tables.h"

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::sql {

class UserMerge {
  public:
    UserMerge(Plain& source, Plain& target);

    /// b is in the way of another user t in the target: SQL.
    [[nodiscard]] std::string conflict() const;

    /// Copies those of the batch, pairs of id and JSON, that are missing or newer and in nobody's way.
    void copy(const std::vector<std::pair<std::string, std::string>>& users);

    /// What raises no generation, of every user in the JSON array: the later log-in, the later revocation.
    void note_later(const std::string& users);

  private:
    void replace(const std::string& users, const std::string& permissions);

    Plain& source_;
    Plain& target_;
    std::vector<std::string> users_;       ///< columns
    std::vector<std::string> permissions_; ///< likewise
};

/// A JSON array of JSON texts.
[[nodiscard]] std::string json_array(const std::vector<std::string>& texts);

} // namespace gatehouse::sql
