// SPDX-License-Identifier: Apache-2.0
// A check as one writes it with libfcgi and hiredis, for comparison: a thread for each connection, which accepts, asks
// Redis and waits for it. `pipelined` sends GET and EXPIRE together, before the session has been looked at; otherwise
// EXPIRE follows when the session has turned out to be good.
//
//   threads SOCKET REDIS-SOCKET [pipelined]    prints "ready" when it listens; ends with SIGTERM
#include <boost/json.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fcgiapp.h>
#include <hiredis/hiredis.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace {

constexpr int threads = 64; // with fewer than connections some of these would wait for ever
constexpr int backlog = 4096;
constexpr int idle_seconds = 24 * 3600;

struct Freed {
    void operator()(redisContext* context) const { redisFree(context); }
    void operator()(void* reply) const { freeReplyObject(reply); }
};
using Link = std::unique_ptr<redisContext, Freed>;
using Reply = std::unique_ptr<void, Freed>;

std::string_view token_of(const char* cookies) {
    constexpr std::string_view name = "gatehouse_web=";
    const std::string_view all = cookies != nullptr ? cookies : "";
    const auto at = all.find(name);
    if (at == std::string_view::npos) return {};
    const auto rest = all.substr(at + name.size());
    return rest.substr(0, rest.find(';'));
}

/// The text of a reply; nothing if Redis has no such key. Anything else ends the link.
std::optional<std::string> text_of(Link& link, const Reply& reply) {
    const auto* const said = static_cast<const redisReply*>(reply.get());
    if (said != nullptr && said->type == REDIS_REPLY_STRING) return std::string(said->str, said->len);
    if (said == nullptr || said->type != REDIS_REPLY_NIL) link.reset();
    return std::nullopt;
}

Reply next_reply(Link& link) {
    void* reply = nullptr;
    if (redisGetReply(link.get(), &reply) != REDIS_OK) return nullptr;
    return Reply(reply);
}

class Sessions {
  public:
    Sessions(const char* path, bool pipelined) : path_(path), pipelined_(pipelined) {}

    std::optional<boost::json::object> find(std::string_view token) {
        if (token.empty() || !connect()) return std::nullopt;
        const std::string key = "session:" + std::string(token);
        const auto text = pipelined_ ? get_and_slide(key) : get(key);
        if (!text) return std::nullopt;
        auto session = boost::json::parse(*text).as_object();
        if (session.at("expires").as_int64() <= std::time(nullptr)) return std::nullopt;
        if (!pipelined_) slide(key);
        return session;
    }

  private:
    bool connect() {
        if (!link_) link_.reset(redisConnectUnix(path_));
        if (link_ && link_->err != 0) link_.reset();
        return link_ != nullptr;
    }

    std::optional<std::string> get(const std::string& key) {
        return text_of(link_, Reply(redisCommand(link_.get(), "GET %b", key.data(), key.size())));
    }

    void slide(const std::string& key) {
        const Reply reply(redisCommand(link_.get(), "EXPIRE %b %d", key.data(), key.size(), idle_seconds));
        if (!reply) link_.reset();
    }

    std::optional<std::string> get_and_slide(const std::string& key) {
        redisAppendCommand(link_.get(), "GET %b", key.data(), key.size());
        redisAppendCommand(link_.get(), "EXPIRE %b %d", key.data(), key.size(), idle_seconds);
        auto text = text_of(link_, next_reply(link_));
        if (link_ && !next_reply(link_)) link_.reset();
        return text;
    }

    const char* path_;
    bool pipelined_;
    Link link_;
};

void let_in(FCGX_Stream* out, const boost::json::object& session) {
    const auto text = [&](const char* name) { return session.at(name).as_string().c_str(); };
    FCGX_FPrintF(out,
                 "Status: 204\r\nCache-Control: no-store\r\nX-Auth-User-Id: %s\r\nX-Auth-Email: %s\r\n"
                 "X-Auth-Role: %s\r\nX-Auth-Permissions: %s\r\nX-Auth-Context: %s\r\nX-Auth-Session: %s\r\n"
                 "X-Auth-Expires: %ld\r\n\r\n",
                 text("user"), text("email"), text("role"), text("permissions"), text("context"), text("handle"),
                 static_cast<long>(session.at("expires").as_int64()));
}

void serve(int listener, const char* redis, bool pipelined) {
    Sessions sessions(redis, pipelined);
    FCGX_Request request;
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        const auto session = sessions.find(token_of(FCGX_GetParam("HTTP_COOKIE", request.envp)));
        while (FCGX_GetChar(request.in) >= 0) {
        } // what is left unread would be taken for the next request
        if (session)
            let_in(request.out, *session);
        else
            FCGX_PutS("Status: 401\r\n\r\n", request.out);
        FCGX_Finish_r(&request);
    }
}

} // namespace

int main(int argc, char** argv) {
    const bool pipelined = argc == 4 && std::string_view(argv[3]) == "pipelined";
    if (argc != 3 && !pipelined) {
        std::fputs("usage: threads SOCKET REDIS-SOCKET [pipelined]\n", stderr);
        return 64;
    }
    FCGX_Init();
    for (const int number : {SIGTERM, SIGUSR1})
        std::signal(number, SIG_DFL); // FCGX_Init lets nobody end us
    std::signal(SIGPIPE, SIG_IGN);
    const int listener = FCGX_OpenSocket(argv[1], backlog);
    if (listener < 0 || chmod(argv[1], 0666) != 0) {
        std::perror(argv[1]);
        return 1;
    }
    std::puts("ready");
    std::fflush(stdout);
    std::vector<std::jthread> pool;
    pool.reserve(threads);
    for (int i = 0; i < threads; ++i)
        pool.emplace_back(serve, listener, argv[2], pipelined);
}
