// SPDX-License-Identifier: Apache-2.0
#include "gateway/health/schema_guard.h"

#include "gateway/log/log.h"
#include "gateway/stores/databases.h"
#include "storage/admin/pre_migration_backup.h"
#include "storage/admin/split_mark.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <stdexcept>

namespace gatehouse {
namespace {

namespace asio = boost::asio;

/// A database that works answers in a few milliseconds. One that hangs delays the start by no more than this.
constexpr Millis first_patience{500};
constexpr Millis between_questions{1000};

} // namespace

/// The result of a check.
struct SchemaGuard::Answer {
    std::optional<std::string> misfit;
    bool too_old = false; ///< migrations would correct it
    std::string trouble;  ///< why a database did not answer; empty: all did
};

/// Everything that a thread needs for a check. Shared, because a stuck thread may outlive the guard.
struct SchemaGuard::Question {
    std::vector<NamedDatabase> databases;
    Addresses addresses;
    Millis connect_timeout;
    bool migrate = false;

    /// Changes nothing. A database that does not answer does not prevent the check of the others.
    [[nodiscard]] Answer look() const {
        Answer answer;
        try {
            answer.misfit = split_refusal(addresses, connect_timeout);
        } catch (const std::runtime_error& error) {
            answer.trouble = error.what();
        }
        if (answer.misfit) return answer;
        for (const auto& [name, url, kind] : databases) {
            try {
                const auto state = check_schema(url, kind, connect_timeout);
                if (state.serves() || (answer.misfit && !answer.too_old)) continue;
                answer.misfit = state.message;
                answer.too_old = state.kind == SchemaState::Kind::too_old;
            } catch (const std::runtime_error& error) {
                answer.trouble = error.what();
            }
        }
        return answer;
    }

    void bring_up_to_date() const {
        for (const auto& [name, url, kind] : databases) {
            if (const auto backup = back_up_before_migrating(url, kind, connect_timeout)) {
                const auto path = backup->path.string();
                log::info("backup", {{"path", std::string_view(path)}});
            }
            for (const auto& migration : Migrator(url, kind, connect_timeout).up()) {
                log::info("migrated",
                          {{"database", std::string_view(name)}, {"migration", std::string_view(migration)}});
            }
        }
    }

    /// Marks the one database, so that a later start without the split databases is warned. If the one database is away
    /// or no longer ours, the gateway serves all the same.
    [[nodiscard]] Answer note_split() const {
        try {
            mark_split(addresses, connect_timeout);
        } catch (const std::runtime_error& error) {
            log::warning("split_not_noted", {{"message", std::string_view(error.what())}});
        }
        return {};
    }

    /// Checks, and migrates where that helps; may take long.
    [[nodiscard]] Answer look_and_mend() const {
        auto answer = look();
        if (!answer.too_old || !migrate) return answer;
        try {
            bring_up_to_date();
        } catch (const std::runtime_error& error) {
            auto after = look();
            if (after.misfit) after.misfit = error.what();
            return after;
        }
        return look();
    }
};

SchemaGuard::SchemaGuard(const Config& config)
    : question_(std::make_shared<const Question>(Question{databases_of(config),
                                                          {config.main_url, config.identity_url, config.web_url},
                                                          config.database_connect_timeout,
                                                          config.migrate_on_start})),
      pool_({.name = "schema", .threads = 1, .queue = 1}) {}

/// `how` runs on the thread. If the deadline passes without an answer, Answer::trouble says so.
asio::awaitable<SchemaGuard::Answer> SchemaGuard::ask(Answer (Question::*how)() const, Deadline deadline) {
    const auto work = [question = question_, how]() -> Result<Answer> {
        try {
            return ((*question).*how)();
        } catch (const std::runtime_error& error) {
            return Answer{std::nullopt, false, error.what()};
        }
    };
    auto answer = co_await pool_.run(work, deadline);
    if (answer) co_return std::move(*answer);
    co_return Answer{std::nullopt, false, "no answer in time"};
}

asio::awaitable<SchemaGuard::Answer> SchemaGuard::first_question() {
    auto answer = co_await ask(&Question::look, deadline_in(first_patience));
    // The database answers, so it may take the time that migrations need: before them nobody can be served.
    if (answer.too_old && question_->migrate) answer = co_await ask(&Question::look_and_mend, Deadline::max());
    co_return answer;
}

std::optional<std::string> SchemaGuard::check_now(asio::io_context& loop) {
    std::optional<Answer> answer;
    asio::co_spawn(loop, first_question(), [&answer](const std::exception_ptr& error, Answer found) {
        if (error) std::rethrow_exception(error);
        answer = std::move(found);
    });
    while (!answer)
        loop.run_one();
    loop.restart();
    answered_ = answer->trouble.empty();
    if (!answered_) {
        log::warning("schema_unknown",
                     {{"message", std::string_view(answer->trouble)},
                      {"hint", "serving what other stores can answer; the schema is checked when it can be"}});
    }
    return answer->misfit;
}

void SchemaGuard::keep_checking(asio::any_io_executor executor, std::function<void(const std::string&)> misfit) {
    asio::co_spawn(executor, answered_ ? note_split() : keep_asking(std::move(misfit)), asio::detached);
}

asio::awaitable<void> SchemaGuard::note_split() {
    co_await ask(&Question::note_split, deadline_in(question_->connect_timeout * 4));
}

asio::awaitable<void> SchemaGuard::keep_asking(std::function<void(const std::string&)> misfit) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        const auto answer = co_await ask(&Question::look_and_mend, deadline_in(question_->connect_timeout * 4));
        if (answer.misfit) {
            misfit(*answer.misfit);
            co_return;
        }
        if (answer.trouble.empty()) {
            log::info("schema_known");
            co_await note_split();
            co_return;
        }
        timer.expires_after(between_questions);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace gatehouse
