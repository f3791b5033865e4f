// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/config_file.h"

#include "gateway/cli/command.h"
#include "gateway/cli/service_user.h"
#include "gateway/config/read_file.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::cli {
namespace {

[[noreturn]] void fail(const std::string& path) {
    throw CommandError(EX_CANTCREAT,
                       fmt::format("cannot write {}: {}. Nothing was changed; run this as root, or as the owner of the "
                                   "file and its directory",
                                   path, std::generic_category().message(errno)));
}

std::string real_path(const std::string& path) {
    std::error_code error;
    const auto found = std::filesystem::canonical(path, error);
    return error ? path : found.string();
}

/// The copy beside the file, until it replaces the file.
class Copy {
  public:
    explicit Copy(const std::string& original) : original_(original), path_(original + ".XXXXXX") {
        fd_ = ::mkostemp(path_.data(), O_CLOEXEC);
        if (fd_ < 0) fail(original_);
    }
    ~Copy() {
        ::close(fd_);
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;

    /// The owner is set first, because a change of the owner clears bits of the mode.
    void take_after_original() const {
        struct stat of {};
        if (::stat(original_.c_str(), &of) != 0 || ::fchown(fd_, of.st_uid, of.st_gid) != 0 ||
            ::fchmod(fd_, of.st_mode & 07777U) != 0)
            fail(original_);
    }
    void write(const std::string& text) const {
        for (std::size_t done = 0; done < text.size();) {
            const auto count = ::write(fd_, text.data() + done, text.size() - done);
            if (count < 0) fail(original_);
            done += static_cast<std::size_t>(count);
        }
        if (::fsync(fd_) != 0) fail(original_);
    }
    void put_in_place() {
        if (::rename(path_.c_str(), original_.c_str()) != 0) fail(original_);
        path_.clear();
        const auto directory = std::filesystem::path(original_).parent_path().string();
        const int held = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (held < 0) return; // the new file is in place; only a crash of the machine could still undo the change
        ::fsync(held);
        ::close(held);
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string original_;
    std::string path_;
    int fd_ = -1;
};

} // namespace

ConfigFile::ConfigFile(const std::string& path) : path_(real_path(path)) {
    const AsRoot root;
    auto file = config::read_file(path_);
    if (!file.problem.empty()) throw CommandError(EX_NOINPUT, fmt::format("{}: {}", path_, file.problem));
    text_ = std::move(file.text);
}

void ConfigFile::replace(const std::string& text, const std::function<void(const std::string& copy)>& judge) const {
    const AsRoot root;
    Copy copy(path_);
    copy.take_after_original();
    copy.write(text);
    judge(copy.path());
    copy.put_in_place();
}

void ConfigFile::restore() const {
    replace(text_, [](const std::string&) {});
}

} // namespace gatehouse::cli
