// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/legacy_values.h"

#include "storage/base64url.h"
#include "storage/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <sodium.h>

namespace gatehouse::legacy {
namespace {

constexpr std::size_t longest_token = 512;
constexpr std::size_t longest_id = 255;

template <class Number> std::optional<Number> number(std::string_view text) noexcept {
    Number value{};
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
    return value;
}

/// Reads fixed fields from the front of a text. The first mismatch makes the whole text invalid.
class Fields {
  public:
    explicit Fields(std::string_view text) noexcept : left_(text) {}

    int digits(std::size_t count) noexcept {
        const auto field = left_.substr(0, count);
        const bool all_digits =
            field.size() == count && std::ranges::all_of(field, [](char c) { return c >= '0' && c <= '9'; });
        good_ = good_ && all_digits;
        left_.remove_prefix(field.size());
        return good_ ? number<int>(field).value_or(0) : 0;
    }
    void one_of(std::string_view letters) noexcept {
        good_ = good_ && !left_.empty() && letters.find(left_.front()) != std::string_view::npos;
        if (good_) left_.remove_prefix(1);
    }
    /// The milliseconds of a fraction of a second with any number of digits.
    int milliseconds() noexcept {
        if (!left_.starts_with('.')) return 0;
        left_.remove_prefix(1);
        const auto count = std::min(left_.find_first_not_of("0123456789"), left_.size());
        good_ = good_ && count > 0 && count <= 9;
        const std::string padded = std::string(left_.substr(0, count)) + "000";
        left_.remove_prefix(count);
        return good_ ? number<int>(std::string_view(padded).substr(0, 3)).value_or(0) : 0;
    }
    /// Accepts a spelling of UTC, or nothing.
    void zone() noexcept {
        const bool is_utc = left_.empty() || left_ == "Z" || left_ == "+00" || left_ == "+00:00" || left_ == "+0000";
        good_ = good_ && is_utc;
    }
    [[nodiscard]] bool good() const noexcept { return good_; }

  private:
    std::string_view left_;
    bool good_ = true;
};

std::optional<Instant> from_timestamp(std::string_view text) noexcept {
    using namespace std::chrono;
    Fields fields(text);
    const int y = fields.digits(4);
    fields.one_of("-");
    const int mo = fields.digits(2);
    fields.one_of("-");
    const int d = fields.digits(2);
    fields.one_of(" T");
    const int h = fields.digits(2);
    fields.one_of(":");
    const int mi = fields.digits(2);
    fields.one_of(":");
    const int s = fields.digits(2);
    const int ms = fields.milliseconds();
    fields.zone();
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!fields.good() || !date.ok() || h > 23 || mi > 59 || s > 60) return std::nullopt;
    return Instant(sys_days(date)) + hours{h} + minutes{mi} + seconds{s} + Millis{ms};
}

} // namespace

bool is_token(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_token && is_storable_text(text);
}

std::string stored_id(std::string_view token) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size());
    return base64url_encode(digest);
}

bool is_chosen(const LegacySelection& which, std::string_view token) {
    const bool named = std::ranges::find(which.ids, stored_id(token)) != which.ids.end();
    return named != which.all_but;
}

std::optional<std::string> user_id(std::string_view text, IdKind kind) {
    if (kind == IdKind::integer) {
        const auto value = number<std::int64_t>(text);
        return value ? std::optional(std::to_string(*value)) : std::nullopt;
    }
    std::string id(text);
    if (kind == IdKind::text) {
        return !id.empty() && id.size() <= longest_id && is_storable_text(id) ? std::optional(id) : std::nullopt;
    }
    std::ranges::transform(id, id.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    return is_uuid(id) ? std::optional(id) : std::nullopt;
}

bool comes_before(std::string_view one, std::string_view other, IdKind kind) noexcept {
    if (kind != IdKind::integer) return one < other;
    return number<std::int64_t>(one).value_or(0) < number<std::int64_t>(other).value_or(0);
}

std::string phone_digits(std::string_view text) {
    constexpr std::size_t shortest = 5;
    constexpr std::size_t longest = 15; // E.164
    std::string digits;
    for (const char c : text) {
        if (c >= '0' && c <= '9') {
            digits += c;
        } else if (std::string_view(" +-().").find(c) == std::string_view::npos) {
            return {};
        }
    }
    if (digits.size() == 11 && digits.front() == '8') digits.front() = '7';
    return digits.size() >= shortest && digits.size() <= longest ? digits : std::string();
}

std::optional<Instant> instant(std::string_view text, InstantKind kind) noexcept {
    if (kind == InstantKind::timestamp) return from_timestamp(text);
    constexpr std::int64_t latest = 253'402'300'799'999; // the end of the year 9999
    const auto value = number<std::int64_t>(text);
    const std::int64_t unit = kind == InstantKind::seconds ? 1000 : 1;
    if (!value || *value < 0 || *value > latest / unit) return std::nullopt;
    return Instant(Millis(*value * unit));
}

std::string instant_text(Instant at, InstantKind kind) {
    using namespace std::chrono;
    if (kind == InstantKind::milliseconds) return std::to_string(at.time_since_epoch().count());
    if (kind == InstantKind::seconds) return std::to_string(floor<seconds>(at).time_since_epoch().count());
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss<Millis> time(at - day);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}000", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

} // namespace gatehouse::legacy
