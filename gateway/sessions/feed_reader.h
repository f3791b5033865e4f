// SPDX-License-Identifier: Apache-2.0
// Reads the change feed again and again, passes what it found to the audience, and tells the other gateways how far
// this one has read. Works without Redis: that is its purpose. Loop thread only.
#pragma once

#include "storage/boot_clock.h"
#include "storage/change_feed.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

/// Waits until the deadline for every gateway but `self` to read in the feed what is committed now. Whether all have.
boost::asio::awaitable<bool> all_have_read(ChangeFeed& feed, std::string self, Deadline until);

struct FeedReaderStats {
    std::uint64_t looks = 0;
    std::uint64_t failures = 0;
    std::uint64_t refused = 0; ///< looks that did not happen because our own queue was full
    std::uint64_t gaps = 0;
};

class FeedReader {
  public:
    /// Applies the changes. Outlives the reader.
    class Audience {
      public:
        /// Returns when nothing on this gateway is as it was before these changes.
        virtual boost::asio::awaitable<void> changed(FeedPage page) = 0;
        /// Some changes since the last look may be lost.
        virtual void missed_changes() = 0;
        /// The gateways that read the feed, including this one.
        virtual void met(std::vector<std::string> nodes) = 0;
        /// A look that was sent at `sent` has been answered and applied.
        virtual boost::asio::awaitable<void> looked(Moment sent) = 0;
        /// A look that was sent at `sent` has ended, with whatever result.
        virtual void tried(Moment sent) = 0;
        /// The database did not answer.
        virtual void no_answer() = 0;
        virtual ~Audience() = default;
    };

    static constexpr Millis interval{300};

    /// `node`: the name of this gateway among those that share the database; the same after a restart.
    FeedReader(boost::asio::any_io_executor executor, ChangeFeed& feed, std::string node, Audience& audience);
    ~FeedReader();
    FeedReader(const FeedReader&) = delete;
    FeedReader& operator=(const FeedReader&) = delete;

    void start();
    /// Takes this gateway off the list.
    boost::asio::awaitable<void> stop(Deadline deadline);

    [[nodiscard]] const std::string& node() const noexcept;
    [[nodiscard]] const FeedReaderStats& stats() const noexcept;

  private:
    struct State;
    static boost::asio::awaitable<void> run(std::shared_ptr<State> state);
    /// False: the database was not asked, because our own queue is full.
    static boost::asio::awaitable<bool> look(std::shared_ptr<State> state, Moment sent);
    static void complain(State& state);
    static boost::asio::awaitable<void> take_in(std::shared_ptr<State> state, Moment sent, FeedPage page);
    static boost::asio::awaitable<bool> report(std::shared_ptr<State> state, Instant looked_at, bool news);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
