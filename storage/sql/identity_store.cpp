// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/identity_store.h"

#include "storage/sql/store_impl.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace gatehouse {

SqlIdentityStore::SqlIdentityStore(SqlOptions options)
    : impl_(std::make_unique<Impl>(sql::make_target(options), sql::shared_threads_for(options, "sql"),
                                   options.other_names)) {}
SqlIdentityStore::~SqlIdentityStore() = default;

bool SqlIdentityStore::stop(Millis grace) {
    return impl_->workers.stop(grace);
}

std::string SqlIdentityStore::last_failure() const {
    return impl_->state->pool.last_failure();
}

namespace sql {

std::vector<EndedSession> to_ended(const std::vector<EndedRow>& rows) {
    std::vector<EndedSession> ended;
    ended.reserve(rows.size());
    for (const auto& [context, id, expires_at] : rows)
        ended.push_back({{context, id}, expires_at});
    return ended;
}

std::vector<Permission> to_permissions(const std::string& json) {
    std::vector<Permission> permissions;
    if (json == "[]") return permissions;
    boost::system::error_code error;
    const auto parsed = boost::json::parse(json, error);
    if (error || !parsed.is_array()) throw Refusal(StoreError::corrupt, "permissions are not a JSON array");
    for (const auto& one : parsed.get_array()) {
        const auto* pair = one.if_array();
        if (pair == nullptr || pair->size() != 2 || !pair->at(0).is_string()) {
            throw Refusal(StoreError::corrupt, "a permission is not a pair of name and expiry");
        }
        Permission permission{std::string(pair->at(0).get_string()), std::nullopt};
        if (const auto* expiry = pair->at(1).if_int64()) permission.expires_at = Instant(Millis(*expiry));
        permissions.push_back(std::move(permission));
    }
    std::ranges::sort(permissions, {}, &Permission::name);
    return permissions;
}

std::vector<EndedSession> end_all(Connection& connection, const IdentityQueries& queries, const std::string& user_id,
                                  const std::optional<SessionKey>& keep, Instant now) {
    if (queries.other_names) connection.change(queries.takeover.cut_off, user_id, now);
    const auto real = queries.other_names ? real_key(connection, queries, keep) : keep;
    const auto kept = real.value_or(SessionKey{}); // no session has an empty id
    return to_ended(connection.rows(queries.sessions.revoke_all, user_id, kept.context, kept.id, now));
}

} // namespace sql
} // namespace gatehouse
