// SPDX-License-Identifier: Apache-2.0
// What people prefer, in the memory of this process: a check has it without asking, whatever becomes of the web
// database. What is not known is asked for in the background; what is known is asked for again within a minute, so that
// a change on another node counts here. Bounded. Loop thread only.
#pragma once

#include "storage/web_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse {

/// Of one person. Whoever holds it sees it change.
struct KnownPreferences {
    std::string theme; ///< as the web database has it: whether it is a word that means something is for others to say
    std::string language;
    std::uint32_t changes = 0; ///< of the two: grows when they change, or when they had better be asked for again
    Instant look_again_at;     ///< until then nobody needs to ask whether it is still so
    /// While the first answer is awaited: expires when it has come, or when it has been waited for long enough.
    std::shared_ptr<boost::asio::steady_timer> arriving;
};

/// Which context keeps its preferences where.
struct WebStores {
    WebStore& shared;
    std::map<std::string, WebStore*, std::less<>> own; ///< by context: of those that have a database of their own
};

class PreferenceBook {
  public:
    using Entry = std::shared_ptr<const KnownPreferences>;

    struct Pace {
        Millis believe{60'000};     ///< what is known is asked for again after so long, or a little earlier
        Millis after_trouble{1000}; ///< a database that has not answered is asked again after so long
        Millis patience{25};        ///< so long the first request of a person waits for an answer
        Millis timeout{300};        ///< of the database
        std::size_t most = 10'000;  ///< people remembered beyond those that somebody holds
    };

    PreferenceBook(boost::asio::any_io_executor executor, WebStores stores);
    PreferenceBook(boost::asio::any_io_executor executor, WebStores stores, Pace pace);
    PreferenceBook(const PreferenceBook&) = delete;
    PreferenceBook& operator=(const PreferenceBook&) = delete;

    /// What is known. If that is nothing, or old, it is asked for, and changes when the answer comes. Never null.
    [[nodiscard]] Entry of(std::string_view context, std::string_view user_id, Instant now);
    /// The same for an entry that is at hand.
    void look_again(const Entry& entry, Instant now);
    /// Returns when the first answer has come; soon, in any case.
    static boost::asio::awaitable<void> arrival(Entry entry);

    /// Asks the database. What it has of the person, or what there is without any choice.
    boost::asio::awaitable<Result<Preferences>> read(std::string context, std::string user_id, Deadline deadline);
    /// Kept in the database, and known here, when this returns.
    boost::asio::awaitable<Result<Preferences>> save(std::string context, WebSession session, PreferencesChange change,
                                                     Instant now, Deadline deadline);
    /// In the background: the session gets what its person prefers.
    void session_began(std::string_view context, WebSession session, Instant now);

    /// How many people are known.
    [[nodiscard]] std::size_t size() const noexcept;

  private:
    struct Cell;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    using Index = std::unordered_map<std::string, std::weak_ptr<Cell>, Hash, std::equal_to<>>;
    /// The people of one database.
    struct Shelf {
        explicit Shelf(WebStore& s) : store(s), index(std::make_shared<Index>()) {}
        WebStore& store;
        std::shared_ptr<Index> index; ///< a cell that nobody holds any more takes itself out
        Deadline away_until{};        ///< it has not answered: nobody asks it before
        std::size_t under_way = 0;
        bool troubled = false; ///< as the log knows
    };
    using CellPtr = std::shared_ptr<Cell>;

    Shelf& shelf_of(std::string_view context);
    CellPtr cell_of(std::string_view context, std::string_view user_id);
    void keep(const CellPtr& cell);
    bool may_ask(Shelf& shelf) const;
    void ask(const CellPtr& cell, Instant now);
    boost::asio::awaitable<void> fetch(CellPtr cell);
    boost::asio::awaitable<void> begin(CellPtr cell, WebSession session, Instant now);
    void expect(Cell& cell);
    static void tell(Shelf& shelf, boost::system::error_code error);
    void take(Cell& cell, const Preferences& preferences);
    void settle(const CellPtr& cell, std::uint64_t version, const Result<std::optional<Preferences>>& answer);

    boost::asio::any_io_executor executor_;
    Pace pace_;
    std::vector<std::unique_ptr<Shelf>> shelves_;        ///< the shared one first
    std::map<std::string, Shelf*, std::less<>> special_; ///< by context
    std::list<CellPtr> recent_;                          ///< the one asked for last comes first
    std::minstd_rand random_;                            ///< for jitter alone
};

} // namespace gatehouse
