// SPDX-License-Identifier: Apache-2.0
// The ways of a mail out of the gateway. Each call blocks; any thread.
#pragma once

#include "gateway/mail/transport.h"

#include <string>
#include <string_view>

namespace gatehouse::mail {

/// In smtp.cpp.
[[nodiscard]] Delivery send_by_smtp(const Route& route, const Parcel& parcel);
/// In folder.cpp: one file for each mail, named after its id. A file appears as a whole, readable by its owner only.
[[nodiscard]] Delivery put_into_folder(const std::string& directory, const Parcel& parcel);

/// What a server said as one line for logs and lists: printable ASCII, without the recipient's address.
[[nodiscard]] std::string readable_answer(std::string_view text, std::string_view recipient);

/// The command that a server answered last.
enum class Phase { connect, tls, login, sender, recipient, text };

/// How an answer of SMTP to this command ends the try. `code`: 0 if there was no answer.
[[nodiscard]] Delivery::Outcome outcome_of(Phase phase, long code);

} // namespace gatehouse::mail
