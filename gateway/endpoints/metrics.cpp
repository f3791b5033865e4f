// SPDX-License-Identifier: Apache-2.0
// The state that `ready` reports and the counts of answers, in the text format of Prometheus.
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/endpoint.h"

#include <initializer_list>
#include <string>
#include <utility>

namespace gatehouse::endpoints {
namespace {

constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

/// The text under construction: a metric family is named once, its samples follow.
class Exposition {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    Exposition& family(std::string_view name, std::string_view kind, std::string_view help) {
        name_ = "gatehouse_";
        name_.append(name).append(kind == "counter" ? "_total" : "");
        for (const auto& [comment, words] : {std::pair{"# HELP ", help}, std::pair{"# TYPE ", kind}})
            text_.append(comment).append(name_).append(" ").append(words).append("\n");
        return *this;
    }

    Exposition& sample(Labels labels, std::integral auto value) {
        text_ += name_;
        char before = '{';
        for (const auto& [label, content] : labels) {
            text_.append(1, before).append(label).append("=\"");
            for (const char c : content)
                append_escaped(c);
            text_ += '"';
            before = ',';
        }
        if (labels.size() > 0) text_ += '}';
        text_.append(" ").append(std::to_string(value)).append("\n");
        return *this;
    }

    [[nodiscard]] std::string text() && { return std::move(text_); }

  private:
    void append_escaped(char c) {
        if (c == '\\' || c == '"') text_ += '\\';
        if (c == '\n')
            text_ += "\\n";
        else
            text_ += c;
    }

    std::string name_;
    std::string text_;
};

void add_state(Exposition& out, const Config& config, const Readiness& readiness) {
    out.family("info", "gauge", "The version that runs, its environment and its strategy.")
        .sample({{"version", GATEHOUSE_VERSION}, {"mode", config.mode()}, {"strategy", name_of(config.strategy)}}, 1);
    out.family("ready", "gauge", "What /ready says: 1 for one of the three.");
    for (const std::string_view status : {"ok", "degraded", "down"})
        out.sample({{"status", status}}, readiness.status() == status ? 1 : 0);
    out.family("store_up", "gauge", "Whether a store has answered in the last second.");
    for (const auto& store : readiness.stores)
        out.sample({{"store", store.name}}, store.up ? 1 : 0);
    out.family("warning", "gauge", "1 for each thing that works now, but should be looked at.");
    for (const auto warning : readiness.warnings)
        out.sample({{"warning", warning}}, 1);
}

/// Whether a check can have this status for this reason. Impossible pairs are left out.
bool can_be(int status, Reason reason) noexcept {
    if (reason == Reason::store) return status == 503;
    if (reason == Reason::live) return status != 401 && status != 503;
    return status == 401;
}

void add_answers(Exposition& out, const RequestMetrics& request_metrics) {
    out.family("checks", "counter", "Checks by their answer, and why it was that.");
    for (std::size_t i = 0; i < reasons; ++i) {
        const auto reason = static_cast<Reason>(i);
        for (const int status : RequestMetrics::check_statuses)
            if (const auto count = request_metrics.checks(status, reason); count > 0 || can_be(status, reason))
                out.sample({{"status", std::to_string(status)}, {"reason", name_of(reason)}}, count);
    }
    out.family("logins", "counter", "Attempts to sign in by their outcome.");
    for (std::size_t i = 0; i < login_outcomes; ++i) {
        const auto outcome = static_cast<LoginOutcome>(i);
        out.sample({{"outcome", name_of(outcome)}}, request_metrics.logins(outcome));
    }
    out.family("password_resets", "counter", "Passwords chosen behind the link of a mail, by their outcome.");
    for (const auto outcome : {LinkOutcome::ok, LinkOutcome::dead_link, LinkOutcome::unavailable})
        out.sample({{"outcome", name_of(outcome)}}, request_metrics.resets(outcome));
    out.family("registrations", "counter", "New accounts behind the link of a mail, by their outcome.");
    for (std::size_t i = 0; i < link_outcomes; ++i) {
        const auto outcome = static_cast<LinkOutcome>(i);
        out.sample({{"outcome", name_of(outcome)}}, request_metrics.registrations(outcome));
    }
}

} // namespace

boost::asio::awaitable<http::Response> metrics(const Call& call) {
    // Counts are not public. The nginx locations for people do not send this parameter, so a site whose nginx files do
    // not know this page does not show it.
    if (call.http.param("GATE_LOCAL") != "yes") co_return not_found(call);
    const auto readiness = co_await call.services.readiness.probe();
    Exposition out;
    add_state(out, call.config(), readiness);
    add_answers(out, call.services.request_metrics);
    for (const auto& number : readiness.numbers)
        out.family(number.name, number.grows ? "counter" : "gauge", number.help).sample({}, number.value);
    http::Response response(200);
    response.body(content_type, std::move(out).text());
    co_return response;
}

} // namespace gatehouse::endpoints
