// SPDX-License-Identifier: Apache-2.0
// Goal: a site behind a proxy that hides its visitors is warned, no other one is, and nothing that strangers send costs
// memory or does harm.
#include "gateway/accounts/address_watch.h"
#include "gateway/http/client_address.h"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace gatehouse;

namespace {

void try_from(AddressWatch& watch, const std::string& address, std::size_t tries, std::size_t accounts) {
    for (std::size_t i = 0; i < tries; ++i)
        watch.note(address, "person" + std::to_string(i % accounts) + "@example.test");
}

} // namespace

BOOST_AUTO_TEST_SUITE(address_watch)

BOOST_AUTO_TEST_CASE(everybody_from_one_private_address) {
    for (const auto* proxy : {"10.0.0.7", "127.0.0.1", "192.168.1.1", "172.20.0.3", "::1", "fd00::5", "unix:"}) {
        AddressWatch watch;
        try_from(watch, proxy, AddressWatch::tries_needed - 1, AddressWatch::accounts_needed);
        BOOST_TEST(!watch.one_for_all(), proxy);
        try_from(watch, proxy, 1, 1);
        BOOST_TEST(watch.one_for_all(), proxy);
    }
}

BOOST_AUTO_TEST_CASE(one_person_is_no_crowd_and_public_addresses_are_no_proxy) {
    AddressWatch watch;
    try_from(watch, "10.0.0.7", 10'000, AddressWatch::accounts_needed - 1);
    BOOST_TEST(!watch.one_for_all());
    AddressWatch world;
    try_from(world, "198.51.100.7", 10'000, 10'000);
    try_from(world, "2001:db8::7", 10'000, 10'000);
    BOOST_TEST(!world.one_for_all());
}

BOOST_AUTO_TEST_CASE(a_try_from_elsewhere_takes_it_back) {
    for (const auto* other : {"198.51.100.7", "10.0.0.8", "nonsense"}) {
        AddressWatch watch;
        try_from(watch, "10.0.0.7", 100, 10);
        BOOST_TEST_REQUIRE(watch.one_for_all());
        watch.note(other, "person");
        BOOST_TEST(!watch.one_for_all(), other);
        try_from(watch, "10.0.0.7", AddressWatch::tries_needed - 1, 10);
        BOOST_TEST(!watch.one_for_all(), other);
    }
}

BOOST_AUTO_TEST_CASE(private_addresses) {
    for (const auto* inside :
         {"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "127.0.0.1", "169.254.1.1",
          "100.64.0.1", "100.127.0.1", "::1", "fe80::1", "fc00::1", "fdff::1", "::ffff:10.0.0.1", "unix:"})
        BOOST_TEST(http::is_private_address(inside), inside);
    for (const auto* outside :
         {"11.0.0.1", "9.255.255.255", "172.15.0.1", "172.32.0.1", "192.169.0.1", "128.0.0.1", "100.63.0.1",
          "100.128.0.1", "198.51.100.1", "2001:db8::1", "::2", "fec0::1", "", "x", "10.0.0.1, 10.0.0.2"})
        BOOST_TEST(!http::is_private_address(outside), outside);
}

BOOST_AUTO_TEST_SUITE_END()
