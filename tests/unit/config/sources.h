// SPDX-License-Identifier: Apache-2.0
// A configuration file in a directory of its own, gone at the end of the test, and load() with nothing else around it.
#pragma once

#include "gateway/config/load.h"

#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace gatehouse::config::testing {

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "gatehouse-config-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    /// Writes a file that only its owner may read.
    std::string write(const std::string& name, std::string_view text) const {
        const auto file = path_ / name;
        std::ofstream(file, std::ios::binary) << text;
        std::filesystem::permissions(file, std::filesystem::perms(0600));
        return file.string();
    }
    [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

using Variables = std::map<std::string, std::string>;

inline Loaded load_text(std::string_view toml, Variables variables = {}) {
    const TemporaryDirectory directory;
    return load({directory.write("gatehouse.toml", toml), true, std::move(variables)});
}

inline Loaded load_variables(Variables variables) {
    return load({"/nonexistent/gatehouse.toml", false, std::move(variables)});
}

/// Every message on a line of its own, without the directory of the file.
inline std::string joined(const std::vector<Message>& messages) {
    std::string out;
    for (const Message& message : messages) {
        const std::string text = to_string(message);
        const std::size_t name = text.find("gatehouse.toml");
        out += (text.starts_with('/') && name != std::string::npos ? text.substr(name) : text) + "\n";
    }
    return out;
}

inline const Setting& setting(const Loaded& loaded, std::string_view key) {
    for (const Setting& candidate : loaded.settings)
        if (candidate.key == key) return candidate;
    throw std::out_of_range(std::string(key));
}

} // namespace gatehouse::config::testing
