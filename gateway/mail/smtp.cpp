// SPDX-License-Identifier: Apache-2.0
// Sends one mail over one connection, with libcurl.
#include "gateway/mail/deliveries.h"

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>

namespace gatehouse::mail {
namespace {

constexpr Millis connect_timeout{10'000};
constexpr std::size_t longest_answer = 300;

/// What happens during one transfer.
struct Talk {
    std::string_view rest; ///< of the message
    Phase phase = Phase::connect;
    bool leaving = false;    ///< the result is known
    std::string last_answer; ///< the last line of the server before the farewell
};

/// Names the phase by the word with which a command begins; nothing else of a command is looked at.
void note_command(Talk& talk, std::string_view command) {
    const auto is = [command](std::string_view word) { return command.starts_with(word); };
    if (is("STARTTLS")) talk.phase = Phase::tls;
    if (is("AUTH")) talk.phase = Phase::login;
    if (is("MAIL")) talk.phase = Phase::sender;
    if (is("RCPT")) talk.phase = Phase::recipient;
    if (is("DATA")) talk.phase = Phase::text;
    if (is("QUIT")) talk.leaving = true;
}

int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
    if (type == CURLINFO_HEADER_OUT) note_command(*static_cast<Talk*>(user), {data, size});
    return 0;
}

std::size_t on_answer(char* data, std::size_t size, std::size_t count, void* user) {
    auto& talk = *static_cast<Talk*>(user);
    if (!talk.leaving) talk.last_answer.assign(data, size * count);
    return size * count;
}

std::size_t on_read(char* to, std::size_t size, std::size_t count, void* user) {
    auto& rest = static_cast<Talk*>(user)->rest;
    const auto taken = rest.copy(to, size * count);
    rest.remove_prefix(taken);
    return taken;
}

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Recipients = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void start_curl() {
    static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!started) throw std::runtime_error("libcurl does not start");
}

template <class Value> void set(const Handle& curl, CURLoption option, Value value) {
    if (curl_easy_setopt(curl.get(), option, value) != CURLE_OK)
        throw std::runtime_error("libcurl lacks something that mail needs");
}

void set_server(const Handle& curl, const Route& route) {
    const auto& [config, target] = route;
    const auto* const scheme = target.kind == config::MailTarget::Kind::smtps ? "smtps" : "smtp";
    set(curl, CURLOPT_URL, fmt::format("{}://{}:{}", scheme, target.host, target.port).c_str());
    set(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(curl, CURLOPT_PROXY, ""); // whatever the environment says
    set(curl, CURLOPT_USE_SSL, static_cast<long>(is_encrypted(config, target) ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    set(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!config.ca_file.empty()) {
        set(curl, CURLOPT_CAINFO, config.ca_file.c_str());
        set(curl, CURLOPT_CAPATH, static_cast<const char*>(nullptr)); // these certificates and no others
    }
    if (config.user.empty()) return;
    set(curl, CURLOPT_USERNAME, config.user.c_str());
    set(curl, CURLOPT_PASSWORD, config.password.c_str());
}

void set_patience(const Handle& curl, Seconds timeout) {
    set(curl, CURLOPT_NOSIGNAL, 1L);
    set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min<Millis>(connect_timeout, timeout).count()));
    set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(Millis(timeout).count()));
    // Also for the farewell, after the result is known.
    set(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(timeout.count()));
}

std::string advice_for(Phase phase, CURLcode result, long code) {
    switch (result) {
    case CURLE_LOGIN_DENIED: return "check mail_user and mail_password";
    case CURLE_USE_SSL_FAILED:
        return "the server offers no TLS: use smtps:// in mail_url, or another port; mail_tls = \"none\" sends in "
               "plain "
               "text";
    case CURLE_PEER_FAILED_VERIFICATION:
        return "the certificate must be valid for the host of mail_url; mail_ca_file names who may have signed it";
    case CURLE_SSL_CACERT_BADFILE: return "mail_ca_file must be a PEM file that the gateway can read";
    case CURLE_SSL_CONNECT_ERROR: return "smtps:// needs a port that begins with TLS, smtp:// one that does not";
    case CURLE_COULDNT_RESOLVE_HOST: return "check the host of mail_url, and this machine's name server";
    case CURLE_COULDNT_CONNECT: return "check host and port of mail_url, and whether the mail server runs";
    case CURLE_OPERATION_TIMEDOUT: return "the mail server did not answer within mail_timeout";
    default: break;
    }
    if (phase == Phase::sender && code >= 500)
        return "the server does not accept this sender: check mail_from, and whether it wants mail_user and "
               "mail_password";
    return {};
}

Delivery judge(const Talk& talk, CURLcode result, long code, const char* why, const std::string& recipient) {
    if (result == CURLE_OK) return {Delivery::Outcome::sent, readable_answer(talk.last_answer, recipient), {}, false};
    // Without a refusal by the server, its last answer was a good one and says nothing.
    const bool refused = code >= 400 && code < 600;
    const bool by_server = refused && (result == CURLE_SEND_ERROR || result == CURLE_WEIRD_SERVER_REPLY ||
                                       result == CURLE_RECV_ERROR || result == CURLE_LOGIN_DENIED);
    const auto* const words = *why != '\0' ? why : curl_easy_strerror(result);
    Delivery delivery;
    delivery.outcome = by_server ? outcome_of(talk.phase, code) : Delivery::Outcome::later;
    delivery.answer =
        readable_answer(by_server ? std::string_view(talk.last_answer) : std::string_view(words), recipient);
    delivery.advice = advice_for(talk.phase, result, code);
    delivery.no_server = !by_server || (talk.phase != Phase::recipient && talk.phase != Phase::text);
    return delivery;
}

} // namespace

std::string readable_answer(std::string_view text, std::string_view recipient) {
    std::string out(text.substr(0, 4 * longest_answer));
    if (!recipient.empty()) boost::algorithm::ireplace_all(out, recipient, "(recipient)");
    std::ranges::replace_if(
        out, [](char c) { return c < 0x20 || c >= 0x7F; }, ' ');
    boost::algorithm::trim(out);
    out.resize(std::min(out.size(), longest_answer));
    return out;
}

Delivery::Outcome outcome_of(Phase phase, long code) {
    // What a server has against this gateway, an operator can mend; what it has against a recipient or a text, nobody.
    const bool about_this_mail = phase == Phase::recipient || phase == Phase::text;
    return about_this_mail && code >= 500 && code < 600 ? Delivery::Outcome::refused : Delivery::Outcome::later;
}

Delivery send_by_smtp(const Route& route, const Parcel& parcel) {
    start_curl();
    Talk talk{parcel.bytes, Phase::connect, false, {}};
    std::string why(CURL_ERROR_SIZE, '\0');
    const Recipients to(curl_slist_append(nullptr, fmt::format("<{}>", parcel.to).c_str()), curl_slist_free_all);
    const Handle curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl || !to) throw std::bad_alloc();
    set_server(curl, route);
    set_patience(curl, route.config.timeout);
    set(curl, CURLOPT_MAIL_FROM, fmt::format("<{}>", parcel.from).c_str());
    set(curl, CURLOPT_MAIL_RCPT, to.get());
    set(curl, CURLOPT_UPLOAD, 1L);
    set(curl, CURLOPT_READFUNCTION, on_read);
    set(curl, CURLOPT_READDATA, &talk);
    set(curl, CURLOPT_HEADERFUNCTION, on_answer);
    set(curl, CURLOPT_HEADERDATA, &talk);
    set(curl, CURLOPT_DEBUGFUNCTION, on_debug);
    set(curl, CURLOPT_DEBUGDATA, &talk);
    set(curl, CURLOPT_VERBOSE, 1L); // for on_debug; nothing is printed
    set(curl, CURLOPT_ERRORBUFFER, why.data());
    const auto result = curl_easy_perform(curl.get());
    long code = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &code);
    return judge(talk, result, code, why.c_str(), parcel.to);
}

} // namespace gatehouse::mail
