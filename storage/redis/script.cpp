// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/script.h"

#include <boost/uuid/detail/sha1.hpp>
#include <fmt/format.h>

namespace gatehouse {
namespace {

std::string sha1_of(std::string_view text) {
    boost::uuids::detail::sha1 hash;
    hash.process_bytes(text.data(), text.size());
    boost::uuids::detail::sha1::digest_type words;
    hash.get_digest(words);
    std::string hex;
    for (const unsigned word : words)
        hex += fmt::format("{:08x}", word);
    return hex;
}

} // namespace

RedisScript::RedisScript(std::string_view source) : source_(source), sha1_(sha1_of(source)) {}

boost::asio::awaitable<Result<RedisReply>>
RedisScript::run(RedisLink& link, std::string key, std::vector<std::string> arguments, Deadline deadline) const {
    RedisLink::Command command{"EVALSHA", sha1_, "1", std::move(key)};
    command.insert(command.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
    auto reply = co_await link.command(command, deadline);
    if (!reply || !reply->is_error("NOSCRIPT")) co_return reply;
    command[0] = "EVAL";
    command[1] = source_;
    co_return co_await link.command(std::move(command), deadline);
}

} // namespace gatehouse
