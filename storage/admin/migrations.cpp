// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/migrations.h"

#include "storage/admin/contents.h"
#include "storage/admin/history.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <stdexcept>

namespace gatehouse {
namespace {

/// How long one runner waits for another.
constexpr Millis lock_patience{60'000};

std::string number_and_name(const Migration& m) {
    return fmt::format("{:04}_{}", m.version, m.name);
}

/// The names of the migrations in `state`, separated by commas.
std::string names(const std::vector<Migration>& all, Migration::State state) {
    std::string text;
    for (const auto& one : all) {
        if (one.state == state) text += (text.empty() ? "" : ", ") + number_and_name(one);
    }
    return text;
}

std::vector<Migration> merge(const std::vector<const sql::MigrationFile*>& files,
                             const std::vector<sql::History::Entry>& history) {
    std::map<int, Migration> all;
    for (const auto* file : files) {
        all[file->version] = {file->version, file->name, Migration::State::pending, {}, sql::min_binary(*file)};
    }
    for (const auto& entry : history) {
        const auto ours = std::ranges::find(files, entry.version, &sql::MigrationFile::version);
        auto state = Migration::State::unknown;
        if (ours != files.end()) {
            state = checksum(**ours) == entry.checksum ? Migration::State::applied : Migration::State::drifted;
        }
        all[entry.version] = {entry.version, entry.name, state, entry.applied_at, entry.min_binary};
    }
    std::vector<Migration> merged;
    for (auto& [version, one] : all)
        merged.push_back(std::move(one));
    return merged;
}

} // namespace

std::string_view to_string(Database database) noexcept {
    return database == Database::identity ? "identity" : "web";
}

std::string_view to_string(Migration::State state) noexcept {
    switch (state) {
    case Migration::State::applied: return "applied";
    case Migration::State::pending: return "pending";
    case Migration::State::drifted: return "drifted";
    case Migration::State::unknown: return "unknown";
    }
    return "?";
}

/// The error of a database that cannot be used, with the text for the operator.
class UnusableDatabase : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct Migrator::Impl {
    Impl(sql::Target target, Database d, const std::vector<sql::MigrationFile>& all)
        : database(d), shared(std::move(target)) {
        for (const auto& file : all) {
            if (file.backend == shared.target.backend && file.database == database) files.push_back(&file);
        }
    }

    /// Runs `work` and turns its exception into a message for the operator.
    template <class Work> auto attempt(std::string_view what, const Work& work) {
        try {
            return work();
        } catch (const sql::Unusable& error) {
            throw UnusableDatabase(fmt::format("{}: {}", subject(), error.what()));
        } catch (...) {
            const auto failure = sql::describe(std::current_exception());
            throw std::runtime_error(
                fmt::format("{}: {}: {}", subject(), what, sql::without_secret(failure.text, shared.target)));
        }
    }

    [[nodiscard]] std::string subject() const {
        return fmt::format("{} database {}", to_string(database), shared.target.shown);
    }

    /// Whether there is a database to read: reading must not create a file.
    [[nodiscard]] bool is_there() const {
        return shared.target.backend == sql::Backend::postgresql || std::filesystem::exists(shared.target.connect);
    }

    /// Runs before the file is opened for writing, because opening would change the file's journal mode.
    void refuse_foreign_file() const {
        if (shared.target.backend == sql::Backend::postgresql || !is_there()) return;
        sql::TextConnection file(shared.target, sql::TextConnection::Mode::read_only);
        if (sql::belongs_to_others(file)) {
            throw sql::Unusable("the file holds tables of another application and was left alone; give Gatehouse a "
                                "file of its own (sqlite:PATH)");
        }
    }

    std::vector<sql::History::Entry> history() {
        if (!is_there()) return {};
        return attempt("cannot be read", [&] {
            refuse_foreign_file();
            sql::Connection connection(shared);
            connection.open();
            return sql::History(connection, database).read();
        });
    }

    void apply(sql::Connection& connection, const sql::MigrationFile& file, std::vector<std::string>& applied);

    Database database;
    sql::Shared shared;
    std::vector<const sql::MigrationFile*> files; ///< in order of version
};

void Migrator::Impl::apply(sql::Connection& connection, const sql::MigrationFile& file,
                           std::vector<std::string>& applied) {
    sql::History history(connection, database);
    const bool ran = connection.transaction([&] {
        history.lock();
        // Read under the lock, because another runner may have finished meanwhile.
        const auto all = merge(files, history.read());
        if (const auto drifted = names(all, Migration::State::drifted); !drifted.empty()) {
            throw std::runtime_error(drifted +
                                     " was applied with another text than this binary has; nothing was changed");
        }
        const auto self = std::ranges::find(all, file.version, &Migration::version);
        if (self->state == Migration::State::applied) return false;
        if (const auto newer = names(all, Migration::State::unknown); !newer.empty()) {
            throw std::runtime_error(newer + " came from a newer binary; use that one");
        }
        connection.script(sql::without_comments(file.text));
        history.record(file, wall_now());
        return true;
    });
    if (ran) applied.push_back(fmt::format("{:04}_{}", file.version, file.name));
}

Migrator::Migrator(const std::string& url, Database database, Millis connect_timeout,
                   const std::vector<sql::MigrationFile>* files) {
    auto target = sql::parse_url(url, connect_timeout);
    target.lock_timeout = lock_patience;
    impl_ = std::make_unique<Impl>(std::move(target), database, files != nullptr ? *files : sql::embedded_migrations());
}

Migrator::~Migrator() = default;

std::vector<Migration> Migrator::status() const {
    return merge(impl_->files, impl_->history());
}

std::vector<std::string> Migrator::up() {
    std::vector<std::string> applied;
    sql::Connection connection(impl_->shared);
    impl_->attempt("cannot be opened", [&] {
        impl_->refuse_foreign_file();
        connection.open();
    });
    for (const auto* file : impl_->files) {
        impl_->attempt(fmt::format("migration {:04}_{} was not applied", file->version, file->name),
                       [&] { impl_->apply(connection, *file, applied); });
    }
    return applied;
}

SchemaState Migrator::verify() const {
    using Kind = SchemaState::Kind;
    std::vector<Migration> all;
    try {
        all = status();
    } catch (const UnusableDatabase& error) {
        return {Kind::unusable, error.what()};
    }
    const int ours = impl_->files.empty() ? 0 : impl_->files.back()->version;
    if (const auto drifted = names(all, Migration::State::drifted); !drifted.empty()) {
        return {Kind::drifted,
                fmt::format("{}: {} was applied with another text than this binary has; use the release that "
                            "applied it",
                            impl_->subject(), drifted)};
    }
    bool newer = false;
    for (const auto& one : all) {
        if (one.state != Migration::State::unknown) continue;
        newer = true;
        if (one.min_binary > ours) {
            return {Kind::too_new,
                    fmt::format("{}: {} came from a newer gatehouse and does not work with this one (schema "
                                "version {}, needed {}); install the newer one",
                                impl_->subject(), number_and_name(one), ours, one.min_binary)};
        }
    }
    if (const auto pending = names(all, Migration::State::pending); !pending.empty()) {
        return {Kind::too_old, fmt::format("{}: {} is pending; run: gatehouse migrate up", impl_->subject(), pending)};
    }
    return newer
               ? SchemaState{Kind::too_new_but_allowed, impl_->subject() + ": newer than this binary, which it allows"}
               : SchemaState{};
}

SchemaState check_schema(const std::string& url, Database database, Millis connect_timeout) {
    return Migrator(url, database, connect_timeout).verify();
}

} // namespace gatehouse
