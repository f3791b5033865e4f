// SPDX-License-Identifier: Apache-2.0
// How the pages look: their name, links, files, texts and templates. A look is made on any thread, from the
// configuration and the files that it names, and is not changed afterwards. The process wears one look at a time;
// `wear` and everything that shows a page belong to the loop thread.
#pragma once

#include "gateway/config/config.h"
#include "gateway/http/accept.h"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::pages {

/// A file that pages load. Its name has a hash of its content, so that a browser may keep it for ever.
struct ServedFile {
    std::string kind; ///< style, script, logo, logo-dark or icon
    std::string name; ///< logo-6b1f….svg
    std::string type; ///< text/css; charset=utf-8
    std::string body;
};

class Engine; ///< the parsed templates (view.cpp)

struct Look {
    using Texts = std::map<std::string, std::string, std::less<>>;

    std::string name;        ///< of the site
    bool named = false;      ///< the configuration has said it
    std::string help_url;    ///< empty: no such link
    std::string privacy_url; ///< likewise
    std::string terms_url;   ///< likewise
    std::string mail_accent; ///< the colour of a button in a mail
    std::vector<ServedFile> files;
    std::array<Texts, http::all_languages.size()> texts; ///< those that replace shipped ones
    std::vector<std::string> templates;                  ///< in the order of `Template`
    std::shared_ptr<Engine> engine;

    /// nullptr: there is no such file.
    [[nodiscard]] const ServedFile* file(std::string_view kind) const noexcept;
};

/// The result of reading the files of the configuration.
struct LoadedLook {
    std::shared_ptr<const Look> look;  ///< nullptr if there are errors
    std::vector<std::string> problems; ///< every mistake, as FILE: what is wrong and what to do
};
/// Reads files: not on the loop thread.
[[nodiscard]] LoadedLook load_look(const BrandConfig& brand);

/// From now on pages and mails look like this.
void wear(std::shared_ptr<const Look> look);
/// The look in force; the shipped one before the first `wear`.
[[nodiscard]] const Look& look();

/// A file for `gatehouse pages export`.
struct ShippedFile {
    std::string name;
    std::string content;
};
[[nodiscard]] std::vector<ShippedFile> shipped_files();

} // namespace gatehouse::pages
