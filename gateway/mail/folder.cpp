// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/deliveries.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace gatehouse::mail {
namespace {

constexpr mode_t for_the_owner = 0600;

/// 0, or the error's number.
int write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0 ? 0 : errno;
}

int write_file(const std::string& path, std::string_view bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, for_the_owner);
    if (file < 0) return errno;
    const int error = write_all(file, bytes);
    if (::close(file) != 0 && error == 0) return errno;
    return error;
}

} // namespace

Delivery put_into_folder(const std::string& directory, const Parcel& parcel) {
    const auto path = fmt::format("{}/{}.eml", directory, parcel.id);
    const auto unfinished = fmt::format("{}/.{}.tmp", directory, parcel.id);
    int error = write_file(unfinished, parcel.bytes);
    if (error == 0 && std::rename(unfinished.c_str(), path.c_str()) != 0) error = errno;
    if (error == 0) return {Delivery::Outcome::sent, "written to " + path, {}, false};
    static_cast<void>(::unlink(unfinished.c_str()));
    return {Delivery::Outcome::later, fmt::format("{}: {}", path, std::strerror(error)),
            "make the directory of mail_url, and let the gateway's user write into it", true};
}

} // namespace gatehouse::mail
