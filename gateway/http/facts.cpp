// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/facts.h"

#include "gateway/http/client_address.h"

#include <algorithm>
#include <array>

namespace gatehouse::http {
namespace {

constexpr std::array<std::string_view, 6> required = {"REQUEST_METHOD", "REQUEST_URI", "DOCUMENT_URI",
                                                      "REMOTE_ADDR",    "HTTP_HOST",   "GATE_CONTEXT"};

constexpr bool is_name_byte(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), is_name_byte);
}

/// Quadratic, but over a dozen short names, most of which differ in length already.
bool has_doubles(const std::vector<Param>& params) {
    for (auto one = params.begin(); one != params.end(); ++one) {
        if (one->name == "HTTP_COOKIE") continue;
        const auto same = [&](const Param& other) { return other.name == one->name; };
        if (std::any_of(one + 1, params.end(), same)) return true;
    }
    return false;
}

} // namespace

std::string_view fault_in_facts(const Request& request) noexcept {
    const auto& params = request.params();
    if (params.empty() || params.back().name != "GATE_END" || params.back().value != "1")
        return "no GATE_END at the end";
    for (const auto& [name, value] : params) {
        if (!is_name(name)) return "odd parameter name";
        if (value.find('\0') != value.npos) return "NUL in a parameter";
    }
    if (has_doubles(params)) return "doubled parameter";
    const auto missing = [&](std::string_view name) { return request.param(name).empty(); };
    if (std::any_of(required.begin(), required.end(), missing)) return "missing parameter";
    if (!is_client_address(request.client_address())) return "REMOTE_ADDR is no address";
    return {};
}

} // namespace gatehouse::http
