// SPDX-License-Identifier: Apache-2.0
// One connection to the database and its prepared statements. Used by one thread at a time. Every call blocks, and
// throws what SOCI throws (failure.h translates those exceptions).
#pragma once

#include "storage/sql/soci.h"
#include "storage/sql/statement.h"
#include "storage/sql/url.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gatehouse::sql {

/// What all connections to one database share.
struct Shared {
    explicit Shared(Target t) : target(std::move(t)) {}

    const Target target;
    /// SQLite allows one writer. Our writers wait here in a queue and not in SQLite's polling. Held for one
    /// transaction.
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
    /// The connection was open, but the server has gone.
    [[nodiscard]] bool is_lost() const noexcept;

    template <class P, class C, class... Args> auto rows(const Query<P, C>& query, const Args&... args) {
        return run(query, [&](Statement<P, C>& statement) { return statement.rows(args...); });
    }
    /// The first row.
    template <class P, class C, class... Args> auto row(const Query<P, C>& query, const Args&... args) {
        auto all = rows(query, args...);
        return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
    }
    /// The only column of the first row.
    template <class P, class T, class... Args>
    std::optional<T> value(const Query<P, Out<T>>& query, const Args&... args) {
        auto all = rows(query, args...);
        return all.empty() ? std::nullopt : std::optional<T>(std::get<0>(std::move(all.front())));
    }
    template <class P, class... Args> std::size_t change(const Query<P, Out<>>& query, const Args&... args) {
        return run(query, [&](Statement<P, Out<>>& statement) { return statement.change(args...); });
    }

    /// Runs `work` and commits. If `work` throws, call settle().
    template <class Work> auto transaction(const Work& work) {
        const auto turn = writer_turn();
        begin();
        auto result = work();
        commit();
        return result;
    }
    /// Runs `work`, which must be one writing statement that may be repeated.
    template <class Work> auto write(const Work& work) {
        const auto turn = writer_turn();
        return work();
    }

    void begin();
    void commit();
    /// After an exception: rolls back and forgets the statements that failed. Throws nothing.
    void settle() noexcept;
    /// Whether the last write may be not durable, or whether its commit is unknown.
    [[nodiscard]] bool in_doubt() const noexcept { return unreplicated_ || (committing_ && is_lost()); }

    /// Runs a script of several statements without parameters.
    void script(const std::string& text);
    [[nodiscard]] soci::session& session() { return *session_; }
    [[nodiscard]] const Target& target() const noexcept { return shared_.target; }
    /// Called by the library's notice callback.
    void note_unreplicated() noexcept { unreplicated_ = true; }

  private:
    template <class P, class C, class Use> auto run(const Query<P, C>& query, const Use& use) {
        auto& slot = statements_[&query];
        try {
            if (!slot) slot = std::make_unique<Statement<P, C>>(*session_, query);
            return use(static_cast<Statement<P, C>&>(*slot));
        } catch (...) {
            // Do not reuse the statement: SOCI leaks the parameters of a failed execution when the statement runs
            // again. The statement cannot be deallocated before the transaction has ended.
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
    std::unordered_map<const void*, std::unique_ptr<Prepared>> statements_; ///< must be destroyed before the session
    std::vector<std::unique_ptr<Prepared>> failed_;
    bool in_transaction_ = false;
    bool committing_ = false;
    bool unreplicated_ = false;
};

/// Creates the file with mode 0600 if it is missing. Throws if its directory is missing.
void prepare_sqlite_file(const std::string& path);

} // namespace gatehouse::sql
