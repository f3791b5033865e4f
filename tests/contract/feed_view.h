// SPDX-License-Identifier: Apache-2.0
// A reader of the change feed for tests: looks, remembers where it is, and tells what it found in a form that is easily
// compared. Test thread.
#pragma once

#include "identity_suite.h"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace gatehouse::testing {

class FeedView {
  public:
    /// Begins here.
    explicit FeedView(Identity& identity) : identity_(identity) { look(); }

    /// The next page.
    FeedPage look(std::size_t limit = 1000) {
        auto page = identity_.need(identity_.feed().look(position, limit, Identity::soon()));
        position = page.position;
        ended.clear();
        for (const auto& one : page.ended)
            ended.insert(one.key.context + "/" + one.key.id);
        users.clear();
        for (const auto& one : page.users)
            users[one.id] = std::max(users[one.id], one.generation);
        return page;
    }
    /// What the next page says has ended.
    std::set<std::string> next_ended() { return look(), ended; }

    std::string position;
    std::set<std::string> ended;               ///< context/id, by the last page
    std::map<std::string, std::int64_t> users; ///< and the highest generations

  private:
    Identity& identity_;
};

inline std::string name_of(const Session& session) {
    return session.key.context + "/" + session.key.id;
}

} // namespace gatehouse::testing
