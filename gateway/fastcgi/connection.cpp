// SPDX-License-Identifier: Apache-2.0
#include "gateway/fastcgi/connection.h"

#include "gateway/log/log.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/core/demangle.hpp>
#include <string>
#include <typeinfo>
#include <utility>

namespace gatehouse::fastcgi {

namespace asio = boost::asio;

namespace {

/// While draining: how long an accepted connection may stay that has not sent its first request. A web server sends the
/// request right after it has connected; only a scheduling pause may come between.
constexpr Millis first_request_grace{250};

/// The type only, because what() may quote what a user has typed.
std::string type_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        return boost::core::demangle(typeid(e).name());
    } catch (...) {
        return "not a std::exception";
    }
}

void log_unhandled(const std::exception_ptr& failure, std::string_view path, std::string_view request_id) {
    const std::string type = type_of(failure);
    log::error("unhandled", {{"exception", std::string_view(type)}, {"path", path}, {"request_id", request_id}});
}

} // namespace

void Connection::start(Socket socket, std::shared_ptr<ConnectionGroup> group) {
    const auto executor = socket.get_executor();
    auto self = std::make_shared<Connection>(std::move(socket), std::move(group));
    asio::co_spawn(executor, run(std::move(self)), [](const std::exception_ptr& failure) {
        if (failure) log_unhandled(failure, {}, {});
    });
}

Connection::Connection(Socket socket, std::shared_ptr<ConnectionGroup> group)
    : socket_(std::move(socket)),
      group_(std::move(group)),
      input_(group_->options.max_request_bytes),
      gate_(group_->options.max_request_bytes, group_->options.max_params),
      deadline_(deadline_in(group_->options.idle_deadline)) {
    socket_.non_blocking(true);
    group_->live.insert(this);
}

Connection::~Connection() {
    if (!idle()) --group_->under_way;
    group_->live.erase(this);
    if (group_->live.empty()) group_->emptied.cancel();
}

void Connection::close() noexcept {
    boost::system::error_code ignored; // nothing is left to lose
    socket_.close(ignored);
}

// Shuts down receiving instead of closing. A request that the peer has already sent is still read and answered. What
// the peer sends later fails there at once, so the peer knows that it was not processed.
void Connection::drain() noexcept {
    if (!idle()) return;
    if (!served_) {
        deadline_ = std::min(deadline_, deadline_in(first_request_grace));
        return;
    }
    boost::system::error_code ignored; // the peer may be gone already
    socket_.shutdown(Socket::shutdown_receive, ignored);
}

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
    Connection& c = *self;
    for (;;) {
        c.gate_.reset();
        Gate::Verdict verdict = c.gate_.scan(c.input_.unread());
        while (verdict.state == Gate::State::need_more) {
            c.expect_bytes();
            const auto room = c.input_.room();
            const auto [error, count] =
                co_await c.socket_.async_read_some(asio::buffer(room.data(), room.size()), as_values);
            if (error) co_return c.peer_ended(error);
            c.input_.filled(count);
            verdict = c.gate_.scan(c.input_.unread());
        }
        if (!c.accept(verdict)) co_return;

        const http::Request request = c.codec_.request();
        http::Response response;
        std::exception_ptr failure;
        try {
            response = co_await c.group_->handler(request);
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) log_unhandled(failure, request.path(), request.request_id());

        const bool head = request.method() == "HEAD";
        const std::string_view rest = c.write_what_fits(c.codec_.encode(response, head));
        if (!rest.empty()) {
            c.enter(Phase::writing, deadline_in(c.group_->options.write_deadline));
            const auto [error, count] = co_await asio::async_write(c.socket_, asio::buffer(rest), as_values);
            if (error) co_return;
        }
        if (failure || !c.codec_.keep()) co_return;
    }
}

void Connection::enter(Phase phase, Deadline deadline) noexcept {
    if (idle()) ++group_->under_way;
    phase_ = phase;
    if (idle()) --group_->under_way;
    deadline_ = deadline;
}

// Called before each read. The read deadline counts from the request's first byte, so it is set once.
void Connection::expect_bytes() noexcept {
    if (input_.unread().empty()) {
        enter(Phase::idle, deadline_in(group_->options.idle_deadline));
        if (group_->draining) drain();
    } else if (phase_ != Phase::reading) {
        enter(Phase::reading, deadline_in(group_->options.read_deadline));
    }
}

bool Connection::accept(const Gate::Verdict& verdict) {
    if (!open()) return false; // closed while the last bytes were on their way
    std::string_view why = verdict.why;
    if (why.empty() && !codec_.decode(input_.take(verdict.bytes))) why = "libfcgi refused it";
    if (!why.empty()) {
        ++group_->stats.malformed;
        log::warning("malformed_request", {{"why", why}});
        return false;
    }
    ++group_->stats.requests;
    served_ = true;
    enter(Phase::answering, Deadline::max());
    return true;
}

void Connection::peer_ended(const boost::system::error_code& error) noexcept {
    if (error == asio::error::eof && !input_.unread().empty()) ++group_->stats.malformed;
}

// Mostly writes everything, without another round through the loop. An error is left for the next write to find.
std::string_view Connection::write_what_fits(std::string_view bytes) {
    boost::system::error_code ignored;
    const std::size_t written = socket_.write_some(asio::buffer(bytes), ignored);
    bytes.remove_prefix(written);
    return bytes;
}

} // namespace gatehouse::fastcgi
