// SPDX-License-Identifier: Apache-2.0
#include "gateway/readiness.h"

#include <algorithm>

namespace gatehouse {
namespace {

constexpr Millis believe_for{1000};
constexpr Millis patience{150}; ///< for each store

} // namespace

boost::asio::awaitable<Readiness> StoreProbe::probe() {
    Readiness readiness;
    if (std::chrono::steady_clock::now() >= fresh_until_) {
        const auto sql = co_await stores_.sql().ping(deadline_in(patience));
        // One store is enough to answer checks, so SQL alone is needed only where there is no Redis.
        std::vector<Readiness::Store> stores{{"sql", sql.has_value(), stores_.cache() == nullptr}};
        if (stores_.cache() != nullptr) {
            const auto redis = co_await stores_.cache()->ping(deadline_in(patience));
            stores.push_back({"redis", redis.has_value(), !sql.has_value()});
        }
        if (stores_.legacy() != nullptr) {
            const auto legacy = co_await stores_.legacy()->ping(deadline_in(patience));
            stores.push_back({"legacy", legacy.has_value(), false});
        }
        last_ = std::move(stores);
        fresh_until_ = deadline_in(believe_for);
    }
    readiness.stores = last_;
    readiness.warnings = durability_.warnings();
    readiness.numbers = numbers_();
    co_return readiness;
}

} // namespace gatehouse
