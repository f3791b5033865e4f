// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/invitation.h"

#include "gateway/accounts/requirement.h"
#include "gateway/http/fields.h"
#include "gateway/http/json.h"
#include "gateway/http/json_body.h"
#include "gateway/http/list_header.h"

namespace gatehouse {

std::string text_of(const Invitation& invitation) {
    std::string names;
    for (const auto& [context, name] : invitation.permissions)
        names.append(names.empty() ? "" : " ").append(name);
    http::JsonObject text;
    text.add("role", invitation.role).add("permissions", names);
    text.add("context", invitation.permissions.empty() ? "" : invitation.permissions.front().context);
    return text.str();
}

Invitation read_invitation(std::string_view text) {
    const auto decoded = http::decode_json(text);
    const http::Fields fields(http::Fields::Source::json, decoded ? *decoded : std::vector<http::Field>{});
    Invitation invitation;
    if (is_role_name(fields.text("role"))) invitation.role = std::string(fields.text("role"));
    auto names = fields.text("permissions");
    while (!names.empty()) {
        const auto name = http::take_until(names, ' ');
        if (is_permission_name(name))
            invitation.permissions.push_back({std::string(fields.text("context")), std::string(name)});
    }
    return invitation;
}

} // namespace gatehouse
