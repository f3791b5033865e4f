// SPDX-License-Identifier: Apache-2.0
// People's preferences, in the memory of this gateway: a check gets them without a query, even if the web database is
// away. Unknown preferences are requested in the background. Known ones are requested again within a minute, so that a
// change on another gateway takes effect here. Bounded. Loop thread only.
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

/// The preferences of one person. A holder sees them change.
struct KnownPreferences {
    std::string theme; ///< as the web database has it; the user of this field decides whether the word means anything
    std::string language;
    std::uint32_t changes = 0; ///< grows when theme or language changes, or must be requested again
    Instant look_again_at;     ///< until then the values need no new query
    /// Set while the first answer is awaited; expires when it has come, or at the end of Pace::patience.
    std::shared_ptr<boost::asio::steady_timer> arriving;
};

/// The web store of each context.
struct WebStores {
    WebStore& shared;
    std::map<std::string, WebStore*, std::less<>> own; ///< by context; only contexts with a database of their own
};

class PreferenceBook {
  public:
    using Entry = std::shared_ptr<const KnownPreferences>;

    struct Pace {
        Millis believe{60'000};     ///< known preferences are requested again after this time, or a little earlier
        Millis after_trouble{1000}; ///< after a database did not answer, it is asked again only after this time
        Millis patience{25};        ///< how long the first request of a person waits for an answer
        Millis timeout{300};        ///< of a query
        std::size_t most = 10'000;  ///< people remembered beyond those whose entry somebody holds
    };

    PreferenceBook(boost::asio::any_io_executor executor, WebStores stores);
    PreferenceBook(boost::asio::any_io_executor executor, WebStores stores, Pace pace);
    PreferenceBook(const PreferenceBook&) = delete;
    PreferenceBook& operator=(const PreferenceBook&) = delete;

    /// The known preferences. If they are unknown or old, they are requested, and the entry changes when the answer
    /// comes. Never null.
    [[nodiscard]] Entry of(std::string_view context, std::string_view user_id, Instant now);
    /// The same for an entry that the caller holds.
    void look_again(const Entry& entry, Instant now);
    /// Returns when the first answer has come, at the latest after Pace::patience.
    static boost::asio::awaitable<void> arrival(Entry entry);

    /// Asks the database. Returns the person's preferences, or the defaults if the person has chosen none.
    boost::asio::awaitable<Result<Preferences>> read(std::string context, std::string user_id, Deadline deadline);
    /// Returns when the change is stored in the database and known here.
    boost::asio::awaitable<Result<Preferences>> save(std::string context, WebSession session, PreferencesChange change,
                                                     Instant now, Deadline deadline);
    /// In the background: the new session gets its person's preferences.
    void session_began(std::string_view context, WebSession session, Instant now);

    /// Where the preferences of a context are, and all places.
    [[nodiscard]] WebStore& store_of(std::string_view context) { return shelf_of(context).store; }
    [[nodiscard]] std::vector<WebStore*> stores() const;

    /// The number of known people.
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
        std::shared_ptr<Index> index; ///< a cell without a holder removes itself
        Deadline away_until{};        ///< the database did not answer: it is not asked before
        std::size_t under_way = 0;
        bool troubled = false; ///< the last state that was logged
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
    std::list<CellPtr> recent_;                          ///< the most recently used comes first
    std::minstd_rand random_;                            ///< for jitter alone
};

} // namespace gatehouse
