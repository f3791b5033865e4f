// SPDX-License-Identifier: Apache-2.0
// The templates of the account pages, for templates.cpp. Constant; any thread.
#pragma once

#include <string_view>

namespace gatehouse::pages::shipped {

extern const std::string_view logout;
extern const std::string_view sessions;
extern const std::string_view password;
extern const std::string_view account_facts;
extern const std::string_view preferences;
extern const std::string_view recorded;
extern const std::string_view not_ended;
extern const std::string_view owner_form;
extern const std::string_view confirm_link;

} // namespace gatehouse::pages::shipped
