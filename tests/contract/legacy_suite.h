// SPDX-License-Identifier: Apache-2.0
// One suite of cases for every old system that is known, on whatever it has its sessions: a case written once with
// LEGACY_CASE is registered for each of them, as legacy_<system>/…. Their databases are made of tests/legacy, anew for
// each case. Beside the store under test a case has the old application's own way in.
#pragma once

#include "cache_suite.h"
#include "databases.h"
#include "storage/legacy/layout.h"
#include "storage/legacy/legacy_store.h"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::testing {

enum class LegacyBackend { memory, postgresql, sqlite };

struct LegacySystem {
    const char* suite;
    LegacyBackend backend;
    const char* preset;
    const char* fixture; ///< in tests/legacy
};

class LegacyBench {
  public:
    explicit LegacyBench(const LegacySystem& system);
    ~LegacyBench();

    LegacyStore& store() { return *store_; }
    [[nodiscard]] const legacy::Layout& layout() const noexcept { return layout_; }
    [[nodiscard]] bool has_rows() const { return !layout_.sessions_table.empty(); }
    [[nodiscard]] bool has_tokens() const { return !layout_.user_token.empty(); }
    [[nodiscard]] bool has_keys() const { return !layout_.redis_prefix.empty(); }
    [[nodiscard]] bool is_integer() const { return layout_.user_id_kind == legacy::IdKind::integer; }
    [[nodiscard]] bool in_memory() const { return system_.backend == LegacyBackend::memory; }

    // The people of every fixture.
    [[nodiscard]] std::string anna() const { return is_integer() ? "42" : "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"; }
    [[nodiscard]] std::string boris() const { return is_integer() ? "7" : "0b5c6a52-3c1e-4f6e-9d57-5a2f1c0e7b11"; }

    // What the old application does and sees, past the store.
    struct Row {
        Instant created_at = now() - Seconds{7200};
        Instant last_activity = now() - Seconds{60};
        Instant expires_at = now() + Seconds{3600};
        bool revoked = false;
    };
    void put_row(const std::string& token, const std::string& user, const Row& row);
    void put_token(const std::string& user, const std::string& token);
    void put_key(const std::string& token, const std::string& user, Instant expires_at);
    /// A session wherever the old application would make one.
    void put_session(const std::string& token, const std::string& user);
    void remove_session(const std::string& token);
    void put_user(int number);
    void remove_user(const std::string& user);
    /// absent, live, revoked
    std::string row(const std::string& token);
    std::string token_of(const std::string& user);
    bool has_key(const std::string& token);
    std::string hash_of(const std::string& user);
    std::string by_hand(const std::string& sql);

    template <class T> Result<T> wait(boost::asio::awaitable<Result<T>> work) { return loop_->wait(std::move(work)); }
    template <class T> std::vector<Result<T>> wait_all(std::vector<boost::asio::awaitable<Result<T>>> work) {
        return loop_->wait_all(std::move(work));
    }
    /// The value; the case ends here if there is none.
    template <class T> T need(boost::asio::awaitable<Result<T>> work) {
        auto result = wait(std::move(work));
        BOOST_REQUIRE_MESSAGE(result, result.error().message() << ": " << last_failure());
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }
    LegacyAnswer find(const std::string& token, const std::string& context = "web") {
        return need(store().find(token, context, now(), soon()));
    }
    bool is_live(const std::string& token) { return find(token).kind == LegacyAnswer::Kind::live; }
    bool is_absent(const std::string& token) { return find(token).kind == LegacyAnswer::Kind::absent; }
    Result<LegacyDisplaced> write(const std::string& token, const std::string& user,
                                  std::optional<std::string> expected = std::nullopt);
    /// Everything, in parts of about so many.
    std::vector<LegacyPage> read_all(std::size_t limit);

    [[nodiscard]] std::string last_failure() const;
    static Instant now(); ///< a whole second, near the present
    static Deadline soon() { return deadline_in(Millis{20'000}); }

  private:
    struct Holder;
    void put_people();
    std::string moment(Instant at) const;

    const LegacySystem& system_;
    legacy::Layout layout_;
    std::unique_ptr<Holder> holder_;
    LinkLoop* loop_ = nullptr;
    LegacyStore* store_ = nullptr;
};

/// Each with its own letter in a place of its own: no two are alike.
std::string legacy_token(int number);
std::string legacy_fixture(const std::string& name);

class LegacyCase {
  public:
    using Body = void (*)(LegacyBench&);
    LegacyCase(const char* name, Body body, const char* file, std::size_t line);
};

#define LEGACY_CASE(name)                                                                                              \
    void name(gatehouse::testing::LegacyBench& old);                                                                   \
    const gatehouse::testing::LegacyCase name##_case(#name, name, __FILE__, __LINE__);                                 \
    void name(gatehouse::testing::LegacyBench& old)

} // namespace gatehouse::testing
