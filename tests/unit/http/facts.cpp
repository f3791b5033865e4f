// SPDX-License-Identifier: Apache-2.0
// Goal: parameters that are missing, emptied, doubled, cut off or oddly named are a fault, one at a time; the full set
// is not.
#include "gateway/http/facts.h"

#include <boost/test/unit_test.hpp>

using gatehouse::http::fault_in_facts;
using gatehouse::http::Param;
using gatehouse::http::Request;

namespace {

std::vector<Param> good_params() {
    return {{"REQUEST_METHOD", "GET"},
            {"REQUEST_URI", "/app/?a=1"},
            {"DOCUMENT_URI", "/auth/verify"},
            {"REMOTE_ADDR", "192.0.2.1"},
            {"REQUEST_SCHEME", "https"},
            {"HTTP_HOST", "app.test"},
            {"REQUEST_ID", "abc"},
            {"HTTP_COOKIE", "a=b"},
            {"GATE_CONTEXT", "web"},
            {"GATE_REQUIRE", ""},
            {"GATE_END", "1"}};
}

std::string_view fault(std::vector<Param> params) {
    return fault_in_facts(Request(std::move(params), ""));
}

} // namespace

BOOST_AUTO_TEST_SUITE(facts)

BOOST_AUTO_TEST_CASE(the_full_set_has_no_fault) {
    BOOST_TEST(fault(good_params()) == "");
}

BOOST_AUTO_TEST_CASE(no_parameters_at_all) {
    BOOST_TEST(fault({}) != "");
}

BOOST_AUTO_TEST_CASE(each_required_one_removed_or_emptied) {
    for (const std::string_view name :
         {"REQUEST_METHOD", "REQUEST_URI", "DOCUMENT_URI", "REMOTE_ADDR", "HTTP_HOST", "GATE_CONTEXT", "GATE_END"}) {
        auto removed = good_params();
        std::erase_if(removed, [&](const Param& p) { return p.name == name; });
        BOOST_TEST(fault(removed) != "", name);

        auto emptied = good_params();
        for (auto& param : emptied)
            if (param.name == name) param.value = "";
        BOOST_TEST(fault(emptied) != "", name);
    }
}

BOOST_AUTO_TEST_CASE(each_optional_one_may_be_missing) {
    for (const std::string_view name : {"REQUEST_SCHEME", "REQUEST_ID", "HTTP_COOKIE", "GATE_REQUIRE"}) {
        auto params = good_params();
        std::erase_if(params, [&](const Param& p) { return p.name == name; });
        BOOST_TEST(fault(params) == "", name);
    }
}

BOOST_AUTO_TEST_CASE(a_doubled_one_is_a_fault_also_with_the_same_value) {
    for (const auto& original : good_params()) {
        for (const std::string_view value : {original.value, std::string_view("other")}) {
            auto params = good_params();
            params.insert(params.begin(), {original.name, value});
            BOOST_TEST(fault(params).empty() == (original.name == "HTTP_COOKIE"), original.name << "=" << value);
        }
    }
}

BOOST_AUTO_TEST_CASE(cut_off_anywhere) {
    const auto whole = good_params();
    for (std::size_t kept = 0; kept < whole.size(); ++kept)
        BOOST_TEST(fault({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept)}) != "", kept);
}

BOOST_AUTO_TEST_CASE(the_end_mark_must_be_1_and_last) {
    auto params = good_params();
    for (const std::string_view value : {"", "0", "11", "1 ", "true"}) {
        params.back().value = value;
        BOOST_TEST(fault(params) != "", value);
    }
    params.back().value = "1";
    params.push_back({"REQUEST_ID2", "x"});
    BOOST_TEST(fault(params) != "");
}

BOOST_AUTO_TEST_CASE(odd_names) {
    using namespace std::string_view_literals;
    for (const auto name : {""sv, "lower"sv, "Http_Cookie"sv, "HTTP_COOKIE=sid"sv, "A B"sv, "A\0B"sv, "A\nB"sv, "A-B"sv,
                            "\xD0\x90"sv, "GATE_CONTEXT "sv}) {
        auto params = good_params();
        params.insert(params.begin(), {name, "x"});
        BOOST_TEST(fault(params) != "", name);
    }
}

BOOST_AUTO_TEST_CASE(nul_in_a_value) {
    using namespace std::string_view_literals;
    auto params = good_params();
    params.insert(params.begin(), {"HTTP_USER_AGENT", "a\0b"sv});
    BOOST_TEST(fault(params) != "");
}

BOOST_AUTO_TEST_CASE(the_address_must_be_one) {
    const std::pair<std::string_view, bool> table[] = {
        {"127.0.0.1", true},        {"::1", true},          {"2001:db8::1", true},
        {"::ffff:192.0.2.1", true}, {"unix:", true},        {"localhost", false},
        {"192.0.2", false},         {"192.0.2.256", false}, {"192.0.2.1:80", false},
        {"[::1]", false},           {"::1%eth0", false},    {" 127.0.0.1", false},
        {"0x7f000001", false},      {"unix:/tmp/x", false}, {"127.0.0.1, 10.0.0.1", false}};
    for (const auto& [address, good] : table) {
        auto params = good_params();
        params[3].value = address;
        BOOST_TEST(fault(params).empty() == good, address);
    }
}

BOOST_AUTO_TEST_SUITE_END()
