// SPDX-License-Identifier: Apache-2.0
// Goal: what a person prefers is kept for the person and for all of their sessions, on every store; changes of one
// person at the same time lose nothing; what the application keeps beside it stays; and a database that is away is an
// error, never "nothing chosen".
#include "tests/memory/web_store.h"
#include "databases.h"
#include "identity_suite.h"
#include "storage/admin/migration_files.h"
#include "storage/admin/migrations.h"
#include "storage/sql/web_store.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

using namespace gatehouse;
using namespace gatehouse::testing;

namespace {

const Instant start = Identity::now();

/// An empty web database of one kind.
class Web {
  public:
    explicit Web(StoreKind kind, const std::vector<sql::MigrationFile>* migrations = nullptr) : kind_(kind) {
        if (kind == StoreKind::memory) return;
        if (kind == StoreKind::sqlite) {
            directory_.emplace();
            url_ = "sqlite:" + (directory_->path() / "web.db").string();
        } else {
            url_ = PostgresServer::shared().create_database();
        }
        Migrator(url_, Database::web, Millis{5000}, migrations).up();
        sql_ = std::make_unique<SqlWebStore>(SqlOptions{.url = url_, .connections = 4});
    }
    ~Web() {
        if (sql_) sql_->stop(Millis{5000});
    }
    Web(const Web&) = delete;
    Web& operator=(const Web&) = delete;

    /// After a start with older migrations.
    void bring_up() { Migrator(url_, Database::web).up(); }

    WebStore& store() { return sql_ ? static_cast<WebStore&>(*sql_) : memory_; }
    [[nodiscard]] bool is_sql() const { return kind_ != StoreKind::memory; }

    template <class T> T need(boost::asio::awaitable<Result<T>> work) {
        auto result = loop.wait(std::move(work));
        BOOST_REQUIRE_MESSAGE(result, result.error().message() << ": " << (sql_ ? sql_->last_failure() : ""));
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }

    Preferences save(const WebSession& session, PreferencesChange change) {
        return need(store().save(session, std::move(change), start, Identity::soon()));
    }
    std::optional<Preferences> find(const std::string& user) { return need(store().find(user, Identity::soon())); }

    /// "theme/language/the application's own" of a session, or empty; past the store.
    std::string session(const std::string& id) {
        if (!is_sql()) {
            const auto* found = memory_.of_session(id);
            return found == nullptr ? "" : found->theme + "/" + found->language + "/" + squeezed(found->free);
        }
        return squeezed(by_hand("SELECT coalesce(theme, '') || '/' || coalesce(language, '') || '/' || preferences"
                                " FROM web_sessions WHERE id = '" +
                                id + "'"));
    }
    std::string by_hand(const std::string& sql) {
        if (kind_ == StoreKind::sqlite) return sqlite_query(url_.substr(std::string("sqlite:").size()), sql);
        return postgres_query(url_, "SET search_path = gatehouse; " + sql);
    }

    /// PostgreSQL puts spaces into JSON.
    static std::string squeezed(std::string text) {
        std::erase(text, ' ');
        return text;
    }

    Loop loop;

  private:
    StoreKind kind_;
    std::optional<TemporaryDirectory> directory_;
    std::string url_;
    MemoryWebStore memory_;
    std::unique_ptr<SqlWebStore> sql_;
};

WebSession session_of(const std::string& user, Instant end = start + std::chrono::hours{1}) {
    return {new_session_id(), user, end};
}

const PreferencesChange dark{.theme = "dark", .language = {}, .free = {}};

void on_every_store(void (*body)(Web&)) {
    for (const auto kind : {StoreKind::memory, StoreKind::sqlite, StoreKind::postgresql}) {
        BOOST_TEST_CONTEXT("store " << static_cast<int>(kind)) {
            Web web(kind);
            body(web);
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(web_stores)

BOOST_AUTO_TEST_CASE(who_has_chosen_nothing_has_nothing) {
    on_every_store([](Web& web) {
        BOOST_TEST(!web.find(new_uuid()).has_value());
        BOOST_TEST(!web.find("nobody").has_value());
        const auto session = session_of(new_uuid());
        BOOST_TEST(!web.need(web.store().begin(session, start, Identity::soon())).has_value());
        BOOST_TEST(web.session(session.id) == "");
        web.need(web.store().ping(Identity::soon()));
    });
}

BOOST_AUTO_TEST_CASE(what_is_not_changed_stays) {
    on_every_store([](Web& web) {
        const auto user = new_uuid();
        const auto session = session_of(user);
        auto now = web.save(session, dark);
        BOOST_TEST((now == Preferences{"dark", "", "{}"}));
        now = web.save(session, {.theme = {}, .language = "uk", .free = R"({"rows":50,"columns":["a","b"]})"});
        BOOST_TEST(now.theme == "dark");
        BOOST_TEST(now.language == "uk");
        now = web.save(session, {.theme = "", .language = {}, .free = {}});
        BOOST_TEST(now.theme == "");
        BOOST_TEST(now.language == "uk");
        const auto found = web.find(user);
        BOOST_REQUIRE(found.has_value());
        BOOST_TEST(found->theme == "");
        BOOST_TEST(found->language == "uk");
        BOOST_TEST(boost::json::parse(found->free) == boost::json::parse(R"({"rows":50,"columns":["a","b"]})"));
        BOOST_TEST(!web.find(new_uuid()).has_value(), "and nobody else has it");
    });
}

BOOST_AUTO_TEST_CASE(the_applications_own_is_replaced_as_a_whole) {
    on_every_store([](Web& web) {
        const auto session = session_of(new_uuid());
        web.save(session, {.theme = {}, .language = {}, .free = R"({"a":{"x":1,"y":null},"b":"'\"\\é"})"});
        BOOST_TEST(boost::json::parse(web.find(session.user_id)->free) ==
                   boost::json::parse(R"({"a":{"x":1,"y":null},"b":"'\"\\é"})"));
        web.save(session, {.theme = {}, .language = {}, .free = R"({"a":{"z":2}})"});
        BOOST_TEST(boost::json::parse(web.find(session.user_id)->free) == boost::json::parse(R"({"a":{"z":2}})"));
    });
}

BOOST_AUTO_TEST_CASE(all_sessions_of_the_person_have_it_and_new_ones_begin_with_it) {
    on_every_store([](Web& web) {
        const auto user = new_uuid();
        const auto first = session_of(user);
        const auto second = session_of(user);
        const auto later = session_of(user);
        const auto other = session_of(new_uuid());
        web.save(first, dark);
        web.save(other, {.theme = "light", .language = "ru", .free = {}});
        const auto begun = web.need(web.store().begin(second, start, Identity::soon()));
        BOOST_TEST((begun == Preferences{"dark", "", "{}"}));
        BOOST_TEST(web.session(second.id) == "dark//{}");
        web.save(second, {.theme = {}, .language = "en", .free = R"({"n":1})"});
        for (const auto& id : {first.id, second.id})
            BOOST_TEST(web.session(id) == R"(dark/en/{"n":1})");
        BOOST_TEST(web.need(web.store().begin(later, start, Identity::soon())).has_value());
        BOOST_TEST(web.session(later.id) == R"(dark/en/{"n":1})");
        BOOST_TEST(web.session(other.id) == "light/ru/{}");
        // The same session again changes nothing.
        BOOST_TEST(web.need(web.store().begin(later, start, Identity::soon())).has_value());
        BOOST_TEST(web.session(later.id) == R"(dark/en/{"n":1})");
    });
}

BOOST_AUTO_TEST_CASE(changes_at_the_same_time_lose_nothing) {
    on_every_store([](Web& web) {
        for (int round = 0; round < 5; ++round) {
            const auto user = new_uuid();
            std::vector<boost::asio::awaitable<Result<Preferences>>> all;
            for (int i = 0; i < 3; ++i) {
                all.push_back(web.store().save(session_of(user), dark, start, Identity::soon()));
                all.push_back(web.store().save(session_of(user), {.theme = {}, .language = "ru", .free = {}}, start,
                                               Identity::soon()));
                all.push_back(web.store().save(session_of(user), {.theme = {}, .language = {}, .free = R"({"n":1})"},
                                               start, Identity::soon()));
            }
            for (const auto& saved : web.loop.wait_all(std::move(all)))
                BOOST_REQUIRE(saved.has_value());
            const auto found = web.find(user);
            BOOST_REQUIRE(found.has_value());
            BOOST_TEST(found->theme == "dark");
            BOOST_TEST(found->language == "ru");
            BOOST_TEST(Web::squeezed(found->free) == R"({"n":1})");
        }
    });
}

BOOST_AUTO_TEST_CASE(only_sessions_that_are_over_are_purged) {
    on_every_store([](Web& web) {
        const auto user = new_uuid();
        std::vector<WebSession> over;
        for (int i = 0; i < 3; ++i)
            over.push_back(session_of(user, start - std::chrono::hours{i + 1}));
        const auto live = session_of(user);
        for (const auto& one : over)
            web.save(one, dark);
        web.save(live, dark);
        BOOST_TEST(web.need(web.store().purge(start, 2, Identity::soon())) == 2U);
        BOOST_TEST(web.need(web.store().purge(start, 2, Identity::soon())) == 1U);
        BOOST_TEST(web.need(web.store().purge(start, 2, Identity::soon())) == 0U);
        for (const auto& one : over)
            BOOST_TEST(web.session(one.id) == "");
        BOOST_TEST(web.session(live.id) == "dark//{}");
        BOOST_TEST(web.find(user)->theme == "dark", "the person goes on having it");
    });
}

BOOST_AUTO_TEST_CASE(of_a_person_who_is_no_more_nothing_is_kept) {
    on_every_store([](Web& web) {
        const auto session = session_of(new_uuid());
        const auto other = session_of(new_uuid());
        web.save(session, dark);
        web.save(other, dark);
        web.need(web.store().forget(session.user_id, Identity::soon()));
        BOOST_TEST(!web.find(session.user_id).has_value());
        BOOST_TEST(web.session(session.id) == "");
        BOOST_TEST(web.find(other.user_id)->theme == "dark");
        BOOST_TEST(web.session(other.id) == "dark//{}");
        web.need(web.store().forget(session.user_id, Identity::soon())); // again
        web.need(web.store().forget("nobody", Identity::soon()));
    });
}

BOOST_AUTO_TEST_CASE(what_the_application_keeps_of_the_person_stays) {
    for (const auto kind : {StoreKind::sqlite, StoreKind::postgresql}) {
        Web web(kind);
        const auto user = new_uuid();
        const auto insert = [&](std::string_view id, std::string_view data) {
            web.by_hand(fmt::format("INSERT INTO web_user_cache (user_id, data, updated_at) VALUES ('{}', '{}', {})",
                                    id, data, kind == StoreKind::sqlite ? "0" : "now()"));
        };
        insert(user, R"({"cart":[1,2],"theme":"light"})");
        BOOST_TEST(web.find(user)->theme == "light");
        web.save(session_of(user), dark);
        const auto data = boost::json::parse(web.by_hand("SELECT data FROM web_user_cache"));
        BOOST_TEST(data.at("cart") == boost::json::parse("[1,2]"));
        BOOST_TEST(data.at("theme") == "dark");
        // Whatever stands there, it is no reason to fail.
        for (const auto* odd : {"[1]", "7", "null", R"({"theme":7,"language":[1],"preferences":"no"})"}) {
            const auto other = new_uuid();
            insert(other, odd);
            if (const auto found = web.find(other)) BOOST_TEST(found->free == "{}", odd);
            web.save(session_of(other), dark);
            BOOST_TEST(web.find(other)->theme == "dark", odd);
        }
    }
}

BOOST_AUTO_TEST_CASE(who_empties_the_cache_empties_a_cache) {
    for (const auto kind : {StoreKind::sqlite, StoreKind::postgresql}) {
        Web web(kind);
        const auto user = new_uuid();
        web.save(session_of(user), {.theme = "dark", .language = "uk", .free = R"({"a":1})"});
        web.by_hand("DELETE FROM web_user_cache");
        BOOST_REQUIRE(web.find(user).has_value());
        BOOST_TEST(web.find(user)->theme == "dark");
        web.by_hand(fmt::format("INSERT INTO web_user_cache (user_id, data, updated_at) VALUES ('{}', '{}', {})", user,
                                R"({"cart":[1]})", kind == StoreKind::sqlite ? "0" : "now()"));
        web.by_hand(R"(UPDATE web_user_cache SET data = '{"cart":[2]}')");
        BOOST_TEST(web.find(user)->theme == "dark");
        BOOST_TEST(web.find(user)->language == "uk");
        BOOST_TEST(Web::squeezed(web.find(user)->free) == R"({"a":1})");
    }
}

/// Its statements, which know nothing of user_preferences: it reads and writes three keys of web_user_cache.
BOOST_AUTO_TEST_CASE(a_gateway_of_the_version_before_works_beside) {
    for (const auto kind : {StoreKind::sqlite, StoreKind::postgresql}) {
        Web web(kind);
        const bool sqlite = kind == StoreKind::sqlite;
        const auto read = [&](const std::string& user) {
            return Web::squeezed(
                web.by_hand(fmt::format("SELECT coalesce(data ->> 'theme', '') || '/' || coalesce(data ->> 'language',"
                                        " '') || '/' || coalesce(CAST(data -> 'preferences' AS text), '')"
                                        " FROM web_user_cache WHERE user_id = '{}'",
                                        user)));
        };
        const auto write = [&](const std::string& user, std::string_view theme, std::string_view language) {
            web.by_hand(fmt::format("INSERT INTO web_user_cache (user_id, data, updated_at) VALUES ('{}', '{{}}', {})"
                                    " ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at",
                                    user, sqlite ? "1" : "now()"));
            web.by_hand(fmt::format(
                fmt::runtime(
                    sqlite
                        ? "UPDATE web_user_cache SET data = json_set(data, '$.theme', nullif('{}', ''), '$.language',"
                          " nullif('{}', ''), '$.preferences', json('{{}}')) WHERE user_id = '{}'"
                        : "UPDATE web_user_cache SET data = data || jsonb_build_object('theme', nullif('{}', ''), "
                          "'language',"
                          " nullif('{}', ''), 'preferences', CAST('{{}}' AS jsonb)) WHERE user_id = '{}'"),
                theme, language, user));
        };
        const auto user = new_uuid();
        write(user, "dark", "");
        BOOST_REQUIRE(web.find(user).has_value());
        BOOST_TEST((*web.find(user) == Preferences{"dark", "", "{}"}));
        web.save(session_of(user), {.theme = {}, .language = "uk", .free = {}});
        BOOST_TEST(read(user) == "dark/uk/{}");
        write(user, "", "uk");
        BOOST_TEST((*web.find(user) == Preferences{"", "uk", "{}"}));
        const auto other = new_uuid();
        web.save(session_of(other), dark);
        BOOST_TEST(read(other) == "dark//{}");
    }
}

BOOST_AUTO_TEST_CASE(what_was_chosen_before_the_table_came_is_moved) {
    std::vector<sql::MigrationFile> before;
    for (const auto& file : sql::embedded_migrations()) {
        if (file.database == Database::web && file.version == 1) before.push_back(file);
    }
    for (const auto kind : {StoreKind::sqlite, StoreKind::postgresql}) {
        Web web(kind, &before);
        const auto user = new_uuid();
        for (const auto& [id, data] : std::vector<std::pair<std::string, std::string>>{
                 {user, R"({"theme":"dark","language":"uk","preferences":{"a":1},"cart":[1]})"},
                 {new_uuid(), R"({"cart":[2]})"},
                 {new_uuid(), "[1]"}})
            web.by_hand(fmt::format("INSERT INTO web_user_cache (user_id, data, updated_at) VALUES ('{}', '{}', {})",
                                    id, data, kind == StoreKind::sqlite ? "7" : "now()"));
        web.bring_up();
        BOOST_REQUIRE(web.find(user).has_value());
        BOOST_TEST(web.find(user)->theme + "/" + web.find(user)->language + "/" + Web::squeezed(web.find(user)->free) ==
                   R"(dark/uk/{"a":1})");
        BOOST_TEST(web.by_hand("SELECT count(*) FROM user_preferences") == "1");
    }
}

BOOST_AUTO_TEST_CASE(what_is_nobodys_or_no_json_is_refused_and_nothing_is_written) {
    on_every_store([](Web& web) {
        const auto refused = web.loop.wait(web.store().save(session_of("nobody"), dark, start, Identity::soon()));
        BOOST_TEST((refused.error() == StoreError::refused));
        if (!web.is_sql()) return;
        const auto session = session_of(new_uuid());
        web.save(session, dark);
        const auto broken = web.loop.wait(
            web.store().save(session, {.theme = "light", .language = {}, .free = "{"}, start, Identity::soon()));
        BOOST_TEST(broken.has_error());
        BOOST_TEST(web.find(session.user_id)->theme == "dark");
        BOOST_TEST(web.session(session.id) == "dark//{}");
    });
}

BOOST_AUTO_TEST_CASE(preferences_are_bounded_by_what_is_stored_of_them) {
    const auto array_of = [](std::string_view item, std::size_t bytes) {
        std::string text = "{\"n\":[" + std::string(item);
        while (text.size() + item.size() + 3 <= bytes)
            text.append(",").append(item);
        return text + "]}";
    };
    for (const auto kind : {StoreKind::sqlite, StoreKind::postgresql}) {
        Web web(kind);
        const auto session = session_of(new_uuid());
        web.save(session, {.theme = {}, .language = {}, .free = array_of("1", 4096)}); // PostgreSQL puts blanks in
        const auto before = web.find(session.user_id);
        // Few bytes, and thousands of digits where the database writes numbers out.
        for (const auto* number : {"1E308", "1E-308", "-1E300"}) {
            const auto text = array_of(number, 4000);
            const auto saved = web.loop.wait(
                web.store().save(session, {.theme = "dark", .language = {}, .free = text}, start, Identity::soon()));
            if (kind == StoreKind::sqlite) continue; // keeps the text as it is
            BOOST_TEST((saved.has_error() && saved.error() == StoreError::refused), number);
            BOOST_TEST((web.find(session.user_id) == before), number);
        }
        const auto stored = std::stoull(web.by_hand("SELECT length(CAST(preferences AS text)) FROM user_preferences"));
        BOOST_TEST(stored <= max_stored_preferences + 100);
    }
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_an_error) {
    SqlWebStore nowhere(SqlOptions{.url = "postgresql://x@127.0.0.1:1/web", .connections = 1});
    Loop loop;
    BOOST_TEST((loop.wait(nowhere.find(new_uuid(), Identity::soon())).error() == StoreError::unavailable));
    BOOST_TEST((loop.wait(nowhere.ping(Identity::soon())).error() == StoreError::unavailable));
    BOOST_TEST(!nowhere.last_failure().empty());
    BOOST_TEST(nowhere.stop(Millis{5000}));
}

BOOST_AUTO_TEST_SUITE_END()
