// SPDX-License-Identifier: Apache-2.0
// The HTML of the pages, as Mustache templates inside the program, so that no file has to be installed or can be
// missing. An operator's own templates come with the look (look.h). Any thread.
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

/// The name of the template's file, without its ending, where an operator replaces it.
[[nodiscard]] std::string_view name_of(Template which) noexcept;

} // namespace gatehouse::pages
