// SPDX-License-Identifier: Apache-2.0
#include "storage/keys.h"

namespace gatehouse::keys {
namespace {

std::string join(std::string_view kind, std::string_view rest) {
    std::string key;
    key.reserve(identity_prefix.size() + kind.size() + rest.size());
    return key.append(identity_prefix).append(kind).append(rest);
}

} // namespace

std::string session(const SessionKey& key) {
    return join("session:", key.context + ":" + key.id);
}

std::string user(std::string_view context, std::string_view user_id) {
    return join("user:", std::string(context) + ":" + std::string(user_id));
}

std::string counter(std::string_view name) {
    return join("throttle:", name);
}

} // namespace gatehouse::keys
