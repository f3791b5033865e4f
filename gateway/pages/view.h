// SPDX-License-Identifier: Apache-2.0
// Turns values into HTML. Only view.cpp knows the template engine. Loop thread only, but for what says otherwise: a
// parsed template notes its errors.
#pragma once

#include "gateway/pages/look.h"
#include "gateway/pages/pages.h"
#include "gateway/pages/templates.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::pages {

/// The values that a template may name. An empty text and a false flag count as absent.
class View {
  public:
    using Value = std::variant<std::string, bool, std::vector<View>>;

    View& set(std::string_view name, std::string_view text) { return put(name, std::string(text)); }
    View& flag(std::string_view name, bool on = true) { return put(name, on); }
    View& list(std::string_view name, std::vector<View> items) { return put(name, std::move(items)); }

    [[nodiscard]] const std::vector<std::pair<std::string, Value>>& values() const noexcept { return values_; }

  private:
    View& put(std::string_view name, Value value) {
        values_.emplace_back(name, std::move(value));
        return *this;
    }

    std::vector<std::pair<std::string, Value>> values_;
};

/// The whole page: the template's HTML inside the layout. Texts are escaped. {{t.KEY}} is a message in the frame's
/// language, {{prefix}} the frame's prefix. `title_key` names the message that is the title.
[[nodiscard]] std::string render(const Frame& frame, Template which, std::string_view title_key, const View& view);

/// Offers the page in the other languages: for strangers, who have no preferences. `path` is that of the page, without
/// the prefix; `target`: where a login leads, or empty.
void offer_languages(const Frame& frame, std::string_view path, std::string_view target, View& view);
/// A language's name in that language, for people who do not understand the page's language.
[[nodiscard]] std::string_view own_name(http::Language language);
/// The part of an address that keeps the language which a stranger has chosen: "?lang=uk", or nothing.
[[nodiscard]] std::string language_query(const Frame& frame);

/// Parses the templates of a look. Any thread.
[[nodiscard]] std::shared_ptr<Engine> make_engine(const Look& look);
/// Why a template cannot be parsed; empty: it can. Any thread.
[[nodiscard]] std::string fault_in_template(const std::string& source);

/// Why a password was not changed, in words; empty for `none`.
[[nodiscard]] std::string words_of(http::Language language, PasswordChange::Error error, Seconds retry_after);

/// The HTML of a mail.
[[nodiscard]] std::string render_mail(http::Language language, std::string_view title, const View& view);

} // namespace gatehouse::pages
