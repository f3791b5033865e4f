// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/personal.h"

#include "gateway/pages/pages.h"

#include <algorithm>

namespace gatehouse {

const PreferenceBook::Entry& preferences_of(const Call& call, const CachedUser& known) {
    auto& book = call.services.preferences;
    if (known.preferences) {
        book.look_again(known.preferences, call.now);
    } else {
        known.preferences = book.of(known.context, known.user.id, call.now);
    }
    return known.preferences;
}

void preferences_for(const Call& call, const Session& session) {
    WebSession begun{session.key.id, session.user_id, session.expires_at};
    call.services.preferences.session_began(session.key.context, std::move(begun), call.now);
}

DisplayPreferences display_preferences(const KnownPreferences& preferences) noexcept {
    const auto* const theme = std::ranges::find(pages::themes, preferences.theme);
    return {theme == pages::themes.end() ? std::string_view{} : *theme, http::language_of(preferences.language)};
}

} // namespace gatehouse
