// SPDX-License-Identifier: Apache-2.0
#include "gateway/health/readiness.h"

#include "gateway/mail/dispatcher.h"
#include "storage/legacy/sql/store.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace gatehouse {
namespace {

constexpr Millis believe_for{1000};
constexpr Millis ping_patience{150}; ///< for each store
constexpr Seconds late_mail{300};

} // namespace

/// Pings all web databases at the same time.
struct StoreProbe::WebPings {
    WebPings(boost::asio::any_io_executor executor, std::size_t count)
        : all_in(std::move(executor), deadline_in(ping_patience)), up(count, false), missing(count) {}

    static boost::asio::awaitable<void> ping(std::shared_ptr<WebPings> self, std::size_t at, WebStore& store) {
        const auto answer = co_await store.ping(deadline_in(ping_patience));
        self->up[at] = answer.has_value();
        if (--self->missing == 0) self->all_in.cancel();
    }

    boost::asio::steady_timer all_in;
    std::vector<bool> up;
    std::size_t missing;
};

StoreProbe::StoreProbe(Stores& stores, const AddressWatch& addresses, Numbers numbers)
    : stores_(stores),
      addresses_(addresses),
      numbers_(std::move(numbers)),
      durability_([&stores](Deadline deadline) { return stores.sql().durability(deadline); }),
      older_([&stores] { return stores.legacy_tables()->take_trouble(); }) {}

boost::asio::awaitable<Readiness> StoreProbe::probe() {
    Readiness readiness;
    if (std::chrono::steady_clock::now() >= fresh_until_) {
        const auto executor = co_await boost::asio::this_coro::executor;
        const auto& web = stores_.web();
        const auto pings = std::make_shared<WebPings>(executor, web.size());
        for (std::size_t i = 0; i < web.size(); ++i)
            boost::asio::co_spawn(executor, WebPings::ping(pings, i, *web[i].store), boost::asio::detached);
        const auto sql = co_await stores_.sql().ping(deadline_in(ping_patience));
        // One store is enough to answer checks, so the database alone is needed only without Redis.
        std::vector<Readiness::Store> stores{{"sql", sql.has_value(), stores_.cache() == nullptr}};
        if (stores_.cache() != nullptr) {
            const auto redis = co_await stores_.cache()->ping(deadline_in(ping_patience));
            stores.push_back({"redis", redis.has_value(), !sql.has_value()});
        }
        if (stores_.legacy() != nullptr) {
            const auto legacy = co_await stores_.legacy()->ping(deadline_in(ping_patience));
            stores.push_back({"legacy", legacy.has_value(), false});
        }
        if (pings->missing > 0) co_await pings->all_in.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        for (std::size_t i = 0; i < web.size(); ++i)
            stores.push_back({i == 0 ? web[i].name : "web:" + web[i].name, pings->up[i],
                              false}); // neither checks nor logins need them
        last_ = std::move(stores);
        fresh_until_ = deadline_in(believe_for);
    }
    readiness.stores = last_;
    readiness.warnings = durability_.warnings();
    if (addresses_.one_for_all()) readiness.warnings.push_back("one_client_address");
    if (mail_ != nullptr && mail_->oldest(wall_now()) > late_mail) readiness.warnings.push_back("mail_is_late");
    readiness.numbers = numbers_();
    co_return readiness;
}

} // namespace gatehouse
