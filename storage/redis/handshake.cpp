// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/handshake.h"

#include <algorithm>
#include <string_view>

namespace gatehouse {
namespace {

// The last three replies are those to INFO, ROLE and PING.
constexpr std::size_t questions = 3;

/// 40 hexadecimal digits, or nothing.
std::string run_id_in(std::string_view info) {
    constexpr std::string_view name = "\r\nrun_id:";
    constexpr std::size_t size = 40;
    const auto at = info.find(name);
    if (at == std::string_view::npos) return {};
    const auto id = info.substr(at + name.size(), size);
    const bool whole = id.size() == size && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return whole ? std::string(id) : std::string();
}

bool is_master(const RedisReply& role) {
    return role.is(RedisReply::Type::array) && !role.elements.empty() && role.elements.front().text == "master";
}

} // namespace

std::vector<std::vector<std::string>> handshake_commands(const RedisAddress& address) {
    std::vector<std::vector<std::string>> commands;
    if (!address.password.empty()) {
        commands.push_back({"AUTH"});
        if (!address.user.empty()) commands.back().push_back(address.user);
        commands.back().push_back(address.password);
    }
    if (address.database != 0) commands.push_back({"SELECT", std::to_string(address.database)});
    commands.push_back({"INFO", "server"});
    commands.push_back({"ROLE"});
    commands.push_back({"PING"}); // an error from a server that loads its data or lost its master
    return commands;
}

RedisIdentity judge_handshake(const std::vector<RedisReply>& replies) {
    const auto error = std::find_if(replies.begin(), replies.end(),
                                    [](const RedisReply& reply) { return reply.is(RedisReply::Type::error); });
    if (error != replies.end()) return {{}, without_arguments(error->text)};
    if (replies.size() < questions) return {{}, "too few answers to the handshake"};

    const auto* const info = &replies[replies.size() - questions];
    std::string run_id = info[0].is(RedisReply::Type::string) ? run_id_in(info[0].text) : std::string();
    if (run_id.empty()) return {{}, "INFO names no run_id"};
    if (!is_master(info[1])) return {{}, "the server is not a master"};
    if (info[2].text != "PONG") return {{}, "PING was not answered by PONG"};
    return {std::move(run_id), {}};
}

std::string without_arguments(std::string_view error) {
    if (error.empty()) return "an error without a word";
    return std::string(error.substr(0, error.find(", with args beginning with")));
}

} // namespace gatehouse
