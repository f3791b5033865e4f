// SPDX-License-Identifier: Apache-2.0
// What a client would like to get: JSON or a page, and in which language. Pure; loop thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace gatehouse::http {

/// Whether the answer should be JSON. JSON if the header likes application/json better than text/html, or equally well
/// but names only JSON ("application/json, text/plain, */*"). So browsers, an absent header and "*/*" get pages.
[[nodiscard]] bool wants_json(std::string_view accept);

enum class Language { en, ru, uk };
inline constexpr std::array all_languages{Language::en, Language::ru, Language::uk};

/// The best of our languages by Accept-Language; a region does not matter (ru-RU is ru). English if it names none of
/// ours.
[[nodiscard]] Language choose_language(std::string_view accept_language);

/// "en", "ru", "uk", for the attribute lang.
[[nodiscard]] std::string_view code_of(Language language) noexcept;
/// The language of that very code.
[[nodiscard]] std::optional<Language> language_of(std::string_view code) noexcept;

} // namespace gatehouse::http
