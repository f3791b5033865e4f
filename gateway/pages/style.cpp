// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/style.h"

#include <string>
#include <utility>

namespace gatehouse::pages {

namespace {

constexpr std::string_view by_day = R"css(:root {
  color-scheme: light;
  --ground: #f3f4f7;
  --glow: #e3e9f8;
  --card: #ffffff;
  --edge: #dfe3ea;
  --field: #ffffff;
  --field-edge: #8a93a3;
  --ink: #161b26;
  --soft: #566072;
  --accent: #2f54c9;
  --accent-strong: #2443a8;
  --on-accent: #ffffff;
  --tint: #e8edfb;
  --bad: #a8201a;
  --bad-tint: #fdecea;
  --good: #14613c;
  --good-tint: #e5f5ec;
  --shadow: 0 1px 2px rgb(22 27 38 / 6%), 0 12px 32px rgb(22 27 38 / 8%);
}
)css";

constexpr std::string_view by_night = R"css( {
  color-scheme: dark;
  --ground: #0e1118;
  --glow: #16203a;
  --card: #171b25;
  --edge: #2a3040;
  --field: #0f131b;
  --field-edge: #6a7488;
  --ink: #eceff5;
  --soft: #a2acbe;
  --accent: #8fabff;
  --accent-strong: #b1c4ff;
  --on-accent: #0d1426;
  --tint: #202b4a;
  --bad: #ffb1aa;
  --bad-tint: #3a1a1a;
  --good: #8fe0b4;
  --good-tint: #12301f;
  --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 16px 40px rgb(0 0 0 / 35%);
}
)css";

constexpr std::string_view rules = R"css(* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; overflow-y: scroll; }
body {
  margin: 0;
  min-height: 100vh;
  padding: 0 1rem 3rem;
  background: radial-gradient(60rem 24rem at 50% -6rem, var(--glow), transparent) no-repeat var(--ground);
  color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 1; padding: .7rem 1rem; border-radius: .6rem; color: var(--on-accent); background: var(--accent); }
.skip:focus { top: .5rem; }
.top {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: .25rem 1.5rem;
  max-width: 60rem;
  min-height: 2.75rem;
  margin: 0 auto;
  padding: 1.25rem 0;
}
.top.narrow { max-width: 26rem; justify-content: center; padding: 2rem 0 0; }
.logo { display: block; height: 2rem; max-width: 12rem; object-fit: contain; }
.home { display: inline-flex; align-items: center; gap: .4rem; min-height: 2.75rem; color: var(--accent); overflow-wrap: anywhere; }
.brand { display: inline-flex; align-items: center; gap: .6rem; font-weight: 650; letter-spacing: -.01em; }
.wall { fill: var(--accent); }
.shell { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 1.5rem; align-items: start; max-width: 60rem; margin: 0 auto; }
.alone { max-width: 26rem; margin: 1.75rem auto 0; }
nav { display: flex; flex-direction: column; gap: .25rem; }
nav a { display: flex; align-items: center; min-height: 2.75rem; padding: .4rem .9rem; border-radius: .6rem; color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); background: var(--tint); }
nav a[aria-current] { color: var(--accent); background: var(--tint); font-weight: 600; }
.card {
  padding: 2rem;
  background: var(--card);
  border: 1px solid var(--edge);
  border-radius: 1rem;
  box-shadow: var(--shadow);
}
main:focus { outline: none; }
h1 { margin: 0 0 .35rem; font-size: 1.55rem; line-height: 1.2; letter-spacing: -.02em; }
p { margin: 0; }
h1 + .alert, h1 + .notice { margin-top: 1rem; }
.lead { margin-bottom: 1.5rem; color: var(--soft); }
.who { overflow-wrap: anywhere; color: var(--ink); font-weight: 600; }
.hint { margin-top: .5rem; color: var(--soft); font-size: .88rem; }
.secret { display: flex; gap: .5rem; }
.secret input { flex: 1; min-width: 0; }
.peek { flex: none; padding: .5rem .75rem; }
.peek[hidden] { display: none; }
.peek[aria-pressed=true] { color: var(--accent); border-color: var(--accent); background: var(--tint); }
.beside { display: grid; grid-template-columns: 1fr auto; align-items: center; column-gap: 1rem; }
.beside label { margin: 0; }
.beside .secret { grid-row: 2; grid-column: 1 / -1; }
.beside .way { grid-row: 1; grid-column: 2; font-size: .94rem; }
.whom { margin: 0 0 1rem; color: var(--soft); }
.way { display: inline-flex; align-items: center; min-height: 2.75rem; color: var(--accent); }
.alert, .notice { margin-bottom: 1.25rem; padding: .75rem 1rem; border-radius: .6rem; border-left: 4px solid; font-size: .95rem; }
.alert { color: var(--bad); background: var(--bad-tint); }
.notice { color: var(--good); background: var(--good-tint); }
.notice.info { color: var(--accent-strong); background: var(--tint); }
.wrong { margin-top: .4rem; color: var(--bad); font-size: .94rem; font-weight: 600; }
.field { margin-bottom: 1.1rem; }
.field label { display: block; margin-bottom: .35rem; font-weight: 600; font-size: .94rem; }
.field input, .field select {
  width: 100%;
  min-height: 2.9rem;
  padding: .55rem .8rem;
  color: inherit;
  background: var(--field);
  border: 1px solid var(--field-edge);
  border-radius: .6rem;
  font: inherit;
}
.field input[aria-invalid] { border-color: var(--bad); }
.check { display: flex; align-items: center; gap: .65rem; min-height: 2.75rem; margin: 0 0 1rem; cursor: pointer; }
.check input { flex: none; width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--accent); }
.unseen { position: absolute; width: 1px; height: 1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); }
button, .button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  min-height: 2.75rem;
  padding: .5rem 1.1rem;
  color: var(--ink);
  background: var(--card);
  border: 1px solid var(--field-edge);
  border-radius: .6rem;
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
button:hover, .button:hover { border-color: var(--accent); color: var(--accent); }
.primary { width: 100%; color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
.shell .field { max-width: 26rem; }
.shell .primary { width: auto; min-width: 12rem; }
.shell form + .button { width: auto; }
.primary:hover { color: var(--on-accent); background: var(--accent-strong); border-color: var(--accent-strong); }
form + .button { width: 100%; margin-top: .75rem; }
.danger { color: var(--bad); border-color: var(--bad); }
.danger:hover { color: var(--bad); border-color: var(--bad); background: var(--bad-tint); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.rows { margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--edge); }
.rows li { display: flex; align-items: flex-start; gap: 1rem; padding: 1rem 0; border-bottom: 1px solid var(--edge); }
.rows svg { flex: none; align-self: flex-start; margin-top: .1rem; }
.line { fill: none; stroke: var(--soft); stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.what { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.name { font-weight: 600; }
.detail { color: var(--soft); font-size: .9rem; }
.badge, .tag { display: inline-block; padding: .08rem .55rem; border-radius: 1rem; font-size: .8rem; font-weight: 600; }
.badge { color: var(--good); background: var(--good-tint); }
.badge.muted { color: var(--soft); background: var(--ground); }
.tag { margin: .1rem .15rem .1rem 0; color: var(--accent); background: var(--tint); overflow-wrap: anywhere; }
.part { padding: 1.25rem 0; border-top: 1px solid var(--edge); }
.part:last-child { padding-bottom: 0; }
.facts + .part { border-top: 0; padding-top: 0; }
.part p { margin: .25rem 0 1rem; color: var(--soft); }
.part .ways { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0; }
details { margin-top: .15rem; font-size: .9rem; }
summary { display: inline-flex; align-items: center; min-height: 2.75rem; color: var(--accent); cursor: pointer; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "▸"; width: 1.1em; }
details[open] summary::before { content: "▾"; }
details .facts { margin: 0; }
details .facts div { padding: .5rem 0; }
.naming { display: flex; flex-wrap: wrap; align-items: flex-end; gap: .5rem; margin: .75rem 0 .5rem; }
.naming .field { flex: 1 1 12rem; margin: 0; }
.foot { display: flex; flex-wrap: wrap; justify-content: center; gap: 0 2rem; max-width: 60rem; margin: 1.5rem auto 0; font-size: .94rem; }
.foot ul { display: flex; flex-wrap: wrap; justify-content: center; gap: 0 1.25rem; margin: 0; padding: 0; list-style: none; }
.foot a { display: inline-flex; align-items: center; min-height: 2.75rem; color: var(--soft); }
.foot a:hover { color: var(--ink); }
.languages a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.facts { margin: 1rem 0 1.5rem; border-top: 1px solid var(--edge); }
.facts div { display: flex; flex-wrap: wrap; gap: .15rem 1rem; padding: .85rem 0; border-bottom: 1px solid var(--edge); }
.facts dt { flex: 0 0 10rem; color: var(--soft); }
.facts dd { flex: 1 1 14rem; margin: 0; min-width: 0; }
.small { font-size: .8rem; }
code { font: .9em ui-monospace, "Liberation Mono", Menlo, monospace; overflow-wrap: anywhere; }
.rows li > form > button { padding: .35rem .9rem; font-size: .92rem; }
.rows.here { margin-bottom: 1.5rem; border: 0; }
.here li { padding: 1rem; border: 1px solid var(--edge); border-radius: .75rem; background: var(--tint); }
.heading { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem; margin-bottom: 1rem; }
h2 { margin: 0; font-size: 1.2rem; line-height: 1.3; }
.card > .button + .hint { margin-top: 1.5rem; }
@media (max-width: 48rem) {
  .shell { display: block; }
  nav { flex-direction: row; flex-wrap: wrap; gap: 0; margin-bottom: 1rem; }
  nav a { padding: .4rem .7rem; font-size: .94rem; }
}
@media (max-width: 34rem) {
  .card { padding: 1.4rem 1.25rem; }
  .alone { margin-top: 1.25rem; }
  .top { padding: .75rem 0; }
  .rows li { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 .75rem; }
  .what { display: contents; }
  .name, .detail { grid-column: 2 / -1; overflow-wrap: anywhere; }
  .what details { grid-column: 2; grid-row: 3; }
  .what details[open] { grid-column: 2 / -1; grid-row: 4; }
  .rows li > form { grid-column: 3; grid-row: 3; }
  .shell .primary, .shell form + .button { width: 100%; }
}
@media (forced-colors: active) {
  .wall { fill: CanvasText; }
}
)css";

/// The colours of a theme with others in place of those that follow from the accent.
std::string shaded(std::string_view theme, const config::Shades& shades) {
    std::string colours(theme);
    for (const auto& [name, colour] :
         {std::pair("--accent: ", shades.accent), std::pair("--accent-strong: ", shades.strong),
          std::pair("--on-accent: ", shades.on_accent), std::pair("--tint: ", shades.tint),
          std::pair("--glow: ", shades.glow)}) {
        const auto begin = colours.find(name) + std::string_view(name).size();
        colours.replace(begin, colours.find(';', begin) - begin, config::to_text(colour));
    }
    return colours;
}

} // namespace

/// The dark colours occur twice: for people who chose the dark theme, and by the browser's setting for people who chose
/// none.
std::string style_sheet_with(const std::optional<config::Colour>& day_accent,
                             const std::optional<config::Colour>& night_accent) {
    std::string sheet = day_accent ? shaded(by_day, config::day_shades(*day_accent)) : std::string(by_day);
    const auto dark = night_accent ? shaded(by_night, config::night_shades(*night_accent)) : std::string(by_night);
    sheet.append(":root[data-theme=dark]").append(dark);
    sheet.append("@media (prefers-color-scheme: dark) {\n:root:not([data-theme])").append(dark).append("}\n");
    return sheet.append(rules);
}

} // namespace gatehouse::pages
