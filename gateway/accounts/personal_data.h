// SPDX-License-Identifier: Apache-2.0
// What Gatehouse knows of one person, as a JSON object for that person: no token, no hash of a password. Loop thread.
#pragma once

#include "storage/records.h"
#include "storage/user_store.h"
#include "storage/web_store.h"

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

/// An application, and where its preferences are.
struct DataPlace {
    std::string context;
    WebStore* web = nullptr;
};

/// `sessions`: of the person, as they are listed. nullopt: there is no such person. `deadline`: for all of it.
boost::asio::awaitable<Result<std::optional<std::string>>>
personal_data(UserStore& users, std::vector<DataPlace> places, std::string user_id, std::vector<ListedSession> sessions,
              Deadline deadline);

} // namespace gatehouse
