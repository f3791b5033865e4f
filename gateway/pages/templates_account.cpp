// SPDX-License-Identifier: Apache-2.0
// The pages for people who are signed in.
#include "gateway/pages/template_texts.h"

namespace gatehouse::pages::shipped {

constinit const std::string_view logout = R"html(<h1>{{title}}</h1>
{{#error}}
<p class="alert" role="alert">{{error}}</p>
{{/error}}
{{#failed}}
<p class="alert" role="alert">{{t.logout_failed}}</p>
<p class="lead">{{t.logout_failed_hint}}</p>
{{/failed}}
{{^failed}}
<p class="lead">{{#email}}{{t.logout_as}} <strong class="who">{{email}}</strong>. {{/email}}{{t.logout_lead}}</p>
{{/failed}}
<form method="post" action="{{prefix}}/logout">
<input type="hidden" name="csrf" value="{{csrf}}">
<button class="primary" type="submit">{{#failed}}{{t.sign_out_again}}{{/failed}}{{^failed}}{{t.sign_out}}{{/failed}}</button>
</form>
<a class="button" href="{{target}}{{^target}}/{{/target}}">{{t.stay}}</a>
)html";

constinit const std::string_view sessions = R"html(<h1>{{title}}</h1>
<p class="lead">{{t.sessions_lead}}</p>
{{#error}}
<p class="alert" role="alert">{{error}}</p>
{{/error}}
{{#notice}}
<p class="notice" role="status">{{notice}}</p>
{{/notice}}
<ul class="rows here">
{{#here}}
<li>
<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">{{#handheld}}<path class="line" d="M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm3 15h2"/>{{/handheld}}{{^handheld}}<path class="line" d="M4 5h16v11H4zM9 20h6M12 16v4"/>{{/handheld}}</svg>
<div class="what">
<p class="name">{{device}} <span class="badge">{{t.this_device}}</span></p>
<p class="detail">{{address}}{{#context}} · {{context}}{{/context}}</p>
<details>
<summary aria-label="{{t.details}}: {{spoken}}">{{t.details}}</summary>
<dl class="facts">
{{#kind}}
<div><dt>{{t.device_kind}}</dt><dd>{{kind}}</dd></div>
{{/kind}}
<div><dt>{{t.signed_in_at}}</dt><dd><time datetime="{{created_iso}}">{{created_at}}</time></dd></div>
<div><dt>{{t.active_at}}</dt><dd><time datetime="{{active_iso}}">{{active_at}}</time></dd></div>
</dl>
<form method="post" action="{{prefix}}/sessions/name" class="naming">
<input type="hidden" name="csrf" value="{{csrf}}">
<input type="hidden" name="handle" value="{{handle}}">
<div class="field">
<label for="name-{{handle}}">{{t.device_name}}</label>
<input id="name-{{handle}}" name="name" type="text" value="{{given}}" maxlength="40" autocomplete="off">
</div>
<button type="submit" aria-label="{{t.save_name}}: {{spoken}}">{{t.save}}</button>
</form>
</details>
</div>
</li>
{{/here}}
</ul>
{{#others}}
<div class="heading">
<h2>{{t.other_devices}} ({{count}})</h2>
<form method="post" action="{{prefix}}/sessions/revoke-others">
<input type="hidden" name="csrf" value="{{csrf}}">
<button class="danger" type="submit">{{end_others}}</button>
</form>
</div>
<ul class="rows">
{{#rows}}
<li>
<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">{{#handheld}}<path class="line" d="M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm3 15h2"/>{{/handheld}}{{^handheld}}<path class="line" d="M4 5h16v11H4zM9 20h6M12 16v4"/>{{/handheld}}</svg>
<div class="what">
<p class="name">{{device}}</p>
<p class="detail">{{address}}{{#context}} · {{context}}{{/context}} · {{last_activity}}</p>
<details>
<summary aria-label="{{t.details}}: {{spoken}}">{{t.details}}</summary>
<dl class="facts">
{{#kind}}
<div><dt>{{t.device_kind}}</dt><dd>{{kind}}</dd></div>
{{/kind}}
<div><dt>{{t.signed_in_at}}</dt><dd><time datetime="{{created_iso}}">{{created_at}}</time></dd></div>
<div><dt>{{t.active_at}}</dt><dd><time datetime="{{active_iso}}">{{active_at}}</time></dd></div>
</dl>
<form method="post" action="{{prefix}}/sessions/name" class="naming">
<input type="hidden" name="csrf" value="{{csrf}}">
<input type="hidden" name="handle" value="{{handle}}">
<div class="field">
<label for="name-{{handle}}">{{t.device_name}}</label>
<input id="name-{{handle}}" name="name" type="text" value="{{given}}" maxlength="40" autocomplete="off">
</div>
<button type="submit" aria-label="{{t.save_name}}: {{spoken}}">{{t.save}}</button>
</form>
</details>
</div>
<form method="post" action="{{prefix}}/sessions/revoke">
<input type="hidden" name="csrf" value="{{csrf}}">
<input type="hidden" name="handle" value="{{handle}}">
{{#device_name}}
<input type="hidden" name="device" value="{{device_name}}">
{{/device_name}}
<button type="submit" aria-label="{{t.end_session}}: {{spoken}}">{{t.end_session}}</button>
</form>
</li>
{{/rows}}
</ul>
{{/others}}
{{^others}}
<p class="hint">{{t.no_others}}</p>
{{/others}}
)html";

constinit const std::string_view password = R"html(<h1>{{title}}</h1>
<p class="lead">{{t.password_lead}}</p>
{{#above_the_form}}
<p class="alert" role="alert">{{error}}</p>
{{/above_the_form}}
<form method="post" action="{{prefix}}/password/change">
<input type="hidden" name="csrf" value="{{csrf}}">
<input class="unseen" name="username" type="text" value="{{email}}" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
<div class="field">
<label for="current">{{t.current_password}}</label>
<div class="secret">
<input id="current" name="current_password" type="password" autocomplete="current-password" required autofocus{{#current_invalid}} aria-invalid="true" aria-describedby="error"{{/current_invalid}}>
<button class="peek" type="button" hidden aria-controls="current" aria-pressed="false" aria-label="{{t.show_password}}: {{t.current_password}}"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false"><path class="line" d="M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6"/></svg></button>
</div>
{{#current_invalid}}
<p class="wrong" role="alert" id="error">{{error}}</p>
{{/current_invalid}}
</div>
<div class="field">
<label for="new">{{t.new_password}}</label>
<div class="secret">
<input id="new" name="new_password" type="password" autocomplete="new-password" minlength="{{min_length}}" required{{#new_invalid}} aria-invalid="true" aria-describedby="error hint"{{/new_invalid}}{{^new_invalid}} aria-describedby="hint"{{/new_invalid}}>
<button class="peek" type="button" hidden aria-controls="new" aria-pressed="false" aria-label="{{t.show_password}}: {{t.new_password}}"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false"><path class="line" d="M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6"/></svg></button>
</div>
{{#new_invalid}}
<p class="wrong" role="alert" id="error">{{error}}</p>
{{/new_invalid}}
<p class="hint" id="hint">{{hint}}</p>
</div>
<button class="primary" type="submit">{{t.change_password}}</button>
</form>
)html";

// Everything that a person can do with the account is a part of its own below the facts, in this order: each is a
// <section class="part"> with an <h2>, a sentence and one form.
constinit const std::string_view account_facts = R"html(<h1>{{title}}</h1>
{{#notice}}
<p class="notice" role="status">{{notice}}</p>
{{/notice}}
<dl class="facts">
<div><dt>{{t.account_email}}</dt><dd><span class="who">{{email}}</span> <span class="badge{{^is_verified}} muted{{/is_verified}}">{{#is_verified}}{{t.verified}}{{/is_verified}}{{^is_verified}}{{t.not_verified}}{{/is_verified}}</span></dd></div>
{{#context}}
<div><dt>{{t.account_context}}</dt><dd>{{context}}</dd></div>
{{/context}}
{{#role}}
<div><dt>{{t.account_role}}</dt><dd>{{role}}</dd></div>
{{/role}}
{{#has_permissions}}
<div><dt>{{t.account_permissions}}</dt><dd>{{#permissions}}<span class="tag">{{name}}</span> {{/permissions}}</dd></div>
{{/has_permissions}}
</dl>
{{#offers_address}}
<section class="part">
<h2>{{t.address_part}}</h2>
<p>{{t.address_part_lead}}</p>
<p class="ways"><a class="button" href="{{prefix}}/account/email">{{#email}}{{t.change_address}}{{/email}}{{^email}}{{t.add_address}}{{/email}}</a>
{{#offers_verification}}
<a class="button" href="{{prefix}}/account/verify">{{t.confirm_button_verify}}</a>
{{/offers_verification}}
</p>
</section>
{{/offers_address}}
{{#owns_account}}
<section class="part">
<h2>{{t.phone_title}}</h2>
<p>{{t.phone_part_lead}}</p>
<a class="button" href="{{prefix}}/account/phone">{{t.change_phone}}</a>
</section>
{{/owns_account}}
<section class="part">
<h2>{{t.data_part}}</h2>
<p>{{t.data_part_lead}}</p>
<p class="ways"><a class="button" href="{{prefix}}/account/data">{{t.download_data}}</a>
{{#owns_account}}
<a class="button danger" href="{{prefix}}/account/delete">{{t.delete_account}}</a>
{{/owns_account}}
</p>
</section>
<section class="part">
<h2>{{t.sign_out}}</h2>
<p>{{t.logout_lead}}</p>
<a class="button" href="{{prefix}}/logout">{{t.sign_out}}</a>
</section>
)html";

constinit const std::string_view preferences = R"html(<h1>{{title}}</h1>
<p class="lead">{{t.preferences_lead}}</p>
{{#error}}
<p class="alert" role="alert">{{error}}</p>
{{/error}}
{{#saved}}
<p class="notice" role="status">{{t.preferences_saved}}</p>
{{/saved}}
<form method="post" action="{{prefix}}/preferences">
<input type="hidden" name="csrf" value="{{csrf}}">
<div class="field">
<label for="theme">{{t.theme}}</label>
<select id="theme" name="theme">
<option value="{{browser}}">{{t.as_browser}}</option>
<option value="light"{{#light}} selected{{/light}}>{{t.theme_light}}</option>
<option value="dark"{{#dark}} selected{{/dark}}>{{t.theme_dark}}</option>
</select>
</div>
<div class="field">
<label for="language">{{t.language}}</label>
<select id="language" name="language">
<option value="{{browser}}">{{t.as_browser}}</option>
{{#languages}}
<option value="{{code}}" lang="{{code}}"{{#chosen}} selected{{/chosen}}>{{name}}</option>
{{/languages}}
</select>
</div>
<button class="primary" type="submit">{{t.save}}</button>
</form>
)html";

constinit const std::string_view recorded = R"html(<h1>{{title}}</h1>
<p class="lead">{{what}} {{t.recorded_hint}}</p>
<a class="button" href="{{#member}}{{prefix}}/sessions{{/member}}{{^member}}{{home}}{{/member}}">{{#member}}{{t.see_sessions}}{{/member}}{{^member}}{{t.go_home}}{{/member}}</a>
{{#request_id}}
<p class="hint small">{{t.request_id}} <code>{{request_id}}</code></p>
{{/request_id}}
)html";

constinit const std::string_view not_ended = R"html(<h1>{{title}}</h1>
<p class="alert" role="alert">{{t.not_ended_hint}}</p>
<form method="post" action="{{prefix}}/sessions/revoke{{^handle}}-others{{/handle}}">
<input type="hidden" name="csrf" value="{{csrf}}">
{{#handle}}
<input type="hidden" name="handle" value="{{handle}}">
{{#device_name}}
<input type="hidden" name="device" value="{{device_name}}">
{{/device_name}}
{{/handle}}
<button class="primary" type="submit">{{t.try_again}}</button>
</form>
<a class="button" href="{{prefix}}/sessions">{{t.see_sessions}}</a>
)html";

constinit const std::string_view owner_form = R"html(<h1>{{title}}</h1>
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
<div class="secret">
<input id="current" name="current_password" type="password" autocomplete="current-password" required{{#current_invalid}} aria-invalid="true" aria-describedby="error"{{/current_invalid}}>
<button class="peek" type="button" hidden aria-controls="current" aria-pressed="false" aria-label="{{t.show_password}}"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false"><path class="line" d="M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6"/></svg></button>
</div>
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

constinit const std::string_view confirm_link = R"html(<h1>{{title}}</h1>
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

} // namespace gatehouse::pages::shipped
