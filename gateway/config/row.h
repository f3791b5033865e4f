// SPDX-License-Identifier: Apache-2.0
// How the rows of the table of options (table.cpp) are written. Pure.
#pragma once

#include "gateway/config/options.h"

#include <string_view>
#include <utility>

namespace gatehouse::config {

/// A row in the making; help() ends it.
template <class Target> class Row {
  public:
    Row(std::string_view key, Codec<Target> codec, Change change) {
        row_.key = key;
        row_.codec = std::move(codec);
        row_.change = change;
    }
    Row& variable(std::string_view name) {
        row_.variable = name;
        return *this;
    }
    Row& secret() {
        row_.privacy = Privacy::secret;
        return *this;
    }
    Row& password() {
        row_.privacy = Privacy::password;
        return *this;
    }
    Row& by_rule(std::string_view rule, std::string_view specimen) {
        row_.unfixed = {rule, specimen};
        return *this;
    }
    BasicOption<Target> help(std::string_view text) {
        row_.help = text;
        return std::move(row_);
    }

  private:
    BasicOption<Target> row_;
};

template <class Target> Row<Target> option(std::string_view key, Codec<Target> codec, Change change) {
    return {key, std::move(codec), change};
}

} // namespace gatehouse::config
