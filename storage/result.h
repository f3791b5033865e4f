// SPDX-License-Identifier: Apache-2.0
// How an operation that can fail reports the failure across the borders of the modules. A store that cannot answer is
// never mistaken for a store that answered "no": the first is an error in a Result, the second is a value. Any thread.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace gatehouse {

template <class T> using Result = boost::system::result<T>;

/// Every way in which a store can fail to answer. All of them mean *unknown*, never *invalid*.
enum class StoreError {
    unavailable = 1, ///< not connected, connection lost, or the server refuses to work now (LOADING, 57P03 …)
    timed_out,       ///< no answer before the deadline; whether a write happened is not known
    overloaded,      ///< the gateway's own queue is full; nothing was sent
    conflict,        ///< a unique name is taken already (e-mail, session id)
    corrupt,         ///< a meaningless answer: wrong type, unreadable value
    refused,         ///< the server refused: rights, read-only, schema does not fit
};

const boost::system::error_category& store_category() noexcept;

inline boost::system::error_code make_error_code(StoreError e) noexcept {
    return {static_cast<int>(e), store_category()};
}

} // namespace gatehouse

template <> struct boost::system::is_error_code_enum<gatehouse::StoreError> : std::true_type {};
