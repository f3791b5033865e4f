// SPDX-License-Identifier: Apache-2.0
// Goal: a command line fills in what the rows of a table name, keeps to their rules, and finds the one command it
// means.
#include "gateway/cli/table.h"

#include <boost/test/unit_test.hpp>
#include <iostream>
#include <sstream>
#include <sysexits.h>

using namespace gatehouse::cli;

namespace {

struct Wanted {
    bool loud = false;
    bool quiet = false;
    std::string who;
    std::string from = "here";
    std::string from_file;
    unsigned times = 2;
};

/// What the action was called with.
Wanted got;
std::string called;

int greet(const Invocation&, const Wanted& wanted) {
    got = wanted;
    called = "greet";
    return 3;
}

int rest(const Invocation&) {
    called = "rest";
    return EX_OK;
}

int look(const Invocation&, const Wanted& wanted) {
    got = wanted;
    called = "look";
    return EX_OK;
}

Command program() {
    Command looking = command("look", "Look.", look, {{"--loud", &Wanted::loud, "Aloud."}});
    looking.commands = {command("rest", "Rest.", rest)};
    return group(
        "program", "Does things.",
        {command("greet", "Greet.", greet,
                 {{"who", &Wanted::who, "Whom.", required},
                  {"--loud", &Wanted::loud, "Aloud."},
                  {"--quiet", &Wanted::quiet, "Not aloud.", {.excludes = "--loud"}},
                  {"--times", &Wanted::times, "How often.", {.needs = "--loud", .least = 1, .most = 9}}},
                 "Be kind."),
         command("go", "Go.", look,
                 {{"--from", &Wanted::from_file, "From."},
                  {"--from-file", &Wanted::who, "From what the file says.", {.instead_of = "--from"}}}),
         group("ways", "Ways.", {command("show", "Show.", look, {{"--from", &Wanted::from, "Where."}})}, "Far."),
         looking},
        "Near.");
}

struct Outcome {
    int exit_code = -1;
    std::string out;
    std::string err;
};

Outcome run(std::vector<const char*> words) {
    const Command table = program();
    words.insert(words.begin(), "program");
    got = {};
    called = "";
    std::ostringstream out, err;
    auto* const cout = std::cout.rdbuf(out.rdbuf());
    auto* const cerr = std::cerr.rdbuf(err.rdbuf());
    const auto [chosen, exit_code] = parse(table, static_cast<int>(words.size()), words.data());
    std::cout.rdbuf(cout);
    std::cerr.rdbuf(cerr);
    return {chosen == nullptr ? exit_code : chosen->action({}), out.str(), err.str()};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(values_reach_the_action) {
    BOOST_TEST(run({"greet", "Ada", "--loud", "--times", "7"}).exit_code == 3);
    BOOST_TEST(called == "greet");
    BOOST_TEST(got.who == "Ada");
    BOOST_TEST((got.loud && !got.quiet));
    BOOST_TEST(got.times == 7U);
    BOOST_TEST(run({"greet", "Bob"}).exit_code == 3);
    BOOST_TEST((got.who == "Bob" && !got.loud && got.times == 2U)); // nothing of the time before
    BOOST_TEST(run({"ways", "show"}).exit_code == EX_OK);
    BOOST_TEST(got.from == "here");
}

BOOST_AUTO_TEST_CASE(a_broken_rule_is_named_and_ends_with_64) {
    struct Case {
        std::vector<const char*> words;
        const char* complaint;
    };
    const Case cases[] = {
        {{}, "A subcommand is required"},
        {{"ways"}, "A subcommand is required"},
        {{"greet"}, "who is required"},
        {{"greet", "Ada", "Bob"}, "not expected: Bob"},
        {{"greet", "Ada", "--loud", "--quiet"}, "--loud excludes --quiet"},
        {{"greet", "Ada", "--times", "3"}, "--times requires --loud"},
        {{"greet", "Ada", "--loud", "--times", "0"}, "Value 0 not in range 1 to 9"},
        {{"greet", "Ada", "--loud", "--times", "10"}, "Value 10 not in range 1 to 9"},
        {{"go"}, "--from or --from-file is required"},
        {{"go", "--from", ""}, "--from or --from-file is required"},
        {{"go", "--from", "a", "--from-file", "b"}, "--from excludes --from-file"},
    };
    for (const auto& [words, complaint] : cases) {
        const Outcome outcome = run(words);
        BOOST_TEST(outcome.exit_code == EX_USAGE, complaint);
        BOOST_TEST(has(outcome.err, complaint), complaint << ": " << outcome.err);
        BOOST_TEST((outcome.out.empty() && called.empty()), complaint);
    }
    BOOST_TEST(run({"go", "--from-file", "b"}).exit_code == EX_OK);
}

BOOST_AUTO_TEST_CASE(the_innermost_command_that_is_named_is_meant) {
    run({"look", "--loud"});
    BOOST_TEST((called == "look" && got.loud));
    run({"look", "rest"});
    BOOST_TEST(called == "rest");
}

BOOST_AUTO_TEST_CASE(help_tells_rules_defaults_and_footers) {
    const Outcome greeting = run({"greet", "--help"});
    BOOST_TEST(greeting.exit_code == EX_OK);
    for (const auto* part : {"Greet.", "who TEXT REQUIRED", "--times UINT:INT in [1 - 9]=2 Needs: --loud",
                             "--quiet Excludes: --loud", "Be kind."})
        BOOST_TEST(has(greeting.out, part), part << " in " << greeting.out);
    BOOST_TEST(has(run({"ways", "show", "--help"}).out, "Far."));
    BOOST_TEST(has(run({"look", "--help"}).out, "Near."));
    BOOST_TEST(called.empty());
}

BOOST_AUTO_TEST_SUITE_END()
