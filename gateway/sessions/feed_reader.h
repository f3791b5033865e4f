// SPDX-License-Identifier: Apache-2.0
// Looks at the change feed of the authority again and again, has somebody act upon what it found, and tells the other
// nodes how far this one is. Works without Redis; that is what it is for. Loop thread only.
#pragma once

#include "storage/boot_clock.h"
#include "storage/change_feed.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace gatehouse {

struct FeedReaderStats {
    std::uint64_t looks = 0;
    std::uint64_t failures = 0;
    std::uint64_t changes = 0;
    std::uint64_t gaps = 0;
};

class FeedReader {
  public:
    /// Who acts upon changes. Outlives the reader.
    class Audience {
      public:
        /// Returns when nothing on this node is the way it was before these changes.
        virtual boost::asio::awaitable<void> changed(FeedPage page) = 0;
        /// Nobody knows what has changed since the last look.
        virtual void missed_changes() = 0;
        /// A look that was sent then has been acted upon.
        virtual boost::asio::awaitable<void> looked(Moment sent) = 0;
        /// The authority did not answer.
        virtual void no_answer() = 0;
        virtual ~Audience() = default;
    };

    static constexpr Millis interval{300};

    /// `node`: the name of this process among those that share the database; the same after a restart.
    FeedReader(boost::asio::any_io_executor executor, ChangeFeed& feed, std::string node, Audience& audience);
    ~FeedReader();
    FeedReader(const FeedReader&) = delete;
    FeedReader& operator=(const FeedReader&) = delete;

    void start();
    /// Takes the node off the list.
    boost::asio::awaitable<void> stop(Deadline deadline);

    [[nodiscard]] const std::string& node() const noexcept;
    [[nodiscard]] const FeedReaderStats& stats() const noexcept;

  private:
    struct State;
    static boost::asio::awaitable<void> run(std::shared_ptr<State> state);
    static boost::asio::awaitable<void> look(std::shared_ptr<State> state);
    static boost::asio::awaitable<void> report(std::shared_ptr<State> state, Instant looked_at, bool news);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
