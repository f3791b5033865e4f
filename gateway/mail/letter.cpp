// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/letter.h"

#include "storage/base64url.h"
#include "storage/values.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>

namespace gatehouse::mail {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t longest_line = 76;             // of an encoded body, without its end (RFC 2045)
constexpr std::size_t plain_header = 60;             // a longer value becomes encoded words, which can be folded
constexpr std::size_t bytes_in_an_encoded_word = 42; // 56 letters of base64, and 12 around them
constexpr std::size_t bytes_in_a_line = 57;          // 76 letters of base64
constexpr std::size_t longest_subject = 500;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_visible(char c) {
    return c >= 0x20 && c < 0x7F;
}

std::string base64(std::string_view bytes) {
    auto text = base64url_encode(std::span(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

/// The first bytes, at most `most`, that end between two characters of UTF-8.
std::string_view whole_characters(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U)
        --most;
    return text.substr(0, most);
}

/// Every kind of line break as `with`.
std::string with_line_ends(std::string_view text, std::string_view with) {
    std::string out;
    out.reserve(text.size() + text.size() / 16);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
        if (text[at] == '\r' || text[at] == '\n')
            out += with;
        else
            out += text[at];
    }
    if (!out.ends_with(with)) out += with;
    return out;
}

std::string base64_lines(const std::string& bytes) {
    std::string out;
    for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(rest.size(), bytes_in_a_line)))
        out.append(base64(rest.substr(0, bytes_in_a_line))).append(line_end);
    return out;
}

/// Text that is mostly ASCII stays readable; the rest is shorter in base64.
std::string body(std::string_view type, std::string_view text) {
    const auto others = static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0x80) != 0; }));
    const bool readable = others * 6 <= text.size();
    return fmt::format("Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n{}", type,
                       readable ? "quoted-printable" : "base64",
                       readable ? quoted_printable(text) : base64_lines(with_line_ends(text, line_end)));
}

/// A value that is shown to people.
std::string header_text(std::string_view text) {
    const bool plain = text.size() <= plain_header && std::ranges::all_of(text, is_visible) &&
                       text.find("=?") == std::string_view::npos;
    return plain ? std::string(text) : encoded_words(text);
}

std::string sender(const config::MailSender& from) {
    if (from.name.empty()) return from.address;
    const bool plain = from.name.size() <= plain_header && std::ranges::all_of(from.name, is_visible) &&
                       from.name.find_first_of("\"\\") == std::string::npos &&
                       from.name.find("=?") == std::string::npos;
    return fmt::format("{}\r\n <{}>", plain ? "\"" + from.name + "\"" : encoded_words(from.name), from.address);
}

bool is_id(std::string_view text) {
    constexpr std::size_t longest = 64;
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
}

std::string problem_of(const Cover& cover, const Letter& letter) {
    const auto is_header = [](std::string_view text) {
        return is_storable_text(text) && std::ranges::none_of(text, is_control);
    };
    if (!is_id(cover.id)) return "its id cannot stand in a header";
    if (!config::is_mail_address(cover.to)) return "the recipient is no e-mail address";
    if (!config::is_mail_address(cover.from.address) || !is_header(cover.from.name)) return "the sender is no sender";
    if (letter.subject.size() > longest_subject || !is_header(letter.subject))
        return "the subject is not one line of text";
    if (!is_storable_text(letter.text) || !is_storable_text(letter.html)) return "the text is not UTF-8";
    return {};
}

} // namespace

std::string encoded_words(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto part = whole_characters(text, bytes_in_an_encoded_word);
        out.append(out.empty() ? "" : "\r\n ").append("=?UTF-8?B?").append(base64(part)).append("?=");
        text.remove_prefix(part.size());
    }
    return out;
}

std::string quoted_printable(std::string_view text) {
    std::string out;
    std::size_t column = 0;
    const auto normal = with_line_ends(text, "\n");
    for (std::size_t at = 0; at < normal.size(); ++at) {
        const char c = normal[at];
        if (c == '\n') {
            out += line_end;
            column = 0;
            continue;
        }
        const bool before_end = at + 1 == normal.size() || normal[at + 1] == '\n';
        const bool blank = c == ' ' || c == '\t';
        // A dot at the start of a line, and "From ", mean something to old programs on the way.
        const bool at_start = column == 0 && (c == '.' || c == 'F');
        const bool as_it_is = (is_visible(c) || c == '\t') && c != '=' && !(blank && before_end) && !at_start;
        const std::size_t width = as_it_is ? 1 : 3;
        if (column + width > longest_line - (before_end ? 0 : 1)) {
            out.append("=").append(line_end);
            column = 0;
        }
        if (as_it_is)
            out += c;
        else
            out += fmt::format("={:02X}", static_cast<unsigned char>(c));
        column += width;
    }
    return out;
}

std::string mail_date(Instant at) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto seconds = std::chrono::floor<Seconds>(at);
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(seconds - day);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days[std::chrono::weekday(day).c_encoding()],
                       unsigned{date.day()}, months[unsigned{date.month()} - 1], int{date.year()}, time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

Message write_message(const Cover& cover, const Letter& letter) {
    if (auto problem = problem_of(cover, letter); !problem.empty()) return {{}, std::move(problem)};
    const auto domain = cover.from.address.substr(cover.from.address.find('@') + 1);
    auto bytes =
        fmt::format("Date: {}\r\nFrom: {}\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID:\r\n <{}@{}>\r\n"
                    "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n",
                    mail_date(cover.date), sender(cover.from), cover.to, header_text(letter.subject), cover.id, domain);
    if (letter.html.empty()) return {bytes + body("plain", letter.text), {}};
    // Neither encoding has a line that begins like this.
    const auto boundary = "=_" + cover.id;
    bytes += fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n", boundary);
    bytes += fmt::format("--{0}\r\n{1}\r\n--{0}\r\n{2}\r\n--{0}--\r\n", boundary, body("plain", letter.text),
                         body("html", letter.html));
    return {std::move(bytes), {}};
}

} // namespace gatehouse::mail
