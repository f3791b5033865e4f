// SPDX-License-Identifier: Apache-2.0
// What a client prefers: JSON or a page, and in which language. Pure; loop thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace gatehouse::http {

/// Whether the answer should be JSON: the header prefers application/json, or a format that is JSON such as
/// application/problem+json, to text/html, or ranks both equally but names only JSON ("application/json, text/plain,
/// */*"). So browsers, an absent header and "*/*" get pages.
[[nodiscard]] bool wants_json(std::string_view accept);

enum class Language { en, ru, uk };
inline constexpr std::array all_languages{Language::en, Language::ru, Language::uk};

/// The best of our languages by Accept-Language; the region is ignored (ru-RU is ru). English if the header names none
/// of our languages.
[[nodiscard]] Language choose_language(std::string_view accept_language);

/// "en", "ru", "uk", for the attribute lang.
[[nodiscard]] std::string_view code_of(Language language) noexcept;
/// The language with exactly this code.
[[nodiscard]] std::optional<Language> language_of(std::string_view code) noexcept;

} // namespace gatehouse::http
