// SPDX-License-Identifier: Apache-2.0
// The one place where exceptions and errors of SOCI, libpq and SQLite become a StoreError. Any thread.
#pragma once

#include "storage/result.h"

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::sql {

/// Thrown by Gatehouse's own code inside a job.
class Refusal : public std::runtime_error {
  public:
    Refusal(StoreError error, const std::string& why) : std::runtime_error(why), error_(error) {}
    [[nodiscard]] StoreError error() const noexcept { return error_; }

  private:
    StoreError error_;
};

/// Means a database that neither a migration nor waiting makes usable.
class Unusable : public Refusal {
  public:
    explicit Unusable(const std::string& why) : Refusal(StoreError::refused, why) {}
};

struct Failure {
    StoreError error = StoreError::unavailable;
    bool repeat = false; ///< the transaction did nothing and may be repeated
    std::string text;    ///< for the operator; never contains bound values
    bool own = false;    ///< Gatehouse's own code refused
};

/// The meaning of an SQLSTATE: five characters, or empty if the server gave none.
Failure from_sqlstate(std::string_view state);

/// The meaning of an extended SQLite result code.
Failure from_sqlite(int code);

/// The meaning of an exception from SOCI or from Gatehouse's own code.
Failure describe(const std::exception_ptr& error);

} // namespace gatehouse::sql
