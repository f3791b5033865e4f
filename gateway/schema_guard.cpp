// SPDX-License-Identifier: Apache-2.0
#include "gateway/schema_guard.h"

#include "gateway/log/log.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

namespace gatehouse {
namespace {

constexpr Millis between_questions{1000};

} // namespace

/// Everything a thread needs to ask; shared, because a stuck thread may outlive the guard.
struct SchemaGuard::Question {
    std::string identity_url;
    std::string web_url;
    Millis connect_timeout;
    bool migrate = false;

    /// What does not fit. Throws std::runtime_error if a database does not answer.
    [[nodiscard]] std::optional<std::string> ask() const {
        for (const auto database : {Database::identity, Database::web}) {
            const auto& url = database == Database::identity ? identity_url : web_url;
            if (migrate) {
                for (const auto& name : Migrator(url, database, connect_timeout).up()) {
                    log::info("migrated", {{"migration", std::string_view(name)}});
                }
            }
            const auto state = check_schema(url, database, connect_timeout);
            if (!state.serves()) return state.message;
        }
        return std::nullopt;
    }
};

SchemaGuard::SchemaGuard(const Config& config)
    : question_(std::make_shared<const Question>(
          Question{config.identity_url, config.web_url, config.database_connect_timeout, config.migrate_on_start})),
      pool_({.name = "schema", .threads = 1, .queue = 1, .nice = 0}) {}

std::optional<std::string> SchemaGuard::check_now() {
    try {
        auto misfit = question_->ask();
        answered_ = true;
        return misfit;
    } catch (const std::runtime_error& error) {
        log::warning("schema_unknown",
                     {{"message", std::string_view(error.what())},
                      {"hint", "serving what other stores can answer; the schema is checked when it can be"}});
        return std::nullopt;
    }
}

void SchemaGuard::keep_checking(boost::asio::any_io_executor executor, std::function<void(const std::string&)> misfit) {
    if (answered_) return;
    auto keep = [](WorkerPool& pool, std::shared_ptr<const Question> question,
                   std::function<void(const std::string&)> report) -> boost::asio::awaitable<void> {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
        for (;;) {
            const auto ask = [question]() -> Result<std::optional<std::string>> {
                try {
                    return question->ask();
                } catch (const std::runtime_error&) {
                    return make_error_code(StoreError::unavailable);
                }
            };
            const auto answer = co_await pool.run(ask, deadline_in(question->connect_timeout * 4));
            if (answer && answer->has_value()) report(**answer);
            if (answer) co_return;
            timer.expires_after(between_questions);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
    };
    boost::asio::co_spawn(executor, keep(pool_, question_, std::move(misfit)), boost::asio::detached);
}

} // namespace gatehouse
