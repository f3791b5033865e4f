// SPDX-License-Identifier: Apache-2.0
#include "gateway/preferences/preferences.h"

#include "gateway/log/log.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

/// Queries to one database at the same time; while there are as many, no further one is sent.
constexpr std::size_t most_under_way = 64;

} // namespace

struct PreferenceBook::Cell : KnownPreferences {
    Cell(Shelf& s, std::string_view user) : shelf(s), user_id(user), index(s.index) {}
    ~Cell() {
        if (const auto there = index.lock()) there->erase(user_id);
    }
    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;

    Shelf& shelf;
    const std::string user_id;
    const std::weak_ptr<Index> index;
    bool known = false;
    bool asked = false;     ///< an answer is awaited
    std::size_t saving = 0; ///< changes under way
    /// Grows when a change begins and when it ends: an answer to a query sent before may be older than the change.
    std::uint64_t version = 0;
    std::optional<std::list<CellPtr>::iterator> place;
};

PreferenceBook::PreferenceBook(boost::asio::any_io_executor executor, WebStores stores)
    : PreferenceBook(std::move(executor), std::move(stores), Pace{}) {}

PreferenceBook::PreferenceBook(boost::asio::any_io_executor executor, WebStores stores, Pace pace)
    : executor_(std::move(executor)), pace_(pace), random_(std::random_device{}()) {
    shelves_.push_back(std::make_unique<Shelf>(stores.shared));
    for (const auto& [context, store] : stores.own) {
        const auto same = [s = store](const auto& shelf) { return &shelf->store == s; };
        auto found = std::ranges::find_if(shelves_, same);
        if (found == shelves_.end()) found = shelves_.insert(found, std::make_unique<Shelf>(*store));
        special_.emplace(context, found->get());
    }
}

std::size_t PreferenceBook::size() const noexcept {
    std::size_t people = 0;
    for (const auto& shelf : shelves_)
        people += shelf->index->size();
    return people;
}

std::vector<WebStore*> PreferenceBook::stores() const {
    std::vector<WebStore*> all;
    for (const auto& shelf : shelves_)
        all.push_back(&shelf->store);
    return all;
}

PreferenceBook::Shelf& PreferenceBook::shelf_of(std::string_view context) {
    if (special_.empty()) return *shelves_.front();
    const auto found = special_.find(context);
    return found == special_.end() ? *shelves_.front() : *found->second;
}

PreferenceBook::CellPtr PreferenceBook::cell_of(std::string_view context, std::string_view user_id) {
    auto& shelf = shelf_of(context);
    if (const auto found = shelf.index->find(user_id); found != shelf.index->end()) {
        auto cell = found->second.lock();
        keep(cell);
        return cell;
    }
    auto cell = std::make_shared<Cell>(shelf, user_id);
    shelf.index->emplace(user_id, cell);
    keep(cell);
    return cell;
}

void PreferenceBook::keep(const CellPtr& cell) {
    if (cell->place) {
        recent_.splice(recent_.begin(), recent_, *cell->place);
        return;
    }
    recent_.push_front(cell);
    cell->place = recent_.begin();
    if (recent_.size() <= pace_.most) return;
    recent_.back()->place.reset();
    recent_.pop_back();
}

PreferenceBook::Entry PreferenceBook::of(std::string_view context, std::string_view user_id, Instant now) {
    auto cell = cell_of(context, user_id);
    if (now >= cell->look_again_at) ask(cell, now);
    return cell;
}

void PreferenceBook::look_again(const Entry& entry, Instant now) {
    if (now < entry->look_again_at) return;
    // The cast is safe because only PreferenceBook makes entries, and each entry is a Cell.
    ask(std::const_pointer_cast<Cell>(std::static_pointer_cast<const Cell>(entry)), now);
}

bool PreferenceBook::may_ask(Shelf& shelf) const {
    return std::chrono::steady_clock::now() >= shelf.away_until && shelf.under_way < most_under_way;
}

void PreferenceBook::ask(const CellPtr& cell, Instant now) {
    cell->look_again_at = now + pace_.after_trouble; // if no answer comes
    if (cell->asked || !may_ask(cell->shelf)) return;
    expect(*cell);
    boost::asio::co_spawn(executor_, fetch(cell), boost::asio::detached);
}

void PreferenceBook::expect(Cell& cell) {
    cell.asked = true;
    ++cell.shelf.under_way;
    if (cell.known || cell.arriving) return;
    cell.arriving = std::make_shared<boost::asio::steady_timer>(executor_, deadline_in(pace_.patience));
}

boost::asio::awaitable<void> PreferenceBook::fetch(CellPtr cell) {
    const auto version = cell->version;
    const auto answer = co_await cell->shelf.store.find(cell->user_id, deadline_in(pace_.timeout));
    settle(cell, version, answer);
}

boost::asio::awaitable<void> PreferenceBook::begin(CellPtr cell, WebSession session, Instant now) {
    const auto version = cell->version;
    const auto answer = co_await cell->shelf.store.begin(std::move(session), now, deadline_in(pace_.timeout));
    settle(cell, version, answer);
}

void PreferenceBook::settle(const CellPtr& cell, std::uint64_t version,
                            const Result<std::optional<Preferences>>& answer) {
    cell->asked = false;
    --cell->shelf.under_way;
    tell(cell->shelf, answer.has_value() ? boost::system::error_code{} : answer.error());
    if (!answer) {
        cell->shelf.away_until = deadline_in(pace_.after_trouble);
    } else if (cell->version == version && cell->saving == 0) {
        take(*cell, answer->value_or(Preferences{}));
    }
    if (const auto arriving = std::exchange(cell->arriving, nullptr)) arriving->cancel();
}

void PreferenceBook::tell(Shelf& shelf, boost::system::error_code error) {
    if (std::exchange(shelf.troubled, error.failed()) == error.failed()) return;
    if (error.failed()) {
        log::warning("preferences_unknown",
                     {{"reason", std::string_view(error.message())},
                      {"hint", "pages and headers keep to what is known of theme and language"}});
    } else {
        log::info("preferences_known");
    }
}

void PreferenceBook::take(Cell& cell, const Preferences& preferences) {
    if (cell.theme != preferences.theme || cell.language != preferences.language) ++cell.changes;
    cell.theme = preferences.theme;
    cell.language = preferences.language;
    cell.known = true;
    // Spread over time: many entries may have become known at once.
    const auto spread = std::uniform_int_distribution<Millis::rep>(0, pace_.believe.count() / 5)(random_);
    cell.look_again_at = wall_now() + pace_.believe - Millis(spread);
}

boost::asio::awaitable<void> PreferenceBook::arrival(Entry entry) {
    const auto arriving = entry->arriving;
    if (arriving) co_await arriving->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

boost::asio::awaitable<Result<Preferences>> PreferenceBook::read(std::string context, std::string user_id,
                                                                 Deadline deadline) {
    auto answer = co_await shelf_of(context).store.find(std::move(user_id), deadline);
    if (!answer) co_return answer.error();
    co_return answer->value_or(Preferences{});
}

boost::asio::awaitable<Result<Preferences>> PreferenceBook::save(std::string context, WebSession session,
                                                                 PreferencesChange change, Instant now,
                                                                 Deadline deadline) {
    const auto cell = cell_of(context, session.user_id);
    const auto version = ++cell->version;
    ++cell->saving;
    auto saved = co_await cell->shelf.store.save(std::move(session), std::move(change), now, deadline);
    const bool alone = cell->version == version && cell->saving == 1;
    --cell->saving;
    ++cell->version;
    if (saved) take(*cell, *saved);
    // A change may have happened in spite of an error; of two changes at the same time nobody knows which came last.
    if (!saved || !alone) {
        cell->look_again_at = Instant{};
        ++cell->changes;
    }
    co_return saved;
}

void PreferenceBook::session_began(std::string_view context, WebSession session, Instant now) {
    const auto cell = cell_of(context, session.user_id);
    if (!may_ask(cell->shelf)) return;
    cell->look_again_at = now + pace_.after_trouble;
    expect(*cell);
    boost::asio::co_spawn(executor_, begin(cell, std::move(session), now), boost::asio::detached);
}

} // namespace gatehouse
