// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/connection.h"

#include "storage/redis/command.h"

#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <utility>

namespace gatehouse {
namespace {

// Far above anything that Gatehouse stores. Limits one reply, and the bytes that wait for the reply's end.
constexpr std::size_t max_bulk_bytes = 64 * 1024;
constexpr std::size_t max_elements = 1024;

RedisReply copy_of(const redisReply& reply) {
    RedisReply copy;
    switch (reply.type) {
    case REDIS_REPLY_INTEGER:
        copy.type = RedisReply::Type::integer;
        copy.integer = reply.integer;
        break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        copy.type = reply.type == REDIS_REPLY_STRING   ? RedisReply::Type::string
                    : reply.type == REDIS_REPLY_STATUS ? RedisReply::Type::status
                                                       : RedisReply::Type::error;
        copy.text.assign(reply.str, static_cast<std::size_t>(reply.len));
        break;
    case REDIS_REPLY_ARRAY:
        copy.type = RedisReply::Type::array;
        copy.elements.reserve(reply.elements);
        for (std::size_t at = 0; at < reply.elements; ++at)
            copy.elements.push_back(copy_of(*reply.element[at]));
        break;
    default: copy.type = RedisReply::Type::nil;
    }
    return copy;
}

} // namespace

/// The functions that hiredis calls. hiredis has no limits of its own, and asserts on a reply to no command. So the
/// functions that build replies refuse both cases: hiredis takes a refusal for lack of memory and ends the connection.
struct RedisConnection::Hooks {
    static RedisConnection& self(void* data) { return *static_cast<RedisConnection*>(data); }

    static bool expected(const redisReadTask* task, std::size_t elements = 0) {
        return self(task->privdata).expects(task->parent == nullptr, elements);
    }
    static void* string(const redisReadTask* task, char* text, std::size_t size) {
        return expected(task) && size <= max_bulk_bytes ? defaults.createString(task, text, size) : nullptr;
    }
    static void* array(const redisReadTask* task, int elements) {
        return expected(task, static_cast<std::size_t>(elements)) ? defaults.createArray(task, elements) : nullptr;
    }
    static void* integer(const redisReadTask* task, long long value) {
        return expected(task) ? defaults.createInteger(task, value) : nullptr;
    }
    static void* nil(const redisReadTask* task) { return expected(task) ? defaults.createNil(task) : nullptr; }

    static void add_write(void* data) { self(data).flush_soon(); }
    static void nothing(void*) {}
    static void cleanup(void* data) {
        RedisConnection& connection = self(data);
        redisAsyncContext* const context = std::exchange(connection.context_, nullptr);
        // Only our own functions above ever report lack of memory.
        if (context->c.err == REDIS_ERR_OOM)
            connection.error_ = "a reply that nobody asked for, or too large";
        else if (context->c.err != 0)
            connection.error_ = context->c.errstr;
        connection.descriptor_.release(); // hiredis closes the descriptor
    }
    static void reply(redisAsyncContext*, void* reply, void* data) {
        if (reply == nullptr) return; // the connection is being freed; the listener is told once, by on_loss
        --self(data).unanswered_;
        self(data).listener_->on_reply(copy_of(*static_cast<redisReply*>(reply)));
    }

    static redisReplyObjectFunctions defaults;
    static redisReplyObjectFunctions functions;
};

redisReplyObjectFunctions RedisConnection::Hooks::defaults{};
redisReplyObjectFunctions RedisConnection::Hooks::functions{&string, &array, &integer, &nil, &freeReplyObject};

RedisConnection::RedisConnection(boost::asio::any_io_executor executor, Listener& listener)
    : descriptor_(std::move(executor)), listener_(&listener) {}

RedisConnection::~RedisConnection() {
    close();
}

std::string RedisConnection::open_unix(const std::string& path) {
    return adopt(redisAsyncConnectUnix(path.c_str()));
}

std::string RedisConnection::open_tcp(const std::string& host, std::uint16_t port) {
    return adopt(redisAsyncConnect(host.c_str(), port));
}

std::string RedisConnection::adopt(redisAsyncContext* context) {
    if (context == nullptr) return "no memory";
    if (context->err != 0) {
        std::string why = context->errstr;
        redisAsyncFree(context);
        return why;
    }
    context_ = context;
    ::fcntl(context->c.fd, F_SETFD, FD_CLOEXEC);
    context->ev = {this, &Hooks::nothing, &Hooks::nothing, &Hooks::add_write, &Hooks::nothing, &Hooks::cleanup};
    redisReader& reader = *context->c.reader;
    if (Hooks::defaults.createString == nullptr) Hooks::defaults = *reader.fn;
    reader.fn = &Hooks::functions;
    reader.privdata = this;
    descriptor_.assign(context->c.fd);
    wait_readable();
    wait_writable(); // hiredis learns that it is connected when the socket is writable
    return {};
}

void RedisConnection::send(const std::vector<std::string>& command) {
    if (context_ == nullptr) return;
    ++unanswered_;
    const auto text = wire_format(command);
    redisAsyncFormattedCommand(context_, &Hooks::reply, this, text.data(), text.size());
}

void RedisConnection::close() {
    listener_ = nullptr;
    if (context_ != nullptr) redisAsyncFree(context_);
}

bool RedisConnection::expects(bool whole_reply, std::size_t elements) noexcept {
    if (whole_reply) {
        if (unanswered_ == 0) return false;
        elements_left_ = max_elements;
    }
    if (elements > elements_left_) return false;
    elements_left_ -= elements;
    return true;
}

void RedisConnection::wait_readable() {
    descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                           [self = shared_from_this()](boost::system::error_code) { self->on_readable(); });
}

void RedisConnection::wait_writable() {
    write_awaited_ = true;
    descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_write,
                           [self = shared_from_this()](boost::system::error_code) { self->on_writable(); });
}

/// Sends after the handlers that run now, without waiting for the socket: a socket nearly always has room. This saves
/// one wait, and sends several commands in one write.
void RedisConnection::flush_soon() {
    if (write_awaited_) return;
    if (writing_) return wait_writable(); // the socket had no room for all bytes
    write_awaited_ = true;
    boost::asio::post(descriptor_.get_executor(), [self = shared_from_this()] { self->on_writable(); });
}

void RedisConnection::on_readable() {
    if (context_ == nullptr) return;
    redisAsyncHandleRead(context_);
    if (context_ != nullptr) {
        const redisReader& reader = *context_->c.reader;
        if (reader.len - reader.pos <= max_bulk_bytes + 64) return wait_readable();
        error_ = "a reply is too large";
        redisAsyncFree(context_);
    }
    after_hiredis();
}

void RedisConnection::on_writable() {
    write_awaited_ = false;
    if (context_ == nullptr) return;
    writing_ = true;
    redisAsyncHandleWrite(context_);
    writing_ = false;
    if (context_ == nullptr) return after_hiredis();
    if ((context_->c.flags & REDIS_CONNECTED) == 0 && !write_awaited_) wait_writable();
}

void RedisConnection::after_hiredis() {
    if (Listener* const listener = std::exchange(listener_, nullptr)) listener->on_loss(std::move(error_));
}

} // namespace gatehouse
