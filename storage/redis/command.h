// SPDX-License-Identifier: Apache-2.0
// A command in the wire format of Redis. Pure.
#pragma once

#include <string>
#include <vector>

namespace gatehouse {

/// Every argument has its length in front, so an argument may hold any bytes. hiredis' own formatting takes eight times
/// as long, and a check sends up to two commands.
std::string wire_format(const std::vector<std::string>& command);

} // namespace gatehouse
