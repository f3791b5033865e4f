// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/census.h"

#include "storage/keys.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace gatehouse {
namespace {

constexpr std::string_view foreign = "foreign";
constexpr std::string_view legacy_session = "session:";
/// An application's keys may be anything: what looks like no name might be somebody's id.
constexpr std::size_t longest_word = 32;
constexpr std::size_t most_namespaces = 200;

bool is_word(std::string_view text) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    };
    return !text.empty() && text.size() <= longest_word && std::ranges::all_of(text, is_fine);
}

/// What stands before each of the first colons.
template <std::size_t count> std::array<std::string_view, count> words_of(std::string_view key) {
    std::array<std::string_view, count> words;
    for (auto& word : words) {
        const auto colon = key.find(':');
        if (colon == std::string_view::npos) return {};
        word = key.substr(0, colon);
        key.remove_prefix(colon + 1);
    }
    return words;
}

std::string join(std::string_view first, std::string_view second, std::string_view third) {
    std::string name(first);
    return name.append(1, ':').append(second).append(1, ':').append(third);
}

} // namespace

std::string namespace_of(std::string_view key) {
    if (key == keys::pending) return std::string(keys::pending);
    if (key.starts_with(keys::counter(""))) return "identity:throttle";
    if (key.starts_with(legacy_session)) return "session";
    const auto [first, second, third] = words_of<3>(key);
    if (const auto ours = keys::parse(key)) {
        return is_word(third) ? join(first, second, third) : std::string(foreign);
    }
    return first == "cache" && is_word(second) && is_word(third) ? join(first, second, third) : std::string(foreign);
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
        sum.bytes += counted.bytes;
    }
    return sum;
}

} // namespace gatehouse
