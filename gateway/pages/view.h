// SPDX-License-Identifier: Apache-2.0
// Turns values into HTML. Only view.cpp knows the template engine. Loop thread only, because parsed templates are kept.
#pragma once

#include "gateway/pages/pages.h"
#include "gateway/pages/templates.h"

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

/// Why a password was not changed, in words; empty for `none`.
[[nodiscard]] std::string words_of(http::Language language, PasswordChange::Error error, Seconds retry_after);

/// The HTML of a mail.
[[nodiscard]] std::string render_mail(http::Language language, std::string_view title, const View& view);

} // namespace gatehouse::pages
