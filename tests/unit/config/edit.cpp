// SPDX-License-Identifier: Apache-2.0
// Goal: another strategy changes one line of the configuration, and nothing that its author wrote beside it.
#include "gateway/config/edit.h"
#include "gateway/config/document.h"
#include "tests/unit/config/sources.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::testing;

BOOST_AUTO_TEST_SUITE(edit)

BOOST_AUTO_TEST_CASE(the_value_alone_changes) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"strategy = \"mock-only\"\n", "strategy = \"gradual\"\n"},
        {"# of ours\nstrategy='mock-only' # the first step\r\nlog_level = \"info\"\n",
         "# of ours\nstrategy='gradual' # the first step\r\nlog_level = \"info\"\n"},
        {"log_level = \"info\"\n  \"strategy\"  =  \"mock-only\"",
         "log_level = \"info\"\n  \"strategy\"  =  \"gradual\""},
        {"[context.web]\nidle = \"1h\"\n", "strategy = \"gradual\"\n[context.web]\nidle = \"1h\"\n"},
        {"a_comment = 1\n#strategy = \"production-only\"\n\n[context.web]\n#strategy = \"x\"\n",
         "a_comment = 1\n#strategy = \"production-only\"\nstrategy = \"gradual\"\n\n[context.web]\n#strategy = "
         "\"x\"\n"},
        {"# strategy =", "# strategy =\nstrategy = \"gradual\"\n"},
        {"", "strategy = \"gradual\"\n"},
        {"# strategy: see docs\n", "strategy = \"gradual\"\n# strategy: see docs\n"},
    };
    for (const auto& [before, after] : rows) {
        const auto edited = with_strategy(before, Strategy::gradual);
        BOOST_TEST(edited.problem == "", before);
        BOOST_TEST(edited.text == after, before);
    }
}

BOOST_AUTO_TEST_CASE(the_example_file_goes_all_the_way) {
    std::string text = example_file();
    for (const auto strategy : all_strategies) {
        const auto edited = with_strategy(text, strategy);
        BOOST_TEST_REQUIRE(edited.problem == "");
        text = edited.text;
        BOOST_TEST((load_text(text).config->strategy == strategy));
    }
    BOOST_TEST(text.size() == example_file().size() + std::string_view("strategy = \"production-only\"\n").size());
}

BOOST_AUTO_TEST_CASE(what_it_cannot_edit_it_leaves) {
    for (const auto* text : {"strategy = \"\"\"\nmock-only\"\"\"\n", "strategy = 5\n", "strategy = [\"a\"]\n",
                             "strategy = \"a\n", "= nonsense", "strategy = \"a\"\nstrategy = \"b\"\n"}) {
        const auto edited = with_strategy(text, Strategy::gradual);
        BOOST_TEST(edited.problem.starts_with("line "), text);
        BOOST_TEST(edited.text == "", text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
