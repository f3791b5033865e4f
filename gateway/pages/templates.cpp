// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/templates.h"

#include "gateway/pages/account_templates.h"

#include <array>

namespace gatehouse::pages {
namespace {

// The meta element overrides the referrer policy of the header, no-referrer, which would also make browsers send
// "Origin: null" with our own forms. Browsers without Sec-Fetch-Site could then not post to us. The meta element must
// stand after the style sheet.
constexpr std::string_view layout = R"html(<!DOCTYPE html>
<html lang="{{lang}}"{{#theme}} data-theme="{{theme}}"{{/theme}}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{{theme}}{{^theme}}light dark{{/theme}}">
{{#ground}}
<meta name="theme-color" content="{{ground}}">
{{/ground}}
{{^ground}}
<meta name="theme-color" content="{{light_ground}}" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="{{dark_ground}}" media="(prefers-color-scheme: dark)">
{{/ground}}
<meta name="robots" content="noindex">
<title>{{title}} · Gatehouse</title>
<link rel="stylesheet" href="{{prefix}}/{{style}}">
<meta name="referrer" content="same-origin">
</head>
<body>
<header class="top{{^member}} narrow{{/member}}">
<span class="brand">
<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><path class="wall" d="M4 28V9.5L7 7v3h4V5l5-3 5 3v5h4V7l3 2.5V28h-8v-7a4 4 0 0 0-8 0v7z"/></svg>
Gatehouse
</span>
{{#member}}
<nav aria-label="{{t.nav_label}}">
<a href="{{prefix}}/me"{{#at_account}} aria-current="page"{{/at_account}}>{{t.nav_account}}</a>
<a href="{{prefix}}/sessions"{{#at_sessions}} aria-current="page"{{/at_sessions}}>{{t.nav_sessions}}</a>
<a href="{{prefix}}/password/change"{{#at_password}} aria-current="page"{{/at_password}}>{{t.nav_password}}</a>
<a href="{{prefix}}/preferences"{{#at_preferences}} aria-current="page"{{/at_preferences}}>{{t.nav_preferences}}</a>
<a href="{{prefix}}/logout">{{t.nav_sign_out}}</a>
</nav>
{{/member}}
</header>
<main class="card{{#member}} wide{{/member}}">
{{{content}}}
</main>
</body>
</html>
)html";

constexpr std::string_view login = R"html(<h1>{{title}}</h1>
{{#error}}
<p class="alert" role="alert" id="error">{{error}}</p>
{{/error}}
{{^error}}
{{#notice}}
<p class="notice{{#info}} info{{/info}}" role="status">{{notice}}</p>
{{/notice}}
{{^notice}}
{{#site}}
<p class="lead">{{t.login_lead}} <span class="who">{{site}}</span>.</p>
{{/site}}
{{/notice}}
{{/error}}
<form method="post" action="{{prefix}}/login">
<input type="hidden" name="csrf" value="{{csrf}}">
<input type="hidden" name="rd" value="{{target}}">
<div class="field">
<label for="identifier">{{t.identifier}}</label>
<input id="identifier" name="identifier" type="text" value="{{identifier}}" autocomplete="username" inputmode="email" autocapitalize="none" spellcheck="false" maxlength="254" required{{^identifier}} autofocus{{/identifier}}{{#invalid}} aria-invalid="true" aria-describedby="error"{{/invalid}}>
</div>
<div class="field">
<label for="password">{{t.password}}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{{#identifier}} autofocus{{/identifier}}{{#invalid}} aria-invalid="true" aria-describedby="error"{{/invalid}}>
</div>
{{#offers_reset}}
<p class="hint"><a class="way" href="{{prefix}}/password/forgot">{{t.forgot_link}}</a></p>
{{/offers_reset}}
<label class="check"><input name="remember" type="checkbox"{{#remember}} checked{{/remember}}> <span>{{keep_me}}</span></label>
<button class="primary" type="submit">{{t.sign_in}}</button>
</form>
{{#offers_registration}}
<p class="hint"><a class="way" href="{{prefix}}/register">{{t.register_link}}</a></p>
{{/offers_registration}}
)html";

constexpr std::string_view logout = R"html(<h1>{{title}}</h1>
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

constexpr std::string_view sessions = R"html(<h1>{{title}}</h1>
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
<p class="detail">{{address}} · {{context}}</p>
<p class="detail">{{t.active}} {{last_activity}} · {{t.signed_in}} {{created}}</p>
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
<p class="detail">{{address}} · {{context}}</p>
<p class="detail">{{t.active}} {{last_activity}} · {{t.signed_in}} {{created}}</p>
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

constexpr std::string_view password = R"html(<h1>{{title}}</h1>
<p class="lead">{{t.password_lead}}</p>
{{#above_the_form}}
<p class="alert" role="alert">{{error}}</p>
{{/above_the_form}}
<form method="post" action="{{prefix}}/password/change">
<input type="hidden" name="csrf" value="{{csrf}}">
<input class="unseen" name="username" type="text" value="{{email}}" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
<div class="field">
<label for="current">{{t.current_password}}</label>
<input id="current" name="current_password" type="password" autocomplete="current-password" required autofocus{{#current_invalid}} aria-invalid="true" aria-describedby="error"{{/current_invalid}}>
{{#current_invalid}}
<p class="wrong" role="alert" id="error">{{error}}</p>
{{/current_invalid}}
</div>
<div class="field">
<label for="new">{{t.new_password}}</label>
<input id="new" name="new_password" type="password" autocomplete="new-password" minlength="{{min_length}}" required{{#new_invalid}} aria-invalid="true" aria-describedby="error hint"{{/new_invalid}}{{^new_invalid}} aria-describedby="hint"{{/new_invalid}}>
{{#new_invalid}}
<p class="wrong" role="alert" id="error">{{error}}</p>
{{/new_invalid}}
<p class="hint" id="hint">{{hint}}</p>
</div>
<button class="primary" type="submit">{{t.change_password}}</button>
</form>
)html";

constexpr std::string_view account_facts = R"html(<h1>{{title}}</h1>
{{#notice}}
<p class="notice" role="status">{{notice}}</p>
{{/notice}}
<dl class="facts">
<div><dt>{{t.account_email}}</dt><dd><span class="who">{{email}}</span> <span class="badge{{^is_verified}} muted{{/is_verified}}">{{#is_verified}}{{t.verified}}{{/is_verified}}{{^is_verified}}{{t.not_verified}}{{/is_verified}}</span></dd></div>
<div><dt>{{t.account_role}}</dt><dd>{{role}}{{^role}}{{t.account_none}}{{/role}}</dd></div>
<div><dt>{{t.account_context}}</dt><dd>{{context}}</dd></div>
<div><dt>{{t.account_permissions}}</dt><dd>{{#permissions}}<span class="tag">{{name}}</span> {{/permissions}}{{^permissions}}{{t.account_none}}{{/permissions}}</dd></div>
</dl>
<div class="actions">
<a class="button" href="{{prefix}}/sessions">{{t.see_sessions}}</a>
<a class="button" href="{{prefix}}/password/change">{{t.change_password}}</a>
<a class="button" href="{{prefix}}/logout">{{t.sign_out}}</a>
</div>
{{#offers_address}}
<p class="hint"><a class="way" href="{{prefix}}/account/email">{{#email}}{{t.change_address}}{{/email}}{{^email}}{{t.add_address}}{{/email}}</a></p>
{{#offers_verification}}
<p class="hint"><a class="way" href="{{prefix}}/account/verify">{{t.confirm_button_verify}}</a></p>
{{/offers_verification}}
{{/offers_address}}
{{#owns_account}}
<p class="hint"><a class="way" href="{{prefix}}/account/phone">{{t.phone_title}}</a></p>
{{/owns_account}}
<p class="hint"><a class="way" href="{{prefix}}/account/data">{{t.download_data}}</a></p>
{{#owns_account}}
<p class="hint"><a class="way" href="{{prefix}}/account/delete">{{t.delete_account}}</a></p>
{{/owns_account}}
)html";

constexpr std::string_view preferences = R"html(<h1>{{title}}</h1>
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

constexpr std::string_view error = R"html(<h1>{{title}}</h1>
<p class="lead">{{hint}}</p>
<a class="button" href="/">{{t.go_home}}</a>
{{#request_id}}
<p class="hint small">{{t.request_id}} <code>{{request_id}}</code></p>
{{/request_id}}
)html";

constexpr std::string_view recorded = R"html(<h1>{{title}}</h1>
<p class="lead">{{what}} {{t.recorded_hint}}</p>
<a class="button" href="{{#member}}{{prefix}}/sessions{{/member}}{{^member}}/{{/member}}">{{#member}}{{t.see_sessions}}{{/member}}{{^member}}{{t.go_home}}{{/member}}</a>
{{#request_id}}
<p class="hint small">{{t.request_id}} <code>{{request_id}}</code></p>
{{/request_id}}
)html";

constexpr std::string_view not_ended = R"html(<h1>{{title}}</h1>
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

constexpr std::string_view ask_for_mail = R"html(<h1>{{title}}</h1>
{{#sent}}
<p class="notice" role="status">{{sent_text}}</p>
<p class="lead">{{t.mail_missing}}</p>
{{/sent}}
{{^sent}}
{{#error}}
<p class="alert" role="alert" id="error">{{error}}</p>
{{/error}}
{{^error}}
<p class="lead">{{lead}}</p>
{{/error}}
<form method="post" action="{{prefix}}{{action}}">
<input type="hidden" name="csrf" value="{{csrf}}">
<div class="field">
<label for="identifier">{{t.identifier}}</label>
<input id="identifier" name="identifier" type="text" inputmode="email" value="{{identifier}}" autocomplete="email" autocapitalize="none" spellcheck="false" maxlength="254" required autofocus{{#invalid}} aria-invalid="true" aria-describedby="error"{{/invalid}}>
</div>
<button class="primary" type="submit">{{button}}</button>
</form>
{{/sent}}
<p class="hint"><a class="way" href="{{prefix}}/login">{{t.back_to_login}}</a></p>
)html";

constexpr std::string_view choose_password = R"html(<h1>{{title}}</h1>
{{#error}}
<p class="alert" role="alert" id="error">{{error}}</p>
{{/error}}
{{^error}}
<p class="lead">{{lead}}</p>
{{/error}}
<form method="post" action="{{prefix}}{{action}}">
<input type="hidden" name="csrf" value="{{csrf}}">
<p class="whom">{{t.account_email}}: <strong class="who">{{email}}</strong></p>
<input class="unseen" name="username" type="text" value="{{email}}" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
<div class="field">
<label for="new">{{t.new_password}}</label>
<input id="new" name="new_password" type="password" autocomplete="new-password" required autofocus{{#error}} aria-invalid="true" aria-describedby="error hint"{{/error}}{{^error}} aria-describedby="hint"{{/error}}>
<p class="hint" id="hint">{{hint}}</p>
</div>
<button class="primary" type="submit">{{button}}</button>
</form>
)html";

constexpr std::string_view dead_link = R"html(<h1>{{title}}</h1>
<p class="lead">{{t.dead_link_lead}}</p>
{{#again}}
<a class="button" href="{{prefix}}{{again}}">{{button}}</a>
{{/again}}
<p class="hint"><a class="way" href="{{prefix}}/login">{{t.back_to_login}}</a></p>
)html";

// For programs that show mail, which know no style sheets of ours: plain HTML with the few styles that all of them
// know.
constexpr std::string_view mail = R"html(<!DOCTYPE html>
<html lang="{{lang}}">
<head><meta charset="utf-8"><title>{{title}}</title></head>
<body style="margin:0;padding:24px;font-family:sans-serif;font-size:16px;line-height:1.5;color:#1c1f23;background:#ffffff">
<p>{{lead}}</p>
{{#detail}}
<p><strong>{{detail}}</strong></p>
{{/detail}}
<p><a href="{{url}}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#1f5fd1;color:#ffffff;text-decoration:none">{{button}}</a></p>
<p style="font-size:14px">{{url}}</p>
<p style="font-size:14px;color:#4a5056">{{ends}} {{hint}}</p>
<p style="font-size:14px;color:#4a5056">{{site}}</p>
</body>
</html>
)html";

constexpr std::array sources = {layout,
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
                                owner_form_source,
                                confirm_link_source};

} // namespace

std::span<const std::string_view> template_sources() noexcept {
    return sources;
}

} // namespace gatehouse::pages
