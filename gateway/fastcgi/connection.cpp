// SPDX-License-Identifier: Apache-2.0
#include "gateway/fastcgi/connection.h"

#include "gateway/log/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/core/demangle.hpp>
#include <string>
#include <typeinfo>
#include <utility>

namespace gatehouse::fastcgi {

namespace asio = boost::asio;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// While draining: how long a connection may stay that has been accepted but has not sent its first request. A web
/// server sends it right after it has connected; it may only have been interrupted in between.
constexpr Millis first_request_grace{250};

/// Only the type: what() may quote what a user has typed.
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

void Connection::start(Socket socket, std::shared_ptr<Circle> circle) {
    const auto executor = socket.get_executor();
    auto self = std::make_shared<Connection>(std::move(socket), std::move(circle));
    asio::co_spawn(executor, run(std::move(self)), [](const std::exception_ptr& failure) {
        if (failure) log_unhandled(failure, {}, {});
    });
}

Connection::Connection(Socket socket, std::shared_ptr<Circle> circle)
    : socket_(std::move(socket)),
      circle_(std::move(circle)),
      input_(circle_->options.max_request_bytes),
      gate_(circle_->options.max_request_bytes, circle_->options.max_params),
      deadline_(deadline_in(circle_->options.idle_deadline)) {
    socket_.non_blocking(true);
    circle_->live.insert(this);
}

Connection::~Connection() {
    if (!idle()) --circle_->under_way;
    circle_->live.erase(this);
    if (circle_->live.empty()) circle_->emptied.cancel();
}

void Connection::close() noexcept {
    boost::system::error_code ignored; // there is nothing left to lose
    socket_.close(ignored);
}

// Receiving is shut down rather than the connection closed: a request that the peer has sent already is still read and
// answered, and what it would send from now on fails there at once, so it knows that nobody has seen it.
void Connection::drain() noexcept {
    if (!idle()) return;
    if (!served_) {
        deadline_ = std::min(deadline_, deadline_in(first_request_grace));
        return;
    }
    boost::system::error_code ignored; // gone already
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
            response = co_await c.circle_->handler(request);
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) log_unhandled(failure, request.path(), request.request_id());

        const bool head = request.method() == "HEAD";
        const std::string_view rest = c.write_what_fits(c.codec_.encode(response, head));
        if (!rest.empty()) {
            c.enter(Phase::writing, deadline_in(c.circle_->options.write_deadline));
            const auto [error, count] = co_await asio::async_write(c.socket_, asio::buffer(rest), as_values);
            if (error) co_return;
        }
        if (failure || !c.codec_.keep()) co_return;
    }
}

void Connection::enter(Phase phase, Deadline deadline) noexcept {
    if (idle()) ++circle_->under_way;
    phase_ = phase;
    if (idle()) --circle_->under_way;
    deadline_ = deadline;
}

// Before each read. The read deadline counts from the request's first byte, so it is set once.
void Connection::expect_bytes() noexcept {
    if (input_.unread().empty()) {
        enter(Phase::idle, deadline_in(circle_->options.idle_deadline));
        if (circle_->draining) drain();
    } else if (phase_ != Phase::reading) {
        enter(Phase::reading, deadline_in(circle_->options.read_deadline));
    }
}

bool Connection::accept(const Gate::Verdict& verdict) {
    if (!open()) return false; // closed while the last bytes were on their way to us
    std::string_view why = verdict.why;
    if (why.empty() && !codec_.decode(input_.take(verdict.bytes))) why = "libfcgi refused it";
    if (!why.empty()) {
        ++circle_->stats.malformed;
        log::warning("malformed_request", {{"why", why}});
        return false;
    }
    ++circle_->stats.requests;
    served_ = true;
    enter(Phase::answering, Deadline::max());
    return true;
}

void Connection::peer_ended(const boost::system::error_code& error) noexcept {
    if (error == asio::error::eof && !input_.unread().empty()) ++circle_->stats.malformed;
}

// Nearly always all of it, without another round through the loop. An error is left for the next write to find.
std::string_view Connection::write_what_fits(std::string_view bytes) {
    boost::system::error_code ignored;
    const std::size_t written = socket_.write_some(asio::buffer(bytes), ignored);
    bytes.remove_prefix(written);
    return bytes;
}

} // namespace gatehouse::fastcgi
