// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/templates.h"

#include "gateway/pages/template_texts.h"

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
<title>{{title}} · {{brand}}</title>
<link rel="icon" href="{{prefix}}/{{icon}}">
<link rel="stylesheet" href="{{prefix}}/{{style}}">
<script src="{{prefix}}/{{script}}" defer></script>
<meta name="referrer" content="same-origin">
</head>
<body>
<a class="skip" href="#content">{{t.skip}}</a>
<header class="top{{^member}} narrow{{/member}}">
<span class="brand">
{{#logo}}
<picture>{{#other_logo}}<source srcset="{{prefix}}/{{other_logo}}" media="(prefers-color-scheme: dark)">{{/other_logo}}<img class="logo" src="{{prefix}}/{{logo}}" alt=""></picture>
{{/logo}}
{{^logo}}
<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><path class="wall" d="M4 28V9.5L7 7v3h4V5l5-3 5 3v5h4V7l3 2.5V28h-8v-7a4 4 0 0 0-8 0v7z"/></svg>
{{/logo}}
{{brand}}
</span>
{{#member}}
<a class="home" href="{{home}}"><span aria-hidden="true">←</span> {{back}}</a>
{{/member}}
</header>
<div class="{{#member}}shell{{/member}}{{^member}}alone{{/member}}">
{{#member}}
<nav aria-label="{{t.nav_label}}">
<a href="{{prefix}}/me"{{#at_account}} aria-current="page"{{/at_account}}>{{t.nav_account}}</a>
<a href="{{prefix}}/sessions"{{#at_sessions}} aria-current="page"{{/at_sessions}}>{{t.nav_sessions}}</a>
<a href="{{prefix}}/password/change"{{#at_password}} aria-current="page"{{/at_password}}>{{t.nav_password}}</a>
<a href="{{prefix}}/preferences"{{#at_preferences}} aria-current="page"{{/at_preferences}}>{{t.nav_preferences}}</a>
<a href="{{prefix}}/logout">{{t.nav_sign_out}}</a>
</nav>
{{/member}}
<main class="card" id="content" tabindex="-1">
{{{content}}}
</main>
</div>
{{#has_foot}}
<footer class="foot">
{{#has_switches}}
<ul class="languages" aria-label="{{t.language}}">
{{#switches}}
<li><a href="{{prefix}}{{address}}" lang="{{code}}" hreflang="{{code}}"{{#chosen}} aria-current="true"{{/chosen}}>{{name}}</a></li>
{{/switches}}
</ul>
{{/has_switches}}
{{#has_links}}
<ul>
{{#help_url}}
<li><a href="{{help_url}}">{{t.help}}</a></li>
{{/help_url}}
{{#privacy_url}}
<li><a href="{{privacy_url}}">{{t.privacy}}</a></li>
{{/privacy_url}}
{{#terms_url}}
<li><a href="{{terms_url}}">{{t.terms}}</a></li>
{{/terms_url}}
</ul>
{{/has_links}}
</footer>
{{/has_foot}}
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
<form method="post" action="{{prefix}}/login{{in_language}}">
<input type="hidden" name="csrf" value="{{csrf}}">
<input type="hidden" name="rd" value="{{target}}">
<div class="field">
<label for="identifier">{{t.identifier}}</label>
<input id="identifier" name="identifier" type="text" value="{{identifier}}" autocomplete="username" inputmode="email" autocapitalize="none" spellcheck="false" maxlength="254" required{{^identifier}} autofocus{{/identifier}}{{#invalid}} aria-invalid="true" aria-describedby="error"{{/invalid}}>
</div>
<div class="field beside">
<label for="password">{{t.password}}</label>
<div class="secret">
<input id="password" name="password" type="password" autocomplete="current-password" required{{#identifier}} autofocus{{/identifier}}{{#invalid}} aria-invalid="true" aria-describedby="error"{{/invalid}}>
<button class="peek" type="button" hidden aria-controls="password" aria-pressed="false" aria-label="{{t.show_password}}"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false"><path class="line" d="M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6"/></svg></button>
</div>
{{#offers_reset}}
<a class="way" href="{{prefix}}/password/forgot{{in_language}}">{{t.forgot_link}}</a>
{{/offers_reset}}
</div>
<label class="check"><input name="remember" type="checkbox"{{#remember}} checked{{/remember}}> <span>{{keep_me}}</span></label>
<button class="primary" type="submit">{{t.sign_in}}</button>
</form>
{{#offers_registration}}
<p class="hint"><a class="way" href="{{prefix}}/register{{in_language}}">{{t.register_link}}</a></p>
{{/offers_registration}}
)html";

constexpr std::string_view error = R"html(<h1>{{title}}</h1>
<p class="lead">{{hint}}</p>
<a class="button" href="{{home}}">{{t.go_home}}</a>
{{#request_id}}
<p class="hint small">{{t.request_id}} <code>{{request_id}}</code></p>
{{/request_id}}
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
<form method="post" action="{{prefix}}{{action}}{{in_language}}">
<input type="hidden" name="csrf" value="{{csrf}}">
<div class="field">
<label for="identifier">{{t.identifier}}</label>
<input id="identifier" name="identifier" type="text" inputmode="email" value="{{identifier}}" autocomplete="email" autocapitalize="none" spellcheck="false" maxlength="254" required autofocus{{#invalid}} aria-invalid="true" aria-describedby="error"{{/invalid}}>
</div>
<button class="primary" type="submit">{{button}}</button>
</form>
{{/sent}}
<p class="hint"><a class="way" href="{{prefix}}/login{{in_language}}">{{t.back_to_login}}</a></p>
)html";

constexpr std::string_view choose_password = R"html(<h1>{{title}}</h1>
{{#error}}
<p class="alert" role="alert" id="error">{{error}}</p>
{{/error}}
{{^error}}
<p class="lead">{{lead}}</p>
{{/error}}
<form method="post" action="{{prefix}}{{action}}{{in_language}}">
<input type="hidden" name="csrf" value="{{csrf}}">
<p class="whom">{{t.account_email}}: <strong class="who">{{email}}</strong></p>
<input class="unseen" name="username" type="text" value="{{email}}" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
<div class="field">
<label for="new">{{t.new_password}}</label>
<div class="secret">
<input id="new" name="new_password" type="password" autocomplete="new-password" minlength="{{min_length}}" required autofocus{{#error}} aria-invalid="true" aria-describedby="error hint"{{/error}}{{^error}} aria-describedby="hint"{{/error}}>
<button class="peek" type="button" hidden aria-controls="new" aria-pressed="false" aria-label="{{t.show_password}}"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false"><path class="line" d="M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6"/></svg></button>
</div>
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
<p class="hint"><a class="way" href="{{prefix}}/login{{in_language}}">{{t.back_to_login}}</a></p>
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
<p><a href="{{url}}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:{{accent}};color:#ffffff;text-decoration:none">{{button}}</a></p>
<p style="font-size:14px">{{url}}</p>
<p style="font-size:14px;color:#4a5056">{{ends}} {{hint}}</p>
<p style="font-size:14px;color:#4a5056">{{site}}</p>
</body>
</html>
)html";

} // namespace

std::span<const std::string_view> template_sources() noexcept {
    static const std::array sources = {layout,
                                       login,
                                       shipped::logout,
                                       shipped::sessions,
                                       shipped::password,
                                       shipped::account_facts,
                                       shipped::preferences,
                                       error,
                                       shipped::recorded,
                                       shipped::not_ended,
                                       ask_for_mail,
                                       choose_password,
                                       dead_link,
                                       mail,
                                       shipped::owner_form,
                                       shipped::confirm_link};
    return sources;
}

std::string_view name_of(Template which) noexcept {
    constexpr std::array<std::string_view, 16> names = {"layout",    "login",     "logout",       "sessions",
                                                        "password",  "account",   "preferences",  "error",
                                                        "recorded",  "not_ended", "ask_for_mail", "choose_password",
                                                        "dead_link", "mail",      "owner_form",   "confirm_link"};
    return names[static_cast<std::size_t>(which)];
}

} // namespace gatehouse::pages
