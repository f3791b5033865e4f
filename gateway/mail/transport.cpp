// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/transport.h"

#include "gateway/mail/deliveries.h"

#include <stdexcept>

namespace gatehouse::mail {
namespace {

constexpr Millis until_the_thread_says_so{5000};

} // namespace

Route route_of(const MailConfig& config) {
    const auto target = config::parse_mail_url(config.url);
    if (!target) throw std::runtime_error("mail_url cannot be understood");
    return {config, *target};
}

Delivery deliver(const Route& route, const Parcel& parcel) {
    if (route.target.kind == config::MailTarget::Kind::folder) return put_into_folder(route.target.path, parcel);
    return send_by_smtp(route, parcel);
}

Transport::Transport(const MailConfig& config) : route_(route_of(config)) {}

Millis Transport::patience() const noexcept {
    // One timeout for the mail, and one for the end of the connection.
    return 2 * Millis(route_.config.timeout) + until_the_thread_says_so;
}

boost::asio::awaitable<Delivery> Transport::send(Parcel parcel) {
    auto job = [route = route_, parcel = std::move(parcel)] { return Result<Delivery>(deliver(route, parcel)); };
    auto done = co_await thread_.run(std::move(job), deadline_in(patience()), JobKind::serves);
    if (done) co_return std::move(*done);
    co_return Delivery{Delivery::Outcome::later, "the mail server took too long", {}, true};
}

} // namespace gatehouse::mail
