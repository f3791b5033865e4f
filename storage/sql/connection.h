// SPDX-License-Identifier: Apache-2.0
// One connection to the database and its prepared statements. Used by one thread at a time; everything blocks and
// throws what SOCI throws (failure.h makes sense of it).
#pragma once

#include "storage/sql/statement.h"
#include "storage/sql/url.h"

#include <memory>
#include <mutex>
#include <optional>
#include <soci/soci.h>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gatehouse::sql {

/// What all connections to one database share.
struct Shared {
    explicit Shared(Target t) : target(std::move(t)) {}

    const Target target;
    /// SQLite has one writer; ours wait here in a queue, not in its polling. Held for one transaction.
    std::timed_mutex writer;
};

class Connection {
  public:
    explicit Connection(Shared& shared) : shared_(shared) {}
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void open();
    void close() noexcept;
    [[nodiscard]] bool is_open() const noexcept { return session_ != nullptr; }
    /// Open as far as we knew, but the server has gone.
    [[nodiscard]] bool is_lost() const noexcept;

    template <class P, class C, class... Args> std::vector<C> rows(const Query<P, C>& query, const Args&... args) {
        return run(query, [&](Statement<P, C>& statement) { return statement.rows(args...); });
    }
    template <class P, class C, class... Args> std::optional<C> row(const Query<P, C>& query, const Args&... args) {
        auto all = rows(query, args...);
        return all.empty() ? std::nullopt : std::optional<C>(std::move(all.front()));
    }
    template <class P, class... Args> std::size_t change(const Query<P, Out<>>& query, const Args&... args) {
        return run(query, [&](Statement<P, Out<>>& statement) { return statement.change(args...); });
    }

    /// Runs `work` and commits. If it throws, call settle().
    template <class Work> auto transaction(const Work& work) {
        const auto turn = writer_turn();
        begin();
        auto result = work();
        commit();
        return result;
    }
    /// Runs `work`, which is one statement that writes and may be repeated.
    template <class Work> auto write(const Work& work) {
        const auto turn = writer_turn();
        return work();
    }

    void begin();
    void commit();
    /// After an exception: rolls back and forgets the statements that failed. Nothing is thrown.
    void settle() noexcept;
    /// Whether what was written last may not be durable, or may or may not have happened.
    [[nodiscard]] bool in_doubt() const noexcept { return unreplicated_ || (committing_ && is_lost()); }

    /// A script of several statements without parameters.
    void script(const std::string& text);
    [[nodiscard]] soci::session& session() { return *session_; }
    [[nodiscard]] const Target& target() const noexcept { return shared_.target; }
    /// Set by the library's notice callback.
    void note_unreplicated() noexcept { unreplicated_ = true; }

  private:
    template <class P, class C, class Use> auto run(const Query<P, C>& query, const Use& use) {
        auto& slot = statements_[&query];
        try {
            if (!slot) slot = std::make_unique<Statement<P, C>>(*session_, query);
            return use(static_cast<Statement<P, C>&>(*slot));
        } catch (...) {
            // SOCI leaks the parameters of a failed execution when the statement is used again; and it cannot be
            // deallocated before the transaction has ended.
            failed_.push_back(std::move(slot));
            statements_.erase(&query);
            throw;
        }
    }

    void open_postgres();
    void open_sqlite();
    [[nodiscard]] std::unique_lock<std::timed_mutex> writer_turn();

    Shared& shared_;
    std::unique_ptr<soci::session> session_;
    std::unordered_map<const void*, std::unique_ptr<Prepared>> statements_; ///< destroyed before the session, always
    std::vector<std::unique_ptr<Prepared>> failed_;
    bool in_transaction_ = false;
    bool committing_ = false;
    bool unreplicated_ = false;
};

/// Makes the file if there is none, readable by nobody else. Throws if its directory is not there.
void prepare_sqlite_file(const std::string& path);

} // namespace gatehouse::sql
