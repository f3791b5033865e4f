// SPDX-License-Identifier: Apache-2.0
// The look and the language of the pages for this person, in every session; and an object of the application's own, for
// programs only. Stored in the web database: while that is away, everything else still works.
#include "gateway/endpoints/answers.h"

#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/personal.h"
#include "gateway/endpoints/submission.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"
#include "gateway/log/log.h"

#include <algorithm>

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view form = "preferences";
constexpr std::string_view free_field = "preferences";
constexpr std::size_t max_free_bytes = 4096;

struct Refusal {
    int status;
    std::string_view code, message;
};

constexpr Refusal bad_theme{400, "invalid_theme", "theme is one of: auto, light, dark."};
constexpr Refusal bad_language{400, "invalid_language", "language is one of: auto, en, ru, uk."};
constexpr Refusal not_in_a_form{400, "json_only", "preferences can be sent as JSON only."};
constexpr Refusal too_large{413, "preferences_too_large",
                            "preferences may have 4096 bytes at most, with all digits of its numbers."};
constexpr Refusal nothing_to_change{400, "incomplete", "Send theme, language or preferences."};

/// A value of the form as it is stored.
std::string kept(std::string_view word) {
    return word == pages::as_the_browser_says ? std::string{} : std::string(word);
}

std::optional<Refusal> fault_in(const http::Fields& fields) {
    const auto theme = fields.find("theme");
    const auto language = fields.find("language");
    const auto free = fields.find(free_field);
    if (!theme && !language && !free) return nothing_to_change;
    const bool known_theme = !theme || theme == pages::as_the_browser_says ||
                             std::ranges::find(pages::themes, *theme) != pages::themes.end();
    if (!known_theme) return bad_theme;
    if (language && language != pages::as_the_browser_says && !http::language_of(*language)) return bad_language;
    if (free && !fields.is_json()) return not_in_a_form;
    if (free && free->size() > max_free_bytes) return too_large;
    return std::nullopt;
}

PreferencesChange change_in(const http::Fields& fields) {
    PreferencesChange change;
    if (const auto theme = fields.find("theme")) change.theme = kept(*theme);
    if (const auto language = fields.find("language")) change.language = kept(*language);
    if (const auto free = fields.find(free_field)) change.free = std::string(*free);
    return change;
}

DisplayPreferences display_of(const Preferences& preferences) {
    return display_preferences(KnownPreferences{preferences.theme, preferences.language, 0, {}, nullptr});
}

http::Response as_json(const Preferences& preferences) {
    const auto display = display_of(preferences);
    http::JsonObject answer;
    answer.add("theme", display.theme.empty() ? pages::as_the_browser_says : display.theme);
    answer.add("language", display.language ? http::code_of(*display.language) : pages::as_the_browser_says);
    answer.add_json(free_field, preferences.free);
    return http::json_response(200, answer);
}

http::Response as_page(const Call& call, const Lookup& found, const Preferences& preferences) {
    const auto display = display_of(preferences);
    pages::Preferences content;
    content.csrf = form_token(call, form, to_stored_id(found.who.id));
    content.theme = display.theme;
    content.language = display.language;
    content.saved = http::query_value(call.http.query(), "notice").value_or("") == "saved";
    return page(200, pages::preferences_page(frame_of(call), content));
}

/// The form again, with what was chosen in it.
http::Response ask_again(const Call& call, const Lookup& found, const http::Fields& fields, pages::FormError error) {
    const auto display = display_preferences(
        KnownPreferences{std::string(fields.text("theme")), std::string(fields.text("language")), 0, {}, nullptr});
    pages::Preferences content;
    content.csrf = form_token(call, form, to_stored_id(found.who.id));
    content.theme = display.theme;
    content.language = display.language;
    content.error = error;
    return page(403, pages::preferences_page(frame_of(call), content));
}

/// The answer while the web database is away. The session continues, and so does everything else.
http::Response away(const Call& call, boost::system::error_code error) {
    log::warning("preferences_unavailable",
                 {{"reason", std::string_view(error.message())}, {"request", call.http.request_id()}});
    auto response =
        failure(call, 503, "unavailable",
                "Preferences cannot be read or changed just now. You are still signed in: try again shortly.");
    retry_after(response);
    return response;
}

} // namespace

boost::asio::awaitable<http::Response> preferences_page(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    const auto until = sql_deadline(call.config(), call.until);
    const auto preferences = co_await call.services.preferences.read(call.context.name, found.user().id, until);
    if (!preferences) co_return away(call, preferences.error());
    co_return prefers_json(call) ? as_json(*preferences) : as_page(call, found, *preferences);
}

boost::asio::awaitable<http::Response> change_preferences(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    const auto submission = read_submission(call, form, to_stored_id(found.who.id), free_field);
    if (!submission.ok()) {
        const auto error = shown_again(call, submission);
        co_return error == pages::FormError::none ? refuse(call, submission)
                                                  : ask_again(call, found, *submission.fields, error);
    }
    if (const auto why = fault_in(*submission.fields)) co_return failure(call, why->status, why->code, why->message);
    WebSession session{to_stored_id(found.who.id), found.user().id, found.who.life.expires_at};
    auto change = change_in(*submission.fields);
    const auto until = sql_deadline(call.config(), call.until);
    const auto saved = co_await call.services.preferences.save(call.context.name, std::move(session), std::move(change),
                                                               wall_now(), until);
    if (saved.has_error() && saved.error() == StoreError::refused)
        co_return failure(call, too_large.status, too_large.code, too_large.message);
    if (!saved) co_return away(call, saved.error());
    if (prefers_json(call)) co_return as_json(*saved);
    co_return redirect(call.config().prefix + "/preferences?notice=saved");
}

} // namespace gatehouse::endpoints
