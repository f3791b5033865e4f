// SPDX-License-Identifier: Apache-2.0
// The configuration file, of which one line is to change. A reader sees either all of the old text or all of the new
// text. Main thread.
#pragma once

#include <functional>
#include <string>

namespace gatehouse::cli {

class ConfigFile {
  public:
    /// Reads the file. Throws CommandError(66) if the file cannot be read.
    explicit ConfigFile(const std::string& path);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// The file's real path: a symbolic link is kept.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Writes `text` to a copy beside the file, with the file's mode, owner and group, lets `judge` check the copy, and
    /// replaces the file with the copy. If `judge` throws, the file stays unchanged. Throws CommandError(73) if the
    /// copy cannot be written.
    void replace(const std::string& text, const std::function<void(const std::string& copy)>& judge) const;
    /// Writes the text that the constructor read back into the file.
    void restore() const;

  private:
    std::string path_;
    std::string text_;
};

} // namespace gatehouse::cli
