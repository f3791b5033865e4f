// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/style.h"

namespace gatehouse::pages {
namespace {

// The switch that shows a password is in the page, hidden: without this script it would do nothing. A password is
// hidden again before it is sent, so that browsers offer to keep it.
constexpr std::string_view script_source = R"js(// SPDX-License-Identifier: Apache-2.0
'use strict';
for (const button of document.querySelectorAll('button.peek')) {
  const field = document.getElementById(button.getAttribute('aria-controls'));
  const show = (shown) => {
    field.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    show(field.type === 'password');
    field.focus();
  });
  field.form.addEventListener('submit', () => show(false));
}
)js";

constexpr std::string_view icon_source =
    R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#2f54c9" d="M4 28V9.5L7 7v3h4V5l5-3 5 3v5h4V7l3 2.5V28h-8v-7a4 4 0 0 0-8 0v7z"/></svg>
)svg";

} // namespace

std::string_view script() noexcept {
    return script_source;
}

std::string_view shipped_icon() noexcept {
    return icon_source;
}

} // namespace gatehouse::pages
