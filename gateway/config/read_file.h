// SPDX-License-Identifier: Apache-2.0
// A small file as text, with the facts that the configuration needs about the file. Blocks; not for the loop thread.
#pragma once

#include <string>

namespace gatehouse::config {

struct FileText {
    std::string text;
    std::string problem;          ///< not empty: why the file could not be read
    bool absent = false;          ///< the file does not exist (then `problem` says so too)
    bool readable_by_all = false; ///< by users who are neither its owner nor in its group
};

[[nodiscard]] FileText read_file(const std::string& path);

} // namespace gatehouse::config
