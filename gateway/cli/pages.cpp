// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/look.h"

#include "gateway/cli/table.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

namespace gatehouse::cli {

namespace {

struct Export {
    std::string directory;
};

/// Never overwrites a file, because it may have somebody's own words.
void write_page_file(const std::filesystem::path& path, std::string_view content) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0 && errno == EEXIST)
        throw CommandError(EX_CANTCREAT, path.string() + " exists already. Name an empty directory.");
    if (file < 0)
        throw CommandError(EX_CANTCREAT, fmt::format("cannot make {}: {}", path.string(), std::strerror(errno)));
    const bool written = ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    const int reason = errno;
    ::close(file);
    if (!written)
        throw CommandError(EX_CANTCREAT, fmt::format("cannot write {}: {}", path.string(), std::strerror(reason)));
}

int export_pages(const Invocation&, const Export& wanted) {
    const std::filesystem::path directory(wanted.directory);
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) throw CommandError(EX_CANTCREAT, fmt::format("cannot make {}: {}", wanted.directory, error.message()));
    const auto files = pages::shipped_files();
    for (const auto& [name, content] : files)
        write_page_file(directory / name, content);
    print(fmt::format("Wrote {} files to {}. Keep those that you change, and name the directory: pages_directory.",
                      files.size(), wanted.directory));
    return EX_OK;
}

} // namespace

Command pages_commands() {
    return group(
        "pages", "The texts and templates of the pages.",
        {command("export", "Write all shipped texts and templates into files, to change some of them.", export_pages,
                 {{"directory", &Export::directory, "Where the files go; it is made if it is missing.", required}})},
        "A text or template that is changed is not changed by an upgrade: compare it with the newly exported one.");
}

} // namespace gatehouse::cli
