// SPDX-License-Identifier: Apache-2.0
// Hashes and checks passwords on a bounded pool of its own, so that a flood of logins can starve neither the loop nor
// SQL. Call it on the loop thread; it must outlive its calls. What is not a match costs the same whoever is asked for:
// an unknown user, an account without a password, a wrong password, a disabled account.
#pragma once

#include "gateway/accounts/secret.h"
#include "storage/result.h"
#include "storage/worker_pool.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>

namespace gatehouse {

struct HashOptions {
    std::size_t threads = 2;
    std::size_t queue = 64; ///< calls that wait for a thread; one more is overloaded at once
    std::size_t memory_kib = 19456;
    std::size_t passes = 2;
    Millis wait{2000}; ///< from the call to its answer; then timed_out
    /// While bcrypt accounts of an old system remain: their cost. Every verify then costs one bcrypt beside its argon2,
    /// so that such an account takes no longer than an unknown one. 0: it does take longer, and so can be told apart.
    unsigned equal_bcrypt_cost = 0;
};

enum class PasswordMatch {
    no,
    yes,
    yes_rehash, ///< matched, but stored by an older scheme or weaker parameters: hash() it anew and
                ///< UserStore::replace_hash
};

class PasswordHasher {
  public:
    /// Throws std::invalid_argument if the options are outside of what verify() accepts.
    explicit PasswordHasher(HashOptions options);

    /// Argon2id ($argon2id$v=19$…, p up to 4) and bcrypt ($2a$, $2b$, $2y$). An empty `stored_hash` (unknown user, no
    /// password), a password with a NUL and a hash of another scheme cost the same work and are `no`; the last is
    /// logged as password_hash_unreadable. bcrypt sees the first 72 bytes only, as the old system did; after the
    /// re-hash all count. A bcrypt check is followed by an argon2 one, and so is an argon2 one with weaker parameters:
    /// never faster. overloaded: the queue is full. timed_out: see HashOptions::wait. refused: the stored parameters
    /// are beyond the caps (argon2 256 MiB, 10 passes, 4 lanes; bcrypt cost 14). unavailable: not enough memory. None
    /// of them means `no`.
    boost::asio::awaitable<Result<PasswordMatch>> verify(Secret password, std::string stored_hash);

    /// An argon2id PHC string with the current parameters. Errors as above, except refused.
    boost::asio::awaitable<Result<std::string>> hash(Secret password);

    /// A bcrypt hash, for an older system that knows no better. Errors as hash().
    boost::asio::awaitable<Result<std::string>> hash_for_older(Secret password);

    /// Calls that wait for a thread just now.
    [[nodiscard]] std::size_t waiting() const { return pool_.waiting(); }

    /// As WorkerPool::stop.
    bool stop(Millis grace) { return pool_.stop(grace); }

  private:
    HashOptions options_;
    std::string argon2_dummy_; ///< well-formed hashes that no password matches
    std::string bcrypt_dummy_; ///< empty without equal_bcrypt_cost
    WorkerPool pool_;
};

} // namespace gatehouse
