// SPDX-License-Identifier: Apache-2.0
// Copies users together with their permissions: a change of either raises the user's generation, and the higher
// generation is the newer one. Uses its two connections from their thread; blocks.
#pragma once

#include "storage/admin/merge_tables.h"

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::sql {

class UserMerge {
  public:
    /// `better`: the condition under which b replaces an existing t.
    UserMerge(TextConnection& source, TextConnection& target, std::string better);

    /// SQL: whether the address or number of b belongs to another user t in the target.
    [[nodiscard]] std::string conflict() const;

    /// Copies the users of the batch (pairs of id and JSON) that are missing or newer and conflict with no other user.
    void copy(const std::vector<std::pair<std::string, std::string>>& users);

    /// For every user in the JSON array, copies what raises no generation: the later login and the later cut-off.
    void note_later(const std::string& users);

  private:
    void replace(const std::string& users, const std::string& permissions);

    TextConnection& source_;
    TextConnection& target_;
    std::vector<std::string> users_;       ///< columns
    std::vector<std::string> permissions_; ///< columns
    std::string granted_;                  ///< a row of user_permissions in the source, as JSON
    std::string better_;
};

} // namespace gatehouse::sql
