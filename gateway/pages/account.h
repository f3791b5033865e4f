// SPDX-License-Identifier: Apache-2.0
// The pages on which the owner of an account changes or deletes it. Loop thread only.
#pragma once

#include "gateway/pages/pages.h"

#include <string>
#include <string_view>

namespace gatehouse::pages {

/// One form about the account. All but `verify_address` need the current password.
struct OwnerForm {
    enum class What { delete_account, new_address, phone, verify_address };
    enum class ValueError { none, no_address, same_address, no_phone };
    /// What the page says in place of the form.
    enum class State {
        form,
        sent,       ///< a mail is on its way, perhaps
        verified,   ///< the address is confirmed already
        no_address, ///< there is nothing to confirm
    };

    What what{};
    std::string csrf;
    std::string email;  ///< the account's, for password managers
    std::string value;  ///< of the field: what was typed before, or what is stored
    std::string target; ///< where the person wanted to go; empty: nowhere
    State state = State::form;
    PasswordChange::Error error = PasswordChange::Error::none;
    ValueError value_error = ValueError::none;
    Seconds retry_after{0};
};
[[nodiscard]] std::string owner_form_page(const Frame& frame, const OwnerForm& page);

/// The form's name, in its token and its path: /account/<name>.
[[nodiscard]] std::string_view name_of(OwnerForm::What what) noexcept;
/// The name of the field beside the password; empty: there is none.
[[nodiscard]] std::string_view field_of(OwnerForm::What what) noexcept;
[[nodiscard]] bool needs_password(OwnerForm::What what) noexcept;

} // namespace gatehouse::pages
