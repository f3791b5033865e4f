// SPDX-License-Identifier: Apache-2.0
// The one table of everything that an operator can set. The file reader, the environment, `config show`, --help and the
// example file are made from it. Immutable; any thread.
#pragma once

#include "gateway/config/codec.h"
#include "gateway/config/draft.h"

#include <vector>

namespace gatehouse::config {

enum class Change { restart, reload }; ///< what makes a new value count
/// secret: an address that may hold a password, which is shown masked. password: is never shown. Both can be systemd
/// credentials.
enum class Privacy { open, secret, password };

/// For an option without a fixed default.
struct Unfixed {
    std::string_view rule;     ///< the default in words; empty: the default is fixed
    std::string_view specimen; ///< TOML to put into the example file instead
};

template <class Target> struct BasicOption {
    std::string_view key;      ///< in the file
    std::string_view variable; ///< in the environment; empty: variable_for(key)
    Codec<Target> codec;
    Change change = Change::restart;
    Privacy privacy = Privacy::open;
    Unfixed unfixed;
    std::string_view help; ///< a paragraph
};

using Option = BasicOption<Draft>;
using ContextOption = BasicOption<ContextConfig>;

struct Section {
    std::string_view title;
    std::vector<Option> options;
};

/// Every option outside the contexts, in the order of the example file.
[[nodiscard]] const std::vector<Section>& sections();
/// The options of one [context.NAME] table.
[[nodiscard]] const std::vector<ContextOption>& context_options();

[[nodiscard]] const Option* find_option(std::string_view key);
[[nodiscard]] const ContextOption* find_context_option(std::string_view key);

/// GATEHOUSE_DATABASE_TIMEOUT for database_timeout, GATEHOUSE_CONTEXT_WEB_IDLE for context.web.idle.
[[nodiscard]] std::string variable_for(std::string_view key);
[[nodiscard]] std::string variable_of(const Option& option);

/// The known name that `key` was probably meant to be; empty: no name is similar.
[[nodiscard]] std::string_view nearest(std::string_view key, const std::vector<std::string_view>& known);

} // namespace gatehouse::config
