// SPDX-License-Identifier: Apache-2.0
// A small file as text, with what the configuration wants to know about it. Blocks; not for the loop thread.
#pragma once

#include <string>

namespace gatehouse::config {

struct FileText {
    std::string text;
    std::string problem;          ///< not empty: could not be read, and why
    bool absent = false;          ///< there is no such file (then `problem` says so too)
    bool readable_by_all = false; ///< by users who are neither its owner nor in its group
};

[[nodiscard]] FileText read_file(const std::string& path);

} // namespace gatehouse::config
