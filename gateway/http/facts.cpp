// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/facts.h"

#include "gateway/http/client_address.h"

#include <array>

namespace gatehouse::http {
namespace {

constexpr std::array<std::string_view, 6> required = {"REQUEST_METHOD", "REQUEST_URI", "DOCUMENT_URI",
                                                      "REMOTE_ADDR",    "HTTP_HOST",   "GATE_CONTEXT"};

constexpr auto name_bytes = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool is_name(std::string_view name) noexcept {
    for (const char c : name)
        if (!name_bytes[static_cast<unsigned char>(c)]) return false;
    return !name.empty();
}

/// Whether a name occurs twice. Empty names do not count. Quadratic, but the names are about a dozen short texts, and
/// most of them differ already in length or in the last letter.
bool has_doubles(const std::vector<Param>& params) noexcept {
    for (std::size_t i = 1; i < params.size(); ++i) {
        const auto name = params[i].name;
        for (std::size_t j = 0; j < i; ++j) {
            const auto other = params[j].name;
            if (other.size() == name.size() && other.back() == name.back() && other == name && name != "HTTP_COOKIE")
                return true;
        }
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
    for (const auto name : required)
        if (request.param(name).empty()) return "missing parameter";
    if (!is_client_address(request.client_address())) return "REMOTE_ADDR is no address";
    return {};
}

} // namespace gatehouse::http
