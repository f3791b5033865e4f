// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/backup.h"

#include "storage/admin/backup_parts.h"

#include <cctype>
#include <cerrno>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse {

namespace sql {
namespace {

constexpr int most_in_a_second = 100;

[[noreturn]] void fail(std::string_view what, const std::filesystem::path& path) {
    throw std::runtime_error(fmt::format("{} {}: {}", what, path.string(), std::generic_category().message(errno)));
}

void make_directory(const std::filesystem::path& directory) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) fail("cannot make the directory", directory);
}

std::string harmless(std::string_view stem) {
    std::string kept;
    for (const char c : stem)
        kept += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ? c : '_';
    return kept;
}

void to_disk(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail("cannot open", path);
    const bool synced = ::fsync(fd) == 0;
    ::close(fd);
    if (!synced) fail("cannot write", path);
}

} // namespace

UnfinishedFile::UnfinishedFile(const std::filesystem::path& directory, std::string_view stem, std::string_view suffix) {
    make_directory(directory);
    const auto now = fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
    const auto name = fmt::format("{}-{:%Y%m%dT%H%M%SZ}", harmless(stem), now);
    for (int number = 1; number <= most_in_a_second; ++number) {
        final_ = directory / fmt::format("{}{}.{}", name, number == 1 ? "" : fmt::format("-{}", number), suffix);
        path_ = final_.string() + ".partial";
        if (std::filesystem::exists(final_)) continue;
        const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0) {
            ::close(fd);
            return;
        }
        if (errno != EEXIST) fail("cannot make", path_);
    }
    throw std::runtime_error(fmt::format("{} has too many backups of this moment", directory.string()));
}

UnfinishedFile::~UnfinishedFile() {
    for (const auto* more : {"", "-journal", "-wal", "-shm"})
        ::unlink((path_.string() + more).c_str());
}

std::filesystem::path UnfinishedFile::finish() {
    to_disk(path_);
    if (::link(path_.c_str(), final_.c_str()) != 0) fail("cannot make", final_); // not rename(): that overwrites
    ::unlink(path_.c_str());
    to_disk(final_.parent_path());
    return final_;
}

void compare(const RowCounts& expected, const RowCounts& found) {
    for (const auto& [table, rows] : expected) {
        const auto other = found.find(table);
        const std::uint64_t restored = other == found.end() ? 0 : other->second;
        if (restored != rows) {
            throw std::runtime_error(fmt::format("the copy is not what it was made from: {} has {} rows instead of {}",
                                                 table, restored, rows));
        }
    }
    if (found.size() != expected.size()) throw std::runtime_error("the copy has other tables than the original");
}

} // namespace sql

Backup back_up(const std::string& url, const std::filesystem::path& directory, Millis connect_timeout) {
    const auto target = sql::parse_url(url, connect_timeout);
    return target.backend == sql::Backend::postgresql ? sql::back_up_postgres(target, directory)
                                                      : sql::back_up_sqlite(target, directory);
}

} // namespace gatehouse
