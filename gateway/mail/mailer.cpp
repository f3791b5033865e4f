// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/mailer.h"

namespace gatehouse::mail {

Mailer::Mailer(const boost::asio::any_io_executor& executor, MailStore& store, Composer& composer,
               const MailConfig& config, std::string node)
    : transport_(config),
      dispatcher_(executor, {store, composer, [this](Parcel parcel) { return transport_.send(std::move(parcel)); },
                             transport_.patience(), config::parse_sender(config.from).value(), std::move(node)}),
      queue_(store, dispatcher_) {}

} // namespace gatehouse::mail
