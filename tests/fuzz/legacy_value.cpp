// SPDX-License-Identifier: Apache-2.0
// What an older system has stored: sessions in Redis, and ids, moments and phone numbers wherever they stand. Each has
// one meaning, which survives being written and read again.
#include "storage/legacy/redis/value.h"

#include "storage/legacy/legacy_values.h"
#include "tests/fuzz/promise.h"

#include <algorithm>

namespace gatehouse::fuzz {
namespace {

using legacy::IdKind;
using legacy::InstantKind;

constexpr Instant latest{Seconds{253'402'300'799} + Millis{999}};

void session(std::string_view input, IdKind ids) {
    const auto value = decode_legacy(input, ids);
    promise((value.kind == LegacyValue::Kind::good) == value.key.has_value(), "a session if it is good, and only then");
    if (!value.key) return;
    const auto& key = *value.key;
    promise(legacy::user_id(key.user_id, ids) == key.user_id, "the user has the one spelling");
    promise(key.expires_at >= Instant{} && key.expires_at <= latest, "a moment that can be");
    LegacyLogin login;
    login.user_id = key.user_id;
    login.expires_at = key.expires_at;
    login.now = key.created_at.value_or(key.expires_at);
    const auto again = decode_legacy(encode_legacy(login, ids), ids);
    promise(again.key && again.key->user_id == key.user_id && again.key->expires_at == key.expires_at &&
                again.key->created_at == login.now,
            "written again it is the same session");
}

void words(std::string_view input) {
    for (const auto kind : {IdKind::uuid, IdKind::integer, IdKind::text}) {
        const auto id = legacy::user_id(input, kind);
        promise(!id || legacy::user_id(*id, kind) == id, "an id that was read is read as it is");
    }
    for (const auto kind : {InstantKind::timestamp, InstantKind::seconds, InstantKind::milliseconds}) {
        const auto at = legacy::instant(input, kind);
        if (!at) continue;
        const auto again = legacy::instant(legacy::instant_text(*at, kind), kind);
        promise(again == at, "a moment that was written is read");
    }
    const auto digits = legacy::phone_digits(input);
    promise(std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }), "digits and nothing else");
    promise(legacy::phone_digits(digits) == digits, "applied twice it changes nothing");
    if (legacy::is_token(input)) promise(legacy::stored_id(input).size() == 43, "a token has an id");
}

} // namespace

void look_at(std::string_view input) {
    for (const auto ids : {IdKind::uuid, IdKind::integer, IdKind::text})
        session(input, ids);
    words(input);
}

} // namespace gatehouse::fuzz
