// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/submission.h"

#include "gateway/accounts/csrf.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/http/content_type.h"
#include "gateway/http/origin_check.h"
#include "gateway/log/log.h"

namespace gatehouse {
namespace {

constexpr Seconds form_lives{12 * 3600};

http::Cookie pre_login_cookie(const Call& call) {
    return {"gatehouse_csrf", call.config().secure_cookies};
}

/// A token is valid for one form in one context.
std::string purpose(const Call& call, std::string_view form) {
    return std::string(form) + ":" + call.context.name;
}

Submission::Trouble judge_token(const Call& call, const http::Fields& fields, std::string_view form,
                                std::string_view binding) {
    const auto verdict =
        csrf::verify(call.settings->csrf_keys, fields.text("csrf"), purpose(call, form), binding, call.now, form_lives);
    switch (verdict) {
    case csrf::Verdict::ok: return Submission::Trouble::none;
    case csrf::Verdict::expired: return Submission::Trouble::expired;
    case csrf::Verdict::bad: break;
    }
    return Submission::Trouble::token;
}

Submission::Trouble judge(const Call& call, const http::Fields& fields, std::string_view form,
                          std::string_view binding) {
    const auto origin = http::check_origin(call.http, call.config().origins);
    if (origin == http::OriginVerdict::deny) return Submission::Trouble::origin;
    return fields.is_json() ? Submission::Trouble::none : judge_token(call, fields, form, binding);
}

std::string_view name_of(Submission::Trouble trouble) {
    switch (trouble) {
    case Submission::Trouble::none: break;
    case Submission::Trouble::body: return "body";
    case Submission::Trouble::origin: return "origin";
    case Submission::Trouble::token: return "csrf_token";
    case Submission::Trouble::expired: return "csrf_expired";
    }
    return "none";
}

void log_refusal(const Call& call, std::string_view form, Submission::Trouble trouble) {
    log::info("post_refused", {{"form", form},
                               {"reason", name_of(trouble)},
                               {"origin", call.http.param("HTTP_ORIGIN")},
                               {"fetch_site", call.http.param("HTTP_SEC_FETCH_SITE")},
                               {"client", call.http.client_address()},
                               {"request", call.http.request_id()}});
}

} // namespace

Submission read_submission(const Call& call, std::string_view form, std::string_view binding, std::string_view object) {
    Submission submission;
    auto fields = http::read_fields(call.http, object);
    if (fields) {
        submission.trouble = judge(call, *fields, form, binding);
        submission.fields = std::move(*fields);
    } else {
        submission.trouble = Submission::Trouble::body;
        submission.body_error = fields.error();
    }
    if (!submission.ok()) log_refusal(call, form, submission.trouble);
    return submission;
}

Submission read_bare_submission(const Call& call, std::string_view form, std::string_view binding) {
    Submission submission;
    switch (http::check_origin(call.http, call.config().origins)) {
    case http::OriginVerdict::allow: return submission;
    case http::OriginVerdict::deny:
        submission.trouble = Submission::Trouble::origin;
        log_refusal(call, form, submission.trouble);
        return submission;
    case http::OriginVerdict::undecided: break;
    }
    if (http::media_type(call.http.content_type()) == http::MediaType::json) return submission;
    return read_submission(call, form, binding);
}

pages::FormError shown_again(const Call& call, const Submission& submission) {
    if (prefers_json(call)) return pages::FormError::none;
    switch (submission.trouble) {
    case Submission::Trouble::token:
    case Submission::Trouble::expired: return pages::FormError::expired_form;
    case Submission::Trouble::origin: return pages::FormError::forbidden_origin;
    case Submission::Trouble::body:
    case Submission::Trouble::none: break;
    }
    return pages::FormError::none;
}

http::Response refuse(const Call& call, const Submission& submission) {
    if (submission.trouble == Submission::Trouble::body) {
        const auto error = submission.body_error;
        return failure(call, http::status_of(error), http::code_of(error), http::message_of(error));
    }
    return failure(call, 403, "forbidden", "This request did not come from one of our own pages. Open the page again.");
}

std::string_view message_of(Submission::Trouble trouble) noexcept {
    return trouble == Submission::Trouble::origin ? "This request came from another site."
                                                  : "The form is too old or not ours. Open the page again.";
}

std::string form_token(const Call& call, std::string_view form, std::string_view binding) {
    return csrf::make(call.settings->csrf_keys.front(), purpose(call, form), binding, call.now);
}

bool is_form_token(const Call& call, std::string_view form, std::string_view binding, std::string_view token) {
    return csrf::verify(call.settings->csrf_keys, token, purpose(call, form), binding, call.now, form_lives) ==
           csrf::Verdict::ok;
}

PreLogin pre_login(const Call& call) {
    const auto sent = sent_pre_login(call);
    if (!sent.empty()) return {sent, std::nullopt};
    PreLogin fresh{csrf::pre_login_value(), std::nullopt};
    fresh.set_cookie = pre_login_cookie(call).set(fresh.value, std::nullopt);
    return fresh;
}

std::string sent_pre_login(const Call& call) {
    const auto sent = pre_login_cookie(call).find(call.http);
    const bool good = sent.kind == http::CookieValue::Kind::one && csrf::is_pre_login_value(sent.value);
    return good ? std::string(sent.value) : std::string{};
}

} // namespace gatehouse
