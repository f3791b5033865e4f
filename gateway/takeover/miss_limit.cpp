// SPDX-License-Identifier: Apache-2.0
#include "gateway/takeover/miss_limit.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <iterator>
#include <random>
#include <utility>

namespace gatehouse {
namespace {

constexpr std::size_t share_of_the_line = 12;
/// At least this many are let in within `patience`; a small limit would otherwise let in one or none.
constexpr std::size_t shortest_line = 4;
using Timer = boost::asio::steady_timer;

} // namespace

struct MissLimit::Address {
    Instant until{}; ///< the end of the minute
    std::size_t used = 0;
    std::size_t at_once = 0; ///< so many may be used in the minute without waiting
    Millis pause{};          ///< between two look-ups that the line lets in
    Deadline next{};         ///< when the line lets in the next look-up
    std::deque<std::shared_ptr<Timer>> waiting;
    bool refused = false; ///< whether a look-up was refused in this minute

    void begin(std::size_t limit, Instant now) {
        const auto line = std::max(shortest_line, limit / share_of_the_line);
        at_once = limit - std::min(limit, line);
        pause = patience / static_cast<Millis::rep>(line);
        if (now < until) return;
        until = now + window;
        used = 0;
        refused = false;
        if (at_once == 0) next = std::max(next, deadline_in(pause));
    }
    /// The first in line checks again whether it may go in.
    void wake_first() {
        if (!waiting.empty()) waiting.front()->cancel();
    }
};

MissLimit::Pass& MissLimit::Pass::operator=(Pass&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    address_ = std::move(other.address_);
    until_ = other.until_;
    from_line_ = other.from_line_;
    first_refusal_ = other.first_refusal_;
    return *this;
}

void MissLimit::Pass::give_back() noexcept {
    const auto address = std::move(address_);
    if (!address) return;
    if (from_line_) {
        address->next = std::min(address->next, std::chrono::steady_clock::now());
    } else if (address->until == until_ && address->used > 0) {
        --address->used;
    }
    address->wake_first();
}

bool MissLimit::enter(const std::shared_ptr<Address>& address, Pass& pass) {
    Address& a = *address;
    const auto now = std::chrono::steady_clock::now();
    const bool at_once = a.used < a.at_once;
    if (!at_once && now < a.next) return false;
    if (at_once) {
        ++a.used;
        if (a.used == a.at_once) a.next = std::max(a.next, now + a.pause);
    } else {
        a.next = now + a.pause;
    }
    pass.address_ = address;
    pass.until_ = a.until;
    pass.from_line_ = !at_once;
    return true;
}

MissLimit::Pass MissLimit::refuse(Address& address) {
    Pass refused;
    refused.first_refusal_ = !std::exchange(address.refused, true);
    return refused;
}

boost::asio::awaitable<MissLimit::Pass> MissLimit::admit(std::string place, std::size_t limit, Instant now) {
    // A look-up under way or in line shares its Address, which it keeps.
    if (addresses_.size() >= most) addresses_.clear();
    auto& known = addresses_[place];
    if (!known) known = std::make_shared<Address>();
    const auto address = known;
    address->begin(limit, now);
    Pass pass;
    if (address->waiting.empty() && enter(address, pass)) co_return pass;
    if (address->waiting.size() >= in_line) co_return refuse(*address);
    co_return co_await wait_in_line(address);
}

boost::asio::awaitable<MissLimit::Pass> MissLimit::wait_in_line(std::shared_ptr<Address> address) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto until = deadline_in(patience);
    const auto timer = std::make_shared<Timer>(executor);
    auto& line = address->waiting;
    // At a random place: behind a client that comes back at once, again and again, no other would ever be the first.
    static std::minstd_rand random{std::random_device{}()};
    const auto at = std::uniform_int_distribution<std::size_t>(0, line.size())(random);
    line.insert(std::next(line.begin(), static_cast<std::ptrdiff_t>(at)), timer);
    Pass pass;
    bool in = false;
    for (;;) {
        const bool first = line.front() == timer;
        in = first && enter(address, pass);
        if (in || std::chrono::steady_clock::now() >= until) break;
        timer->expires_at(first ? std::min(address->next, until) : until);
        co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    std::erase(line, timer);
    address->wake_first();
    if (!in) co_return refuse(*address);
    co_return pass;
}

} // namespace gatehouse
