// SPDX-License-Identifier: Apache-2.0
// SessionService: sessions that are ended again, or by several requests at once. Only an end of a session that may live
// starts a transaction.
#include "gateway/sessions/service.h"

#include <algorithm>

namespace gatehouse {
namespace {

/// For the single read. Without its answer the session is ended as if it lived.
constexpr Millis patience_with_reading{100};
/// A request may also have to wait for the end before its own. Each end has deadlines of its own.
constexpr Seconds patience_with_others{5};

} // namespace

boost::asio::awaitable<EndOutcome> SessionService::end_together(std::string token, std::string context,
                                                                SingleFlight<EndOutcome>::Query end) {
    auto key = context + ":" + stored_id(token);
    const auto ended = co_await ends_.ask(std::move(key), std::move(end), deadline_in(patience_with_others));
    co_return ended ? *ended : EndOutcome::failed;
}

/// Only an end that the database has committed counts. A tombstone is no proof: it may have been written while the
/// database was away, and a gateway that does not hear Redis does not know of it. As for a first end, this confirms
/// that every gateway refuses the session.
boost::asio::awaitable<std::optional<EndOutcome>> SessionService::ended_already(SessionKey key, Instant now) {
    if (is_confirmed(key)) co_return EndOutcome::done;
    const auto found = co_await read_before_end(key, now);
    if (!found) co_return std::nullopt;
    if (!found->has_value()) co_return EndOutcome::absent;
    if (!(**found).revoked) co_return std::nullopt;
    const auto expires_at = (**found).session.expires_at;
    co_return co_await confirm_end(std::move(key), expires_at);
}

/// For a name that has ended, this read of the database does not say what else ended with it. Redis has all of that
/// while it is trusted.
boost::asio::awaitable<std::optional<EndOutcome>> SessionService::name_ended_already(SessionKey key, Instant now) {
    if (is_confirmed(key)) co_return EndOutcome::done;
    const auto found = co_await read_before_end(key, now);
    const bool over = found && found->has_value() && (**found).revoked && (**found).user.id.empty();
    if (!over || !revoker_.cache_is_trustworthy()) co_return std::nullopt;
    const auto expires_at = (**found).session.expires_at;
    co_return co_await confirm_end(std::move(key), expires_at);
}

/// An error: not read, because the session is known to live or the database does not answer.
boost::asio::awaitable<Result<SessionService::Found>> SessionService::read_before_end(SessionKey key, Instant now) {
    Result<Found> unread(boost::system::in_place_error, make_error_code(StoreError::unavailable));
    const auto id = to_digest(key.id);
    const auto* const known = id && memory_is_fresh() ? near_.find(*id, now) : nullptr;
    if (breaker_.open() || (known != nullptr && known->who.user)) co_return unread;
    const auto deadline = deadline_in(std::min(patience_with_reading, settings_->config->database_timeout));
    const auto query = [this, key, deadline]() { return stores_.store.find(key, deadline); };
    co_return co_await flights_.ask(key.context + ":" + key.id, query, deadline);
}

boost::asio::awaitable<EndOutcome> SessionService::confirm_end(SessionKey key, Instant expires_at) {
    const auto id = to_digest(key.id);
    std::vector<EndedSession> ended{{std::move(key), expires_at}};
    if (!co_await forget_everywhere(std::move(ended))) co_return EndOutcome::unconfirmed;
    if (id) confirmed_.note(*id, BootClock::now());
    co_return EndOutcome::done;
}

bool SessionService::is_confirmed(const SessionKey& key) {
    const auto id = to_digest(key.id);
    return id && confirmed_.contains(*id, BootClock::now());
}

} // namespace gatehouse
