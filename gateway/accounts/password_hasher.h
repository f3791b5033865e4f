// SPDX-License-Identifier: Apache-2.0
// Hashes and checks passwords on a bounded pool of its own, so that a flood of logins can starve neither the loop nor
// the database. Call it on the loop thread; it must outlive its calls. Every failed check costs the same: unknown user,
// account without a password, wrong password, disabled account.
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
    Millis wait{2000}; ///< from the call to its answer; after that timed_out
    /// The cost of the bcrypt accounts of an older system, while such accounts remain. Every verify then costs one
    /// bcrypt beside its argon2, so that such an account takes no longer than an unknown one. With 0 it takes longer,
    /// and so can be told apart.
    unsigned equal_bcrypt_cost = 0;
};

enum class PasswordMatch {
    no,
    yes,
    yes_rehash, ///< matched, but stored by an older scheme or with weaker parameters: hash() it anew and call
                ///< UserStore::replace_hash
};

class PasswordHasher {
  public:
    /// Throws std::invalid_argument if the options are outside of what verify() accepts.
    explicit PasswordHasher(HashOptions options);

    /// Knows argon2id ($argon2id$v=19$…, p up to 4) and bcrypt ($2a$, $2b$, $2y$). An empty `stored_hash` (unknown
    /// user, no password), a password with a NUL and a hash of another scheme cost the same work and are `no`; the hash
    /// of another scheme is logged as password_hash_unreadable. bcrypt sees only the first 72 bytes, as in the older
    /// system; after the re-hash all bytes count. A bcrypt check is followed by an argon2 check, and so is an argon2
    /// check with weaker parameters: neither is ever faster. Errors, none of which means `no`: overloaded: the queue is
    /// full. timed_out: see HashOptions::wait. refused: the stored parameters are beyond the caps (argon2 256 MiB, 10
    /// passes, 4 lanes; bcrypt cost 14). unavailable: not enough memory.
    boost::asio::awaitable<Result<PasswordMatch>> verify(Secret password, std::string stored_hash);

    /// An argon2id PHC string with the current parameters. Errors as above, except refused.
    boost::asio::awaitable<Result<std::string>> hash(Secret password);

    /// A bcrypt hash, for an older system that knows nothing better. Errors as hash().
    boost::asio::awaitable<Result<std::string>> hash_for_legacy(Secret password);

    /// Calls that wait for a thread now.
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
