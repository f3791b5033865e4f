// SPDX-License-Identifier: Apache-2.0
// The HTML of account.h, and of the links that it has sent.
#pragma once

#include <string_view>

namespace gatehouse::pages {

inline constexpr std::string_view owner_form_source = R"html(<h1>{{title}}</h1>
{{#sent_text}}
<p class="notice" role="status">{{sent_text}}</p>
{{/sent_text}}
{{#way_on}}
<p><a class="button" href="{{way_on}}">{{way_words}}</a></p>
{{/way_on}}
{{^sent_text}}
{{^way_on}}
<p class="lead">{{lead}}</p>
{{#above_the_form}}
<p class="alert" role="alert">{{error}}</p>
{{/above_the_form}}
<form method="post" action="{{prefix}}{{action}}">
<input type="hidden" name="csrf" value="{{csrf}}">
<input class="unseen" name="username" type="text" value="{{email}}" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
{{#target}}
<input type="hidden" name="rd" value="{{target}}">
{{/target}}
{{#value_name}}
<div class="field">
<label for="value">{{value_label}}</label>
<input id="value" name="{{value_name}}" type="text" inputmode="{{value_mode}}" value="{{value}}" autocomplete="{{value_mode}}" autocapitalize="none" spellcheck="false" maxlength="254"{{#value_required}} required{{/value_required}}{{#value_wrong}} aria-invalid="true" aria-describedby="value-error"{{/value_wrong}}>
{{#value_wrong}}
<p class="wrong" role="alert" id="value-error">{{value_wrong}}</p>
{{/value_wrong}}
</div>
{{/value_name}}
{{#asks_password}}
<div class="field">
<label for="current">{{t.current_password}}</label>
<input id="current" name="current_password" type="password" autocomplete="current-password" required{{#current_invalid}} aria-invalid="true" aria-describedby="error"{{/current_invalid}}>
{{#current_invalid}}
<p class="wrong" role="alert" id="error">{{error}}</p>
{{/current_invalid}}
</div>
{{/asks_password}}
<button class="{{#danger}}danger{{/danger}}{{^danger}}primary{{/danger}}" type="submit">{{button}}</button>
</form>
{{/way_on}}
{{/sent_text}}
{{#missing}}
<p class="lead">{{t.mail_missing}}</p>
{{/missing}}
<p class="hint"><a class="way" href="{{prefix}}/me">{{t.back_to_account}}</a></p>
)html";

inline constexpr std::string_view confirm_link_source = R"html(<h1>{{title}}</h1>
{{#error}}
<p class="alert" role="alert" id="error">{{error}}</p>
{{/error}}
<p class="lead">{{lead}}</p>
<form method="post" action="{{prefix}}{{action}}">
<input type="hidden" name="csrf" value="{{csrf}}">
{{#target}}
<input type="hidden" name="rd" value="{{target}}">
{{/target}}
<p class="whom">{{t.account_email}}: <strong class="who">{{email}}</strong></p>
<button class="primary" type="submit">{{button}}</button>
</form>
)html";

} // namespace gatehouse::pages
