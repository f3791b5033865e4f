// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/backup_parts.h"
#include "storage/admin/conninfo.h"
#include "storage/admin/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <memory>
#include <numeric>
#include <sodium.h>
#include <stdexcept>
#include <unistd.h>

namespace gatehouse::sql {
namespace {

/// A scratch database that the destructor drops.
class Scratch {
  public:
    Scratch(TextConnection& server, const std::string& like) : server_(server) {
        name_ = fmt::format("gatehouse_check_{:08x}{:08x}", randombytes_random(), randombytes_random());
        const auto locale = server.rows("SELECT quote_literal(datcollate), quote_literal(datctype)"
                                        " FROM pg_catalog.pg_database WHERE datname = $1",
                                        {like});
        server.rows(fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE {} LC_CTYPE {}",
                                TextConnection::quoted(name_), locale.at(0).at(0).value(), locale.at(0).at(1).value()));
    }
    ~Scratch() {
        try {
            server_.rows(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", TextConnection::quoted(name_)));
        } catch (const TextConnectionError&) {
            // The server has gone: the scratch database remains, and the operator finds it by its name.
        }
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

  private:
    TextConnection& server_;
    std::string name_;
};

void dump(TextConnection& database, const std::string& snapshot, const Passfile& passfile,
          const std::filesystem::path& into) {
    const int fd = ::open(into.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) throw std::runtime_error("cannot open " + into.string());
    const std::shared_ptr<void> closed(nullptr, [fd](void*) { ::close(fd); });
    run({{"pg_dump", "--format=custom", "--no-password", "--snapshot=" + snapshot, "--dbname=" + address_of(database)},
         passfile.path(),
         fd});
}

RowCounts restored(TextConnection& database, const Scratch& scratch, const Passfile& passfile,
                   const std::filesystem::path& from) {
    const auto there = address_of(database, scratch.name());
    run({{"pg_restore", "--no-password", "--exit-on-error", "--no-owner", "--no-privileges", "--no-publications",
          "--no-subscriptions", "--dbname=" + there, from.string()},
         passfile.path()});
    Target target = database.target();
    target.connect = fmt::format("{} passfile='{}'", there, passfile.path().string());
    TextConnection copy(target, TextConnection::Mode::read_only);
    return count_rows(copy);
}

/// The rows that the file would restore, counted by reading the file to its end. A table without rows looks the same as
/// a missing table.
RowCounts read_through(const Passfile& passfile, const std::filesystem::path& from) {
    RowCounts counts;
    std::uint64_t* rows = nullptr;
    const auto on_line = [&](std::string_view line) {
        if (rows != nullptr && line == "\\.")
            rows = nullptr;
        else if (rows != nullptr)
            ++*rows;
        else if (line.starts_with("COPY ") && line.ends_with(" FROM stdin;"))
            rows = &counts[std::string(line.substr(5, line.find(" (") - 5))];
    };
    run({{"pg_restore", "--data-only", "--file=-", from.string()}, passfile.path(), -1, on_line});
    return counts;
}

/// Whether the restore needs an administrator's rights: only administrators create extensions, event triggers and the
/// like.
bool wants_more_rights(const std::string& words) {
    return words.find("permission denied") != std::string::npos || words.find("must be ") != std::string::npos;
}

/// Why the file was not restored into a scratch database; empty if it was.
std::string check(TextConnection& database, const RowCounts& expected, const Passfile& passfile,
                  const std::filesystem::path& file) {
    std::unique_ptr<Scratch> scratch;
    try {
        scratch = std::make_unique<Scratch>(database, database.value("SELECT current_database()"));
    } catch (const TextConnectionError& error) {
        if (error.state() != "42501") throw;
        compare(expected, read_through(passfile, file));
        return "the role may not create a database to restore it into (ALTER ROLE … CREATEDB lets it)";
    }
    RowCounts found;
    try {
        found = restored(database, *scratch, passfile, file);
    } catch (const std::runtime_error& error) {
        if (!wants_more_rights(error.what())) throw;
        compare(expected, read_through(passfile, file));
        return fmt::format("that takes more rights than the role has ({})", error.what());
    }
    compare(expected, found);
    return {};
}

} // namespace

Backup back_up_postgres(const Target& target, const std::filesystem::path& directory) {
    const TidyEnd tidy;
    TextConnection database(target, TextConnection::Mode::read_only);
    const Passfile passfile(PQpass(static_cast<PGconn*>(database.handle())));
    UnfinishedFile file(directory, database.value("SELECT current_database()"), "dump");
    database.rows("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    const auto snapshot = database.value("SELECT pg_export_snapshot()");
    dump(database, snapshot, passfile, file.path());
    const RowCounts expected = count_rows(database);
    database.rows("COMMIT");
    Backup made;
    made.unrestored = check(database, expected, passfile, file.path());
    made.tables = expected.size();
    made.rows = std::accumulate(expected.begin(), expected.end(), std::uint64_t{0},
                                [](std::uint64_t sum, const auto& table) { return sum + table.second; });
    made.path = file.finish();
    return made;
}

} // namespace gatehouse::sql
