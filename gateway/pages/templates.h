// SPDX-License-Identifier: Apache-2.0
// The HTML of the pages, as Mustache templates inside the program, so that no file has to be installed or can be
// missing. Any thread.
#pragma once

#include <span>
#include <string_view>

namespace gatehouse::pages {

/// In the order of template_sources().
enum class Template {
    layout,
    login,
    logout,
    sessions,
    password,
    account_facts,
    preferences,
    error,
    recorded,
    not_ended,
    ask_for_mail,
    choose_password,
    dead_link,
    mail,
    owner_form,
    confirm_link
};

[[nodiscard]] std::span<const std::string_view> template_sources() noexcept;

} // namespace gatehouse::pages
