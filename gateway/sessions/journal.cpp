// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/journal.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse {
namespace {

constexpr std::size_t largest = std::size_t{64} << 20U;

class File {
  public:
    File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_; }
    [[nodiscard]] std::size_t size() const noexcept {
        struct stat status {};
        return ::fstat(fd_, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
    }

  private:
    int fd_;
};

boost::system::error_code last_error() {
    return {errno, boost::system::system_category()};
}

/// The name of a new file is on the disk only after its directory was synced.
bool sync_directory(const std::string& path) {
    const File directory(std::filesystem::path(path).parent_path().string(), O_RDONLY | O_DIRECTORY);
    return directory.fd() >= 0 && ::fsync(directory.fd()) == 0;
}

std::string line_of(const PendingEnd& end) {
    std::ostringstream line;
    line << end.session.key.context << ' ' << end.session.key.id << ' ' << end.ended_at.time_since_epoch().count()
         << ' ' << end.session.expires_at.time_since_epoch().count() << " .\n";
    return line.str();
}

bool ends_a_line(int fd, std::size_t size) {
    char last = '\n';
    return size == 0 || (::pread(fd, &last, 1, static_cast<off_t>(size - 1)) == 1 && last == '\n');
}

} // namespace

Result<void> Journal::append(const std::vector<PendingEnd>& ends) {
    const File file(path_, O_RDWR | O_CREAT | O_APPEND);
    if (file.fd() < 0) return last_error();
    const auto before = file.size();
    if (before >= largest) return make_error_code(StoreError::overloaded);
    // A crash may have left half a line.
    std::string lines = ends_a_line(file.fd(), before) ? "" : "\n";
    for (const auto& end : ends)
        lines += line_of(end);
    const auto written = ::write(file.fd(), lines.data(), lines.size());
    if (written != static_cast<ssize_t>(lines.size())) {
        const auto error = written < 0 ? last_error() : make_error_code(StoreError::unavailable); // the disk is full
        // Half a line would spoil the next one.
        if (::ftruncate(file.fd(), static_cast<off_t>(before)) != 0) return last_error();
        return error;
    }
    if (::fsync(file.fd()) != 0) return last_error();
    if (before == 0 && !sync_directory(path_)) return last_error();
    return {};
}

Result<Journal::Contents> Journal::read() {
    Contents contents;
    std::ifstream file(path_, std::ios::binary);
    if (!file) {
        if (errno == ENOENT) return contents;
        return last_error();
    }
    std::string line;
    while (std::getline(file, line)) {
        contents.bytes += line.size() + (file.eof() ? 0 : 1);
        std::istringstream words(line);
        PendingEnd end;
        std::int64_t ended = 0;
        std::int64_t expires = 0;
        std::string full_stop;
        if (!(words >> end.session.key.context >> end.session.key.id >> ended >> expires >> full_stop)) continue;
        if (full_stop != "." || file.eof()) continue;
        end.ended_at = Instant{Millis{ended}};
        end.session.expires_at = Instant{Millis{expires}};
        contents.ends.push_back(std::move(end));
    }
    if (file.bad()) return make_error_code(StoreError::unavailable);
    return contents;
}

Result<void> Journal::clear(std::size_t bytes) {
    const File file(path_, O_WRONLY);
    if (file.fd() < 0) {
        if (errno == ENOENT) return {};
        return last_error();
    }
    if (file.size() != bytes) return {};
    if (::ftruncate(file.fd(), 0) != 0 || ::fsync(file.fd()) != 0) return last_error();
    return {};
}

} // namespace gatehouse
