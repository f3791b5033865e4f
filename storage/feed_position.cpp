// SPDX-License-Identifier: Apache-2.0
#include "storage/feed_position.h"

#include <charconv>

namespace gatehouse {
namespace {

/// Takes a decimal number off the front of `text`.
template <class Number> std::optional<Number> take_number(std::string_view& text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool take(std::string_view& text, char expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(1);
    return true;
}

std::uint64_t oldest_under_way(std::string_view snapshot) {
    return take_number<std::uint64_t>(snapshot).value_or(0);
}

/// Whether PostgreSQL accepts this text as a pg_snapshot, xmin:xmax:xip,xip…; it would answer any other text with an
/// error.
bool is_snapshot(std::string_view text) {
    const auto is_id = [](std::optional<std::uint64_t> id) { return id && (*id & 0xffffffffU) != 0; };
    const auto xmin = take_number<std::uint64_t>(text);
    if (!is_id(xmin) || !take(text, ':')) return false;
    const auto xmax = take_number<std::uint64_t>(text);
    if (!is_id(xmax) || !take(text, ':') || *xmax < *xmin) return false;
    for (auto least = *xmin; !text.empty();) {
        const auto id = take_number<std::uint64_t>(text);
        if (!id || *id < least || *id >= *xmax) return false;
        least = *id;
        if (!text.empty() && (!take(text, ',') || text.empty())) return false;
    }
    return true;
}

} // namespace

std::optional<FeedPosition> FeedPosition::parse(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == 0 || slash == std::string_view::npos) return std::nullopt;
    FeedPosition position{std::string(text.substr(0, slash)), 0, {}};
    text.remove_prefix(slash + 1);
    const auto seq = take_number<std::int64_t>(text);
    if (!seq || !take(text, '/') || !is_snapshot(text)) return std::nullopt;
    position.seq = *seq;
    position.snapshot = text;
    return position;
}

std::string FeedPosition::text() const {
    return history + "/" + std::to_string(seq) + "/" + snapshot;
}

bool FeedPosition::leads_to(const FeedPosition& later) const {
    return history == later.history && seq <= later.seq &&
           oldest_under_way(snapshot) <= oldest_under_way(later.snapshot);
}

} // namespace gatehouse
