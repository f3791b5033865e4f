// SPDX-License-Identifier: Apache-2.0
#include "gateway/fastcgi/gate.h"

namespace gatehouse::fastcgi {

namespace {

constexpr std::string_view too_large = "a request larger than the limit";

Gate::Verdict malformed(std::string_view why) noexcept {
    return {.state = Gate::State::malformed, .bytes = 0, .why = why};
}

std::uint16_t role_of(std::string_view begin_body) noexcept {
    return static_cast<std::uint16_t>(static_cast<std::uint8_t>(begin_body[0]) << 8 |
                                      static_cast<std::uint8_t>(begin_body[1]));
}

} // namespace

Gate::Verdict Gate::scan(std::string_view bytes) noexcept {
    while (bytes.size() - scanned_ >= header_bytes) {
        const RecordHeader header = read_header(bytes.data() + scanned_);
        if (const auto why = judge(header); !why.empty()) return malformed(why);
        if (max_bytes_ - scanned_ < header.record_bytes()) return malformed(too_large);
        if (bytes.size() - scanned_ < header.record_bytes()) return {.state = State::need_more};
        const auto content = bytes.substr(scanned_ + header_bytes, header.content);
        scanned_ += header.record_bytes();
        if (const auto why = take(header, content); !why.empty()) return malformed(why);
        if (stage_ == Stage::done) return {.state = State::complete, .bytes = scanned_};
    }
    if (max_bytes_ - scanned_ < header_bytes) return malformed(too_large);
    return {.state = State::need_more};
}

void Gate::reset() noexcept {
    scanned_ = 0;
    pairs_.reset();
    id_ = 0;
    stage_ = Stage::begin;
}

// Judges the header alone. A management record (id 0) or a second BEGIN_REQUEST would need an answer in between. No
// supported web server sends one, so they end the connection like everything else that is out of order.
std::string_view Gate::judge(const RecordHeader& header) const noexcept {
    if (header.version != 1) return "not FastCGI version 1";
    if (header.type == RecordType::abort_request) return "aborted by the peer";
    if (stage_ == Stage::begin) {
        if (header.type != RecordType::begin_request) return "a record before BEGIN_REQUEST";
        return header.id == 0 || header.content != begin_body_bytes ? "an odd BEGIN_REQUEST" : std::string_view{};
    }
    if (header.id != id_) return "a record of another request";
    const auto expected = stage_ == Stage::params ? RecordType::params : RecordType::stdin_data;
    return header.type != expected ? "a record out of order" : std::string_view{};
}

std::string_view Gate::take(const RecordHeader& header, std::string_view content) noexcept {
    if (stage_ == Stage::begin) {
        id_ = header.id;
        stage_ = Stage::params;
        return role_of(content) == responder_role ? std::string_view{} : "a role other than responder";
    }
    if (stage_ == Stage::params && !content.empty()) return pairs_.take(content);
    if (stage_ == Stage::params) {
        stage_ = Stage::body;
        return pairs_.at_boundary() ? std::string_view{} : "parameters shorter than their lengths say";
    }
    if (content.empty()) stage_ = Stage::done;
    return {};
}

} // namespace gatehouse::fastcgi
