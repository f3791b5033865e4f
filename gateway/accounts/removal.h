// SPDX-License-Identifier: Apache-2.0
// The end of an account: for the person, who asks for it on a page, and for an operator at a command line. Both go the
// same way and differ in whom they tell. Loop thread.
#pragma once

#include "storage/user_store.h"
#include "storage/web_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

/// Whom a removal is told, and how.
class RemovalNews {
  public:
    virtual ~RemovalNews() = default;

    /// Before anything is deleted. False: somebody who must hear of it could not be told, and the account stays.
    virtual boost::asio::awaitable<bool> about_to_remove(std::string user_id) = 0;
    /// The account is gone, and these sessions ended with it. False: a gateway may not have heard of it.
    virtual boost::asio::awaitable<bool> removed(std::string user_id, UserChange change) = 0;
};

struct Removal {
    enum class Outcome {
        done,
        unconfirmed, ///< the account is gone; a gateway may not have heard of it
        not_told,    ///< RemovalNews::about_to_remove has refused: nothing was deleted
        web_away,    ///< a web database did not answer: the account stays
        changed,     ///< the user has changed since the proof, or is gone: nothing was deleted
        unavailable, ///< the database did not answer
    };
    Outcome outcome = Outcome::unavailable;
    std::size_t ended = 0;               ///< sessions, with the account
    std::size_t which_web = 0;           ///< for `web_away`: its place in RemovalPlaces::web
    boost::system::error_code trouble{}; ///< for `unavailable`
};

struct RemovalPlaces {
    UserStore& users;
    std::vector<WebStore*> web;
};

/// Deletes an account for good. Preferences go first, because they may be in another database: what fails leaves an
/// account that can be deleted again, and never preferences of nobody. `deadline`: of the next statement.
boost::asio::awaitable<Removal> remove_account(RemovalPlaces places, RemovalNews& news, std::string user_id,
                                               std::optional<std::int64_t> generation,
                                               std::function<Deadline()> deadline);

/// For logs.
[[nodiscard]] std::string_view name_of(Removal::Outcome outcome) noexcept;

} // namespace gatehouse
