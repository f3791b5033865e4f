// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/owner_form.h"

#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/http/json.h"
#include "gateway/http/redirect_target.h"

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using pages::OwnerForm;

constexpr PasswordRefusal incomplete{400, PasswordRefusal::Error::incomplete, "incomplete",
                                     "current_password is needed."};

} // namespace

bool owns_accounts(const Call& call) {
    return call.services.identities.owns_accounts(call.config(), call.context.name, call.now);
}

http::Response show_owner_form(const Call& call, const Lookup& found, OwnerForm content, int status) {
    content.csrf = form_token(call, pages::name_of(content.what), to_stored_id(found.who.id));
    content.email = found.user().email;
    return page(status, pages::owner_form_page(frame_of(call), content));
}

http::Response refuse_owner(const Call& call, const Lookup& found, OwnerForm::What what, const PasswordRefusal& why,
                            std::string_view value, Seconds wait) {
    OwnerForm content;
    content.what = what;
    content.value = std::string(value);
    content.error = why.error;
    content.retry_after = wait;
    auto response = prefers_json(call) ? http::json_error(why.status, why.code, why.message)
                                       : show_owner_form(call, found, std::move(content), why.status);
    retry_after(response, wait);
    return response;
}

http::Response refuse_value(const Call& call, const OwnerPost& post, OwnerForm::What what, const ValueRefusal& why) {
    if (prefers_json(call)) return http::json_error(422, why.code, why.message);
    OwnerForm content;
    content.what = what;
    content.value = post.value;
    content.value_error = why.error;
    return show_owner_form(call, post.found, std::move(content), 422);
}

http::Response owner_done(const Call& call, int status, std::string_view code, std::string_view path) {
    if (prefers_json(call)) return http::json_response(status, http::JsonObject{}.add("status", code));
    return redirect(call.config().prefix + std::string(path));
}

awaitable<OwnerPost> read_owner_post(const Call& call, OwnerForm::What what) {
    OwnerPost post;
    post.found = co_await current_session(call);
    if (post.found.verdict != Verdict::valid) {
        post.refusal = sign_in_first(call, post.found);
        co_return post;
    }
    const auto submission = read_submission(call, pages::name_of(what), to_stored_id(post.found.who.id));
    if (submission.trouble == Submission::Trouble::body) {
        post.refusal = refuse(call, submission);
        co_return post;
    }
    post.value = submission.fields->text(pages::field_of(what));
    post.current = Secret{submission.fields->text("current_password")};
    post.target = http::safe_target(submission.fields->text("rd"), {}, call.config().prefix);
    if (!submission.ok()) {
        post.refusal = refuse_owner(call, post.found, what, password_refusal_of(submission.trouble), post.value);
    } else if (post.current.empty() && pages::needs_password(what)) {
        post.refusal = refuse_owner(call, post.found, what, incomplete, post.value);
    }
    co_return post;
}

} // namespace gatehouse
