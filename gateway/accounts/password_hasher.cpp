// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/password_hasher.h"
#include "gateway/accounts/password_work.h"
#include "gateway/accounts/sodium.h"
#include "gateway/accounts/stored_hash.h"
#include "gateway/log/log.h"

#include <stdexcept>
#include <utility>

namespace gatehouse {
namespace {

constexpr unsigned older_cost = 10; // the cost that the older systems use

using password_work::Match;
using Scheme = StoredHash::Scheme;

const HashOptions& judged(const HashOptions& options) {
    start_sodium();
    const auto parameters = read_stored_hash(password_work::argon2_dummy({options.memory_kib, options.passes}));
    if (parameters.scheme != Scheme::argon2id) throw std::invalid_argument("argon2 parameters out of range");
    const auto cost = options.equal_bcrypt_cost;
    if (cost != 0 && (cost < min_bcrypt_cost || cost > max_bcrypt_cost)) {
        throw std::invalid_argument("bcrypt cost out of range");
    }
    if (options.threads == 0) throw std::invalid_argument("no threads for passwords");
    return options;
}

/// One check with everything that it needs: it may outlive the hasher, on a thread that was left behind.
struct Check {
    Secret password;
    std::string stored;
    StoredHash parameters;
    std::string argon2_dummy;
    std::string bcrypt_dummy; ///< empty: none
    std::uint32_t memory_kib;
    std::uint32_t passes;

    Result<PasswordMatch> operator()() const;
    [[nodiscard]] Result<Match> bcrypt() const;
    [[nodiscard]] Result<Match> argon2() const;
    [[nodiscard]] Result<Match> dummy() const {
        return password_work::argon2_matches(password.view(), argon2_dummy, memory_kib);
    }
    [[nodiscard]] bool is_weaker() const { return parameters.memory_kib < memory_kib || parameters.passes < passes; }
};

Result<Match> Check::bcrypt() const {
    if (parameters.scheme == Scheme::bcrypt) return password_work::bcrypt_matches(password.view(), stored);
    if (bcrypt_dummy.empty()) return Match::no;
    return password_work::bcrypt_matches(password.view(), bcrypt_dummy);
}

Result<Match> Check::argon2() const {
    if (parameters.scheme != Scheme::argon2id) return dummy();
    const auto matches = password_work::argon2_matches(password.view(), stored, parameters.memory_kib);
    if (!matches || !is_weaker()) return matches;
    const auto rest_of_the_work = dummy();
    return rest_of_the_work ? matches : rest_of_the_work;
}

/// Checks both schemes always, so that the time does not show which of them matched.
Result<PasswordMatch> Check::operator()() const {
    const auto old = bcrypt();
    const auto current = argon2();
    if (!old) return old.error();
    if (!current) return current.error();
    if (*old == Match::no && *current == Match::no) return PasswordMatch::no;
    return *old == Match::yes || is_weaker() ? PasswordMatch::yes_rehash : PasswordMatch::yes;
}

} // namespace

PasswordHasher::PasswordHasher(HashOptions options)
    : options_(judged(options)),
      argon2_dummy_(password_work::argon2_dummy({options.memory_kib, options.passes})),
      bcrypt_dummy_(options.equal_bcrypt_cost == 0 ? "" : password_work::bcrypt_dummy(options.equal_bcrypt_cost)),
      pool_({.name = "password", .threads = options.threads, .queue = options.queue, .background = true}) {}

boost::asio::awaitable<Result<PasswordMatch>> PasswordHasher::verify(Secret password, std::string stored_hash) {
    auto parameters = read_stored_hash(stored_hash);
    if (parameters.scheme == Scheme::too_costly) {
        log::error("password_hash_refused", {{"reason", std::string_view("stored parameters beyond the caps")}});
        co_return make_error_code(StoreError::refused);
    }
    if (parameters.scheme == Scheme::unreadable && !stored_hash.empty()) log::warning("password_hash_unreadable");
    // Each library treats a NUL in its own way: it stops there or hashes it. No password of ours has a NUL.
    if (password.view().find('\0') != std::string_view::npos) parameters = {};
    Check check{.password = std::move(password),
                .stored = std::move(stored_hash),
                .parameters = parameters,
                .argon2_dummy = argon2_dummy_,
                .bcrypt_dummy = bcrypt_dummy_,
                .memory_kib = static_cast<std::uint32_t>(options_.memory_kib),
                .passes = static_cast<std::uint32_t>(options_.passes)};
    co_return co_await pool_.run(std::move(check), deadline_in(options_.wait));
}

boost::asio::awaitable<Result<std::string>> PasswordHasher::hash(Secret password) {
    const password_work::Argon2Cost cost{options_.memory_kib, options_.passes};
    auto work = [password = std::move(password), cost] { return password_work::argon2_hash(password.view(), cost); };
    co_return co_await pool_.run(std::move(work), deadline_in(options_.wait));
}

boost::asio::awaitable<Result<std::string>> PasswordHasher::hash_for_legacy(Secret password) {
    auto work = [password = std::move(password)] { return password_work::bcrypt_hash(password.view(), older_cost); };
    co_return co_await pool_.run(std::move(work), deadline_in(options_.wait));
}

} // namespace gatehouse
