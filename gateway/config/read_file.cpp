// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/read_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse::config {

namespace {

constexpr std::size_t max_bytes = std::size_t{1} << 20;

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

std::string last_error() {
    return std::string("cannot be read: ") + std::strerror(errno);
}

void read_all(int fd, FileText& out) {
    std::array<char, 16384> part{};
    while (out.text.size() <= max_bytes) {
        const ssize_t count = ::read(fd, part.data(), part.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) out.problem = last_error();
        if (count <= 0) return;
        out.text.append(part.data(), static_cast<std::size_t>(count));
    }
    out.problem = "is larger than 1 MiB";
}

} // namespace

FileText read_file(const std::string& path) {
    FileText out;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (file.get() < 0 || ::fstat(file.get(), &about) != 0) {
        out.absent = errno == ENOENT;
        out.problem = last_error();
    } else if (S_ISDIR(about.st_mode)) {
        out.problem = "is a directory";
    } else {
        out.readable_by_all = (about.st_mode & S_IROTH) != 0 && S_ISREG(about.st_mode);
        read_all(file.get(), out);
    }
    return out;
}

} // namespace gatehouse::config
