// SPDX-License-Identifier: Apache-2.0
// `gatehouse migrate copy`: copies the contents of the configuration's databases into another database, of either kind.
#include "storage/admin/copy.h"

#include "gateway/cli/migrate_rows.h"
#include "gateway/cli/service_user.h"
#include "gateway/cli/table.h"
#include "storage/admin/create_database.h"
#include "storage/sql/url.h"

#include <fmt/format.h>
#include <fstream>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

constexpr std::size_t most_names = 5;

struct CopyOptions {
    std::string to;
    std::string to_file;
    bool dry_run = false;
    bool delete_missing = false;
};

std::string target_url(const CopyOptions& options) {
    if (options.to_file.empty()) return options.to;
    const AsRoot root;
    std::ifstream file(options.to_file);
    std::string url;
    if (!std::getline(file, url))
        throw CommandError(EX_NOINPUT, fmt::format("cannot read a URL from {}", options.to_file));
    return url;
}

Place target_of(const CopyOptions& options, Millis connect_timeout) {
    const auto url = target_url(options);
    try {
        const auto target = sql::parse_url(url, connect_timeout);
        if (options.to_file.empty() && !target.secret.empty())
            throw CommandError(EX_USAGE, "--to: everybody on this machine can read a password in an argument. Write "
                                         "the URL into a file with mode 0600 and name that by --to-file");
    } catch (const CommandError&) {
        throw;
    } catch (const std::runtime_error& error) {
        throw CommandError(EX_USAGE,
                           fmt::format("{}: {}", options.to_file.empty() ? "--to" : options.to_file, error.what()));
    }
    return {url, {{"identity", Database::identity}, {"web", Database::web}}};
}

/// The databases that become one. Contexts' own databases stay separate.
std::vector<Place> sources(const Config& config) {
    std::vector<Place> kept;
    for (const Place& place : places(config)) {
        if (place.url == config.identity_url || place.url == config.web_url)
            kept.push_back(place);
        else
            print(fmt::format("{}: stays where it is", place.name()));
    }
    return kept;
}

std::string shown(const Place& place) {
    return sql::parse_url(place.url, Millis{0}).shown;
}

void refuse_itself(const Config& config, const std::vector<Place>& from, const Place& to) {
    for (const Place& place : from) {
        at(to, [&] {
            if (same_database(place.url, to.url, config.database_connect_timeout))
                throw CommandError(EX_USAGE,
                                   fmt::format("{} is the database of the configuration itself: nothing to copy. The "
                                               "configuration names the old one, --to the new one",
                                               shown(to)));
        });
    }
}

/// Requires the right schema in a target that has Gatehouse's tables. The command does not migrate such a target,
/// because somebody created its tables on purpose.
void need_schema_there(const Config& config, const Place& to) {
    try {
        need_schema(config, to);
    } catch (const CommandError& error) {
        throw CommandError(error.exit_code(),
                           fmt::format("{}. This is the database of --to: give that command its address, in "
                                       "DATABASE_URL",
                                       error.what()));
    }
}

void prepare(const Config& config, const Place& to, bool has_tables) {
    at(to, [&] {
        if (!has_tables) bring_up_to_date(config, to);
    });
    need_schema_there(config, to);
    if (at_work(config, {to}) != 0)
        throw CommandError(EX_CONFIG, fmt::format("gateways work on {} already; nothing was changed. Stop them first "
                                                  "(one that was killed counts for a minute)",
                                                  shown(to)));
}

std::string some_of(const std::vector<Stranger>& people) {
    std::string names;
    for (std::size_t i = 0; i < std::min(people.size(), most_names); ++i)
        names += (i == 0 ? "" : ", ") + people[i].name;
    return names + (people.size() > most_names ? " …" : "");
}

/// Handles users whom only the target has: they were deleted in the source since an earlier copy, or belong to another
/// installation.
void settle_strangers(const Config& config, const Place& from, const Place& to, bool may_delete) {
    at(to, [&] {
        const auto people = strangers(from.url, to.url, config.database_connect_timeout);
        if (people.empty()) return;
        if (!may_delete)
            throw CommandError(
                EX_CONFIG,
                fmt::format("{} has {} people whom {} does not know ({}); nothing was changed. If they were deleted "
                            "here after an earlier copy, say --delete-missing: they are deleted there too. Else choose "
                            "an empty database",
                            shown(to), people.size(), shown(from), some_of(people)));
        delete_people(to.url, people, config.database_connect_timeout);
        print(fmt::format("{} people deleted there, as they were here: {}", people.size(), some_of(people)));
    });
}

void say_what_next(const Config& config, const std::vector<Place>& from, const Place& to) {
    if (const auto running = at_work(config, from); running != 0)
        print(
            fmt::format("{} gateways still work on {}. Stop them (systemctl stop gatehouse.socket gatehouse.service), "
                        "and run this once more: it takes only what has changed since",
                        running, shown(from.front())));
    print(fmt::format("Then in the configuration:\n"
                      "    database_url  {}, with its password (and no database_identity_url or database_web_url)\n"
                      "    key_file      {}: the same file as now, or nobody's cookie counts any more",
                      shown(to), config.key_file));
    if (sql::parse_url(to.url, Millis{0}).backend == sql::Backend::postgresql && !config.secure_cookies)
        print("    environment   \"development\" as long as the site has no https. \"production\" wants redis_url too, "
              "and "
              "its cookies have another name (secure_cookies): who is signed in signs in again once");
    print("and start.");
}

int copy(const Invocation& invocation, const CopyOptions& options) {
    const ConfigPtr config = load_config(invocation);
    const auto patience = config->database_connect_timeout;
    const Place to = target_of(options, patience);
    const auto from = sources(*config);
    for (const Place& place : from)
        need_schema(*config, place);
    if (!options.dry_run)
        at(to, [&] {
            if (create_database(to.url, patience)) print(fmt::format("{}: made", shown(to)));
        });
    refuse_itself(*config, from, to);
    bool has_tables = false;
    at(to, [&] { has_tables = has_our_tables(to.url, patience); });
    std::vector<Journey> journeys;
    for (const Place& place : from)
        journeys.push_back({place, to, Merge::Way::copy});
    if (options.dry_run) {
        if (has_tables) need_schema_there(*config, to);
        if (has_tables)
            go_through(*config, journeys, Work::look, true);
        else
            print(fmt::format("{}: nothing of ours is there, so everything is missing", shown(to)));
        print("nothing was changed");
        return EX_OK;
    }
    prepare(*config, to, has_tables);
    const Place& identity = *std::ranges::find_if(from, [](const Place& p) { return p.holds(Database::identity); });
    settle_strangers(*config, identity, to, options.delete_missing);
    const bool all_there = copy_all(*config, journeys);
    at(to, [&] {
        const auto ended = end_what_has_gone(identity.url, to.url, patience);
        if (ended != 0) print(fmt::format("{} sessions ended there, as they were here", ended));
    });
    if (!all_there) return EXIT_FAILURE;
    say_what_next(*config, from, to);
    return EX_OK;
}

} // namespace

Command migrate_copy_command() {
    return command(
        "copy", "Copy everything into another database: from SQLite to PostgreSQL, back, or to another server.", copy,
        {
            {"--to", &CopyOptions::to, "The other database: postgresql://… or sqlite:PATH."},
            {"--to-file", &CopyOptions::to_file, "A file with its URL in the first line.", {.instead_of = "--to"}},
            {"--dry-run", &CopyOptions::dry_run, "Count only."},
            {"--delete-missing", &CopyOptions::delete_missing,
             "Delete people there who are not here any more, since an earlier copy."},
        },
        "The databases of the configuration are read and not changed; what is split becomes one. People, live\n"
        "sessions, permissions, preferences, the records of an older system: cookies go on working with the same\n"
        "key_file. Run it while the gateways work, stop them, run it again (it takes only what has changed), then\n"
        "change database_url and start. It can be interrupted and run again. What has ended here ends there. The\n"
        "other database and its tables are made if they are not there. Exit code 1: the two differ, and it was\n"
        "said in what.");
}

} // namespace gatehouse::cli
