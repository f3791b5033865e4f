// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/census.h"

#include "storage/keys.h"

#include <algorithm>
#include <cstddef>

namespace gatehouse {
namespace {

constexpr std::string_view foreign = "foreign";
constexpr std::string_view legacy_session = "session:";
constexpr std::string_view cached = "cache:";
/// An application's keys may be anything: a longer part might be somebody's id and is not printed.
constexpr std::size_t longest_word = 32;
constexpr std::size_t most_namespaces = 200;

/// What the web application keeps in the same Redis, and for how long.
struct Rule {
    std::string_view name;
    Seconds longest;
};
constexpr Rule rules[] = {{"cache:web:rates", std::chrono::minutes(5)},
                          {"cache:web:orders", std::chrono::minutes(30)},
                          {"cache:web:analytics", std::chrono::minutes(15)}};

bool is_word(std::string_view text) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    };
    return !text.empty() && text.size() <= longest_word && std::ranges::all_of(text, is_fine);
}

/// The first three words of the key with the colons between them; empty if these parts are no words.
std::string_view before_third_colon(std::string_view key) {
    std::size_t end = 0;
    for (int word = 0; word < 3; ++word) {
        const auto begin = word == 0 ? 0 : end + 1;
        end = key.find(':', begin);
        if (end == std::string_view::npos || !is_word(key.substr(begin, end - begin))) return {};
    }
    return key.substr(0, end);
}

} // namespace

std::string namespace_of(std::string_view key) {
    if (key == keys::pending || key == keys::nodes) return std::string(key);
    if (key.starts_with(keys::announcement_prefix)) return "identity:end";
    if (key.starts_with(keys::counter(""))) return "identity:throttle";
    if (key.starts_with(legacy_session)) return "session";
    const auto name = before_third_colon(key);
    const bool known = keys::parse(key) || name.starts_with(cached);
    return std::string(known && !name.empty() ? name : foreign);
}

Seconds longest_life_in(std::string_view name) noexcept {
    const auto* const rule = std::ranges::find(rules, name, &Rule::name);
    return rule == std::end(rules) ? Seconds{0} : rule->longest;
}

void RedisCensus::count(std::string_view key, std::int64_t ttl, std::uint64_t bytes) {
    constexpr std::int64_t gone = -2;
    constexpr std::int64_t for_ever = -1;
    if (ttl == gone) return;
    auto name = namespace_of(key);
    if (namespaces_.size() >= most_namespaces && !namespaces_.contains(name)) name = foreign;
    auto& place = namespaces_[name];
    ++place.keys;
    place.without_ttl += ttl == for_ever ? 1 : 0;
    place.bytes += bytes;
    place.longest = longest_life_in(name);
    const bool outlives = ttl == for_ever || Millis{ttl} > place.longest;
    place.too_long += place.longest > Seconds{0} && outlives ? 1 : 0;
}

std::vector<RedisNamespace> RedisCensus::namespaces() const {
    std::vector<RedisNamespace> all;
    for (const auto& [name, counted] : namespaces_) {
        all.push_back(counted);
        all.back().name = name;
        all.back().ours = name.starts_with(keys::identity_prefix);
    }
    std::ranges::stable_partition(all, &RedisNamespace::ours);
    return all;
}

RedisNamespace RedisCensus::total() const {
    RedisNamespace sum;
    sum.name = "total";
    for (const auto& [name, counted] : namespaces_) {
        sum.keys += counted.keys;
        sum.without_ttl += counted.without_ttl;
        sum.too_long += counted.too_long;
        sum.bytes += counted.bytes;
    }
    return sum;
}

} // namespace gatehouse
