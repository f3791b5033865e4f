// SPDX-License-Identifier: Apache-2.0
// One suite of cases for every store of sessions and users: memory, SQLite, PostgreSQL. A case written once with
// IDENTITY_CASE is registered three times, as identity_memory/…, identity_sqlite/… and identity_postgresql/…; one with
// SQL_CASE in the last two.
#pragma once

#include "servers.h"
#include "storage/change_feed.h"
#include "storage/legacy/takeover_store.h"
#include "storage/mail_store.h"
#include "storage/one_time_store.h"
#include "storage/session_store.h"
#include "storage/user_store.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::testing {

enum class StoreKind { memory, sqlite, postgresql };

/// Runs coroutines on a loop of its own and waits for them.
class Loop {
  public:
    template <class T> T wait(boost::asio::awaitable<T> one) {
        std::vector<boost::asio::awaitable<T>> all;
        all.push_back(std::move(one));
        return std::move(wait_all(std::move(all)).front());
    }
    /// All at the same time.
    template <class T> std::vector<T> wait_all(std::vector<boost::asio::awaitable<T>> all) {
        std::vector<std::optional<T>> results(all.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            boost::asio::co_spawn(io_, collect(std::move(all[i]), results[i]), [](const std::exception_ptr& error) {
                if (error) std::rethrow_exception(error);
            });
        }
        io_.restart();
        io_.run();
        std::vector<T> values;
        for (auto& result : results)
            values.push_back(std::move(result.value()));
        return values;
    }

  private:
    template <class T>
    static boost::asio::awaitable<void> collect(boost::asio::awaitable<T> work, std::optional<T>& result) {
        result.emplace(co_await std::move(work));
    }

    boost::asio::io_context io_;
};

/// An empty store of one kind, and what cases need to talk to it.
class Identity {
  public:
    explicit Identity(StoreKind kind);
    ~Identity();

    SessionStore& sessions() { return *sessions_; }
    UserStore& users() { return *users_; }
    ChangeFeed& feed() { return *feed_; }
    TakeoverStore& takeover() { return *takeover_; }
    OneTimeStore& one_time() { return *one_time_; }
    MailStore& mail() { return *mail_; }
    [[nodiscard]] StoreKind kind() const noexcept { return kind_; }

    template <class T> Result<T> wait(boost::asio::awaitable<Result<T>> work) { return loop_.wait(std::move(work)); }
    template <class T> std::vector<Result<T>> wait_all(std::vector<boost::asio::awaitable<Result<T>>> work) {
        return loop_.wait_all(std::move(work));
    }
    /// The value; the case ends here if there is none.
    template <class T> T need(boost::asio::awaitable<Result<T>> work) {
        auto result = wait(std::move(work));
        BOOST_REQUIRE_MESSAGE(result, result.error().message() << ": " << last_failure());
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }

    /// Past the store, as an administrator would. SQL only. The first column of the first row.
    std::string by_hand(const std::string& sql);
    /// Of the database. SQL only.
    [[nodiscard]] const std::string& url() const noexcept { return url_; }

    /// In the words of the database.
    [[nodiscard]] std::string last_failure() const;

    /// A new user; its e-mail is made of `name`.
    Account add_user(const std::string& name);
    /// A session of the user that can be inserted.
    NewSession session_of(const Account& user, const std::string& context = "web");
    /// The same, inserted.
    Session log_in(const Account& user, const std::string& context = "web");

    /// Far more than anything takes on an idle machine.
    static Deadline soon();
    /// A moment in the present, that all cases of a program share.
    static Instant now();

  private:
    struct Holder;
    StoreKind kind_;
    Loop loop_;
    std::unique_ptr<Holder> holder_;
    SessionStore* sessions_ = nullptr;
    UserStore* users_ = nullptr;
    ChangeFeed* feed_ = nullptr;
    TakeoverStore* takeover_ = nullptr;
    OneTimeStore* one_time_ = nullptr;
    MailStore* mail_ = nullptr;
    std::string url_;
};

/// Unique in this program: a UUID, a session id.
std::string new_uuid();
std::string new_session_id();

class IdentityCase {
  public:
    using Body = void (*)(Identity&);
    IdentityCase(const char* name, Body body, const char* file, std::size_t line, bool sql_only = false);
};

#define IDENTITY_CASE(name)                                                                                            \
    void name(gatehouse::testing::Identity& identity);                                                                 \
    const gatehouse::testing::IdentityCase name##_case(#name, name, __FILE__, __LINE__);                               \
    void name(gatehouse::testing::Identity& identity)

#define SQL_CASE(name)                                                                                                 \
    void name(gatehouse::testing::Identity& identity);                                                                 \
    const gatehouse::testing::IdentityCase name##_case(#name, name, __FILE__, __LINE__, true);                         \
    void name(gatehouse::testing::Identity& identity)

} // namespace gatehouse::testing
