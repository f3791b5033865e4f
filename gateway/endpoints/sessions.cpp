// SPDX-License-Identifier: Apache-2.0
// Lists the user's sessions; ends one of them, or all others; gives one's device a name.
#include "gateway/accounts/origin.h"

#include "gateway/accounts/utf8.h"
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/endpoints/cookies.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/submission.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"
#include "gateway/http/percent.h"
#include "gateway/log/log.h"
#include "gateway/pages/device.h"
#include "gateway/sessions/token.h"

#include <algorithm>

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view form = "sessions";
constexpr std::string_view ended_form = "ended_device";
constexpr std::size_t longest_name = 40; ///< characters; the form says it, too

std::int64_t unix_seconds(Instant at) {
    return std::chrono::duration_cast<Seconds>(at.time_since_epoch()).count();
}

http::Response as_json(const std::vector<ListedSession>& listed, const Session& current) {
    http::JsonArray sessions;
    for (const auto& [session, origin, listed_name] : listed) {
        http::JsonObject row;
        row.add("handle", session.handle).add("context", session.key.context).add("address", origin.address);
        row.add("device", pages::device_name(origin.user_agent)).add("user_agent", origin.user_agent);
        row.add("created_at", unix_seconds(session.created_at))
            .add("last_activity", unix_seconds(session.last_activity));
        row.add("expires_at", unix_seconds(session.expires_at)).add("current", session.handle == current.handle);
        row.add("name", listed_name);
        sessions.add(row);
    }
    return http::json_response(200, http::JsonObject{}.add("sessions", sessions));
}

/// The seal shows that the name in an address comes from us: a link from elsewhere cannot put words on the page.
std::string binding_of(const Session& current, std::string_view device) {
    return current.key.id + ' ' + std::string(device);
}

/// What the device was called that this person has ended just now; empty: not known.
std::string ended_device(const Call& call, const Session& current) {
    const auto device = http::query_value(call.http.query(), "device").value_or("");
    const auto seal = http::query_value(call.http.query(), "seal").value_or("");
    return is_form_token(call, ended_form, binding_of(current, device), seal) ? device : std::string{};
}

/// A name as people may see it: one line, not too long.
std::string clean_name(std::string_view typed) {
    while (typed.starts_with(' '))
        typed.remove_prefix(1);
    auto clean = clean_user_agent(typed);
    std::string_view rest = clean;
    for (std::size_t count = 0; count < longest_name && !rest.empty(); ++count)
        static_cast<void>(take_code_point(rest));
    clean.resize(clean.size() - rest.size());
    while (clean.ends_with(' '))
        clean.pop_back();
    return clean;
}

/// What people call the application of a session. Where there is one only, nobody needs to be told.
std::string shown_context(const Call& call, const Session& session) {
    if (call.config().contexts.size() < 2) return {};
    const auto* const context = call.config().context(session.key.context);
    const bool named = context != nullptr && !context->display_name.empty();
    return named ? context->display_name : session.key.context;
}

http::Response as_page(const Call& call, const std::vector<ListedSession>& listed, const Session& current,
                       pages::FormError error) {
    pages::Sessions content;
    content.csrf = form_token(call, form, current.key.id);
    content.now = call.now;
    const auto notice = http::query_value(call.http.query(), "notice").value_or("");
    if (notice == "one_ended") content.notice = pages::Sessions::Notice::one_ended;
    content.ended_device = ended_device(call, current);
    if (notice == "named") content.notice = pages::Sessions::Notice::named;
    if (notice == "others_ended") content.notice = pages::Sessions::Notice::others_ended;
    if (notice == "password_changed") content.notice = pages::Sessions::Notice::password_changed;
    for (const auto& [session, origin, name] : listed) {
        content.rows.push_back({session.handle, origin.user_agent, origin.address, shown_context(call, session),
                                session.created_at, session.last_activity, session.handle == current.handle, name});
    }
    content.error = error;
    if (error != pages::FormError::none) content.notice = pages::Sessions::Notice::none;
    return page(error == pages::FormError::none ? 200 : 403, pages::sessions_page(frame_of(call), content));
}

boost::asio::awaitable<http::Response> show_list(const Call& call, const Lookup& found, pages::FormError error) {
    auto asked = call.services.identities.list(found.user().id, call.now);
    auto listed = co_await within(call.until, std::move(asked));
    if (!listed || !*listed) co_return unavailable(call);
    const auto is_current = [&](const ListedSession& one) { return one.session.handle == found.who.handle_text(); };
    if (std::ranges::none_of(**listed, is_current)) { // only the older system has the current session
        const auto here = make_origin(call.http.client_address(), call.http.user_agent());
        (*listed)->insert((*listed)->begin(), {found.who.session(), here});
    }
    co_return prefers_json(call) ? as_json(**listed, found.who.session())
                                 : as_page(call, **listed, found.who.session(), error);
}

boost::asio::awaitable<http::Response> refuse_end(const Call& call, const Lookup& found, const Submission& submission) {
    const auto error = shown_again(call, submission);
    if (error == pages::FormError::none) co_return refuse(call, submission);
    co_return co_await show_list(call, found, error);
}

void log_end(const Call& call, std::string_view what, const Lookup& by, std::int64_t count) {
    log::info("sessions_ended", {{"what", what},
                                 {"count", count},
                                 {"user", std::string_view(by.user().id)},
                                 {"session", std::string_view(by.who.handle_text())},
                                 {"client", call.http.client_address()},
                                 {"request", call.http.request_id()},
                                 {"mode", call.config().mode()},
                                 {"strategy", name_of(call.config().strategy)}});
}

/// A person who ends the session in use has signed out. `device`: the name of the one that has ended, if known.
http::Response ended(const Call& call, const Session& current, std::string_view notice, std::int64_t count, bool own,
                     std::string_view device = {}) {
    http::Response response;
    if (prefers_json(call)) {
        response = http::json_response(200, http::JsonObject{}.add("status", notice).add("ended", count));
    } else {
        std::string target = call.config().prefix;
        target.append(own ? "/login?notice=signed_out" : "/sessions?notice=");
        if (!own) target.append(notice);
        if (!own && !device.empty()) {
            http::append_query_component(target.append("&device="), device);
            const auto seal = form_token(call, ended_form, binding_of(current, device));
            http::append_query_component(target.append("&seal="), seal);
        }
        response = redirect(target);
    }
    if (own) remove_cookies(call, response);
    return response;
}

/// Nothing has ended. A person gets the form to try again. `handle`: empty for all others.
http::Response not_ended(const Call& call, std::string_view binding, std::string handle, std::string device) {
    if (prefers_json(call)) return unavailable(call);
    const pages::NotEnded content{form_token(call, form, binding), std::move(handle), std::move(device)};
    auto response = page(503, pages::not_ended_page(frame_of(call), content));
    retry_after(response);
    return response;
}

/// The answer where the visitor may not, or not now, end sessions. While no store answers, the cookie's tag still shows
/// that the token is ours: the form is then checked and shown again, so that the person can try again.
http::Response not_by_this_visitor(const Call& call, const Lookup& found) {
    const auto token = visit_of(call).token;
    const bool ours = found.verdict == Verdict::unknown && call.settings->tokens.minted_here(token, call.context.name);
    if (!ours) return sign_in_first(call, found);
    const auto binding = stored_id(token);
    const auto submission = read_submission(call, form, binding);
    if (!submission.ok()) return sign_in_first(call, found);
    const bool others = call.http.path().ends_with("/revoke-others");
    const auto handle = others ? std::string_view{} : submission.fields->text("handle");
    if (!others && handle.empty()) return sign_in_first(call, found);
    return not_ended(call, binding, std::string(handle), clean_name(submission.fields->text("device")));
}

boost::asio::awaitable<EndOutcome> end_one(const Call& call, const Lookup& found, std::string handle) {
    auto visit = visit_of(call);
    const bool own = handle == found.who.handle_text();
    const auto outcome = co_await call.services.identities.end_by_handle(visit, found.user().id, std::move(handle));
    if (outcome != EndOutcome::absent || !own) co_return outcome;
    visit.token = {}; // only the older system has this session
    co_return co_await call.services.identities.end(visit);
}

} // namespace

boost::asio::awaitable<http::Response> sessions_page(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    co_return co_await show_list(call, found, pages::FormError::none);
}

boost::asio::awaitable<http::Response> revoke_session(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return not_by_this_visitor(call, found);
    const auto submission = read_submission(call, form, to_stored_id(found.who.id));
    if (!submission.ok()) co_return co_await refuse_end(call, found, submission);
    const std::string handle(submission.fields->text("handle"));
    const auto device = clean_name(submission.fields->text("device"));
    if (handle.empty()) co_return failure(call, 404, "not_found", "You have no such session.");
    const auto outcome = co_await end_one(call, found, handle);
    if (outcome == EndOutcome::failed) co_return not_ended(call, to_stored_id(found.who.id), handle, device);
    if (outcome == EndOutcome::absent) co_return failure(call, 404, "not_found", "You have no such session.");
    log_end(call, "one", found, 1);
    if (outcome == EndOutcome::unconfirmed) co_return not_confirmed(call, pages::Recorded::What::one_ended);
    co_return ended(call, found.who.session(), "one_ended", 1, handle == found.who.handle_text(), device);
}

boost::asio::awaitable<http::Response> name_device(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return sign_in_first(call, found);
    const auto submission = read_submission(call, form, to_stored_id(found.who.id));
    if (!submission.ok()) co_return co_await refuse_end(call, found, submission);
    auto naming = call.services.identities.name_device(found.user().id, std::string(submission.fields->text("handle")),
                                                       clean_name(submission.fields->text("name")));
    const auto named = co_await within(call.until, std::move(naming));
    if (!named || !*named) co_return unavailable(call);
    if (!**named) co_return failure(call, 404, "not_found", "You have no such session.");
    if (prefers_json(call)) co_return http::json_response(200, http::JsonObject{}.add("status", "named"));
    co_return redirect(call.config().prefix + "/sessions?notice=named");
}

boost::asio::awaitable<http::Response> revoke_others(const Call& call) {
    const auto found = co_await current_session(call);
    if (found.verdict != Verdict::valid) co_return not_by_this_visitor(call, found);
    const auto submission = read_submission(call, form, to_stored_id(found.who.id));
    if (!submission.ok()) co_return co_await refuse_end(call, found, submission);
    const auto visit = visit_of(call);
    auto keep = found.who.session().key;
    const auto [outcome, count] = co_await call.services.identities.end_others(visit, found.user().id, std::move(keep));
    if (outcome == EndOutcome::failed) co_return not_ended(call, to_stored_id(found.who.id), {}, {});
    log_end(call, "others", found, static_cast<std::int64_t>(count));
    if (outcome == EndOutcome::unconfirmed) co_return not_confirmed(call, pages::Recorded::What::others_ended);
    co_return ended(call, found.who.session(), "others_ended", static_cast<std::int64_t>(count), false);
}

} // namespace gatehouse::endpoints
