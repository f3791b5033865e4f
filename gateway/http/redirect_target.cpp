// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/redirect_target.h"

#include "gateway/http/percent.h"
#include "gateway/http/utf8.h"

#include <algorithm>

namespace gatehouse::http {
namespace {

constexpr std::size_t max_target_bytes = 2048; // half of nginx's default buffer (4 KiB) for a response's headers
constexpr int max_decodings = 4;

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

/// Whether no segment except the last is empty, and none is a dot segment.
bool has_plain_segments(std::string_view path) {
    while (!path.empty()) {
        path.remove_prefix(1); // the slash
        const auto end = std::min(path.find('/'), path.size());
        const auto segment = path.substr(0, end);
        if (segment == "." || segment == ".." || (segment.empty() && end != path.size())) return false;
        path.remove_prefix(end);
    }
    return true;
}

bool is_below(std::string_view path, std::string_view prefix) {
    if (prefix.empty() || !path.starts_with(prefix)) return false;
    return path.size() == prefix.size() || path[prefix.size()] == '/';
}

bool is_good_path(std::string_view path, std::string_view prefix) {
    return path.find('\\') == path.npos && std::none_of(path.begin(), path.end(), is_control) && is_utf8(path) &&
           has_plain_segments(path) && !is_below(path, prefix);
}

bool has_escape(std::string_view path) {
    for (auto at = path.find('%'); at != path.npos; at = path.find('%', at + 1))
        if (percent_decode(path.substr(at, 3), Plus::literal)) return true;
    return false;
}

/// Whether the path stays good however often it is decoded. nginx decodes a path once before it chooses a location; the
/// application behind nginx may decode the path again.
bool is_good_however_decoded(std::string_view encoded, std::string_view prefix) {
    std::string path(encoded);
    for (int round = 0; round < max_decodings; ++round) {
        if (!is_good_path(path, prefix)) return false;
        if (path.find('%') == path.npos) return true;
        auto decoded = percent_decode(path, Plus::literal);
        // The path has a percent sign that was encoded itself, as in /100%25. Beside a readable escape, the path is
        // refused, because a lenient parser would decode that escape.
        if (!decoded) return round > 0 && !has_escape(path);
        path = std::move(*decoded);
    }
    return false;
}

} // namespace

std::string safe_target(std::string_view target, std::string_view fallback, std::string_view prefix) {
    const bool good = target.starts_with('/') && target.size() <= max_target_bytes && is_plain(target) &&
                      is_good_however_decoded(target.substr(0, target.find_first_of("?#")), prefix);
    return std::string(good ? target : fallback);
}

} // namespace gatehouse::http
