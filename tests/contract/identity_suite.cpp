// SPDX-License-Identifier: Apache-2.0
#include "identity_suite.h"

#include "databases.h"
#include "storage/admin/migrations.h"
#include "storage/sql/identity_store.h"
#include "tests/memory/identity_store.h"

#include <array>
#include <boost/test/results_collector.hpp>
#include <boost/test/tree/traverse.hpp>
#include <boost/test/tree/visitor.hpp>
#include <fmt/format.h>
#include <iostream>

namespace gatehouse::testing {
namespace {

struct Kind {
    StoreKind kind;
    const char* suite;
};
constexpr std::array<Kind, 3> kinds{{{StoreKind::memory, "identity_memory"},
                                     {StoreKind::sqlite, "identity_sqlite"},
                                     {StoreKind::postgresql, "identity_postgresql"}}};

/// At the end: how many cases each suite has run, one line for each store.
struct Summary : boost::unit_test::test_tree_visitor {
    ~Summary() override {
        boost::unit_test::traverse_test_tree(boost::unit_test::framework::master_test_suite(), *this);
    }

    bool test_suite_start(const boost::unit_test::test_suite& suite) override {
        const auto& results = boost::unit_test::results_collector.results(suite.p_id);
        const auto ran = results.p_test_cases_passed + results.p_test_cases_failed;
        const bool is_master = suite.p_parent_id == boost::unit_test::INV_TEST_UNIT_ID;
        if (ran > 0 && !is_master) std::cout << suite.p_name.get() << ": " << ran << " cases\n";
        return is_master; // no deeper than its children
    }
};
BOOST_TEST_GLOBAL_FIXTURE(Summary);

/// The database that the cases share, emptied before each.
const std::string& postgres_url() {
    static const std::string url = [] {
        auto made = PostgresServer::shared().create_database();
        Migrator(made, Database::identity).up();
        return made;
    }();
    return url;
}

} // namespace

struct Identity::Holder {
    std::optional<TemporaryDirectory> directory;
    std::unique_ptr<MemoryIdentityStore> memory;
    std::unique_ptr<SqlIdentityStore> sql;
};

Identity::Identity(StoreKind kind) : kind_(kind), holder_(std::make_unique<Holder>()) {
    if (kind == StoreKind::memory) {
        holder_->memory = std::make_unique<MemoryIdentityStore>();
        sessions_ = holder_->memory.get();
        users_ = holder_->memory.get();
        feed_ = holder_->memory.get();
        takeover_ = holder_->memory.get();
        one_time_ = holder_->memory.get();
        mail_ = holder_->memory.get();
        return;
    }
    if (kind == StoreKind::sqlite) {
        holder_->directory.emplace();
        url_ = "sqlite:" + (holder_->directory->path() / "identity.db").string();
        Migrator(url_, Database::identity).up();
    } else {
        url_ = postgres_url();
        by_hand("TRUNCATE users, changes, nodes, legacy_tokens, strategies, mail CASCADE");
    }
    holder_->sql = std::make_unique<SqlIdentityStore>(SqlOptions{.url = url_,
                                                                 .connections = 4,
                                                                 .queue = 256,
                                                                 .other_names = true,
                                                                 .connect_timeout = Millis{5000},
                                                                 .statement_timeout = Millis{5000}});
    sessions_ = holder_->sql.get();
    users_ = holder_->sql.get();
    feed_ = holder_->sql.get();
    takeover_ = holder_->sql.get();
    one_time_ = holder_->sql.get();
    mail_ = holder_->sql.get();
}

Identity::~Identity() {
    if (holder_->sql) holder_->sql->stop(Millis{5000});
}

Deadline Identity::soon() {
    return deadline_in(Millis{20'000});
}

Instant Identity::now() {
    static const Instant start = wall_now();
    return start;
}

std::string Identity::by_hand(const std::string& sql) {
    if (kind_ == StoreKind::sqlite) return sqlite_query(url_.substr(std::string("sqlite:").size()), sql);
    return postgres_query(url_, "SET search_path = gatehouse; " + sql);
}

std::string Identity::last_failure() const {
    return holder_->sql ? holder_->sql->last_failure() : "";
}

std::string new_uuid() {
    static unsigned counter = 0;
    return fmt::format("00000000-0000-4000-8000-{:012x}", ++counter);
}

std::string new_session_id() {
    static unsigned counter = 0;
    return fmt::format("{:0>43}", ++counter);
}

Account Identity::add_user(const std::string& name) {
    const NewAccount account{new_uuid(), name + "@example.org", "hash of " + name, "user", true, now()};
    need(users().create(account, soon()));
    return need(users().find(account.id, soon())).value();
}

NewSession Identity::session_of(const Account& user, const std::string& context) {
    Session session{{context, new_session_id()},   new_uuid(), user.id, now(), now(),
                    now() + std::chrono::hours{1}, false};
    return {session, {"192.0.2.7", "Mozilla/5.0"}, user.generation, 0};
}

Session Identity::log_in(const Account& user, const std::string& context) {
    const auto session = session_of(user, context);
    BOOST_REQUIRE(need(sessions().insert(session, soon())).accepted);
    return session.session;
}

IdentityCase::IdentityCase(const char* name, Body body, const char* file, std::size_t line, bool sql_only) {
    namespace bt = boost::unit_test;
    for (const auto& kind : kinds) {
        if (sql_only && kind.kind == StoreKind::memory) continue;
        const auto run = [&kind, body] {
            Identity identity(kind.kind);
            body(identity);
        };
        // What BOOST_AUTO_TEST_SUITE and BOOST_AUTO_TEST_CASE are made of; a suite of a known name is continued.
        bt::ut_detail::auto_test_unit_registrar(kind.suite, file, line, bt::decorator::collector_t::instance());
        bt::ut_detail::auto_test_unit_registrar(bt::make_test_case(run, name, file, line),
                                                bt::decorator::collector_t::instance());
        bt::ut_detail::auto_test_unit_registrar(1);
    }
}

} // namespace gatehouse::testing
