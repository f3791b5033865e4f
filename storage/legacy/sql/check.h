// SPDX-License-Identifier: Apache-2.0
// Checks whether the older system's database matches its layout, and whether the gateway's role has the rights that the
// strategies need. Reads catalogues only. Blocks; for the command line.
#pragma once

#include "storage/instant.h"
#include "storage/legacy/layout.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse {

/// Why the database could not be checked; without a password.
class LegacyUnreachable : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The defects, a sentence each, with what repairs them: a name for legacy_layout, or a GRANT. Empty: none. Throws
/// LegacyUnreachable after `connect_timeout`, or if one query takes longer.
[[nodiscard]] std::vector<std::string> legacy_defects(const std::string& url, const legacy::Layout& layout,
                                                      Millis connect_timeout);

} // namespace gatehouse
