// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/key_ring.h"

#include "storage/base64url.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse {
namespace {

constexpr std::size_t longest_file = 64 * 1024;

struct File {
    int fd = -1;
    ~File() {
        if (fd >= 0) close(fd);
    }
};

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::optional<Key> decode_key(std::string_view text) {
    Key key;
    if (!base64url_decode(text, key)) return std::nullopt;
    return key;
}

/// Keeps a file that appears meanwhile: it belongs to another gateway and is as good.
void generate_file(const std::string& path) {
    const std::string temporary = path + ".new." + std::to_string(getpid());
    const std::string line = KeyRing::new_line() + "\n";
    const File file{open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    const bool written = file.fd >= 0 &&
                         write(file.fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                         fsync(file.fd) == 0;
    const int failure = errno;
    // link(), unlike rename(), never replaces a ring that another gateway made first.
    if (written && (link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST)) {
        unlink(temporary.c_str());
        return;
    }
    unlink(temporary.c_str());
    throw KeyRingError("cannot make the key ring " + path + ": " + std::strerror(failure) +
                       ". Make its directory and give it to the user that runs the gateway, or set key_file.");
}

} // namespace

KeyRing KeyRing::parse(std::string_view text, std::string_view name) {
    std::optional<Key> minting;
    std::vector<Key> verifying;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = text.find('\n');
        const auto line = trimmed(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty() || line.front() == '#') continue;
        const auto fail = [&](std::string_view why) {
            throw KeyRingError(std::string(name) + ":" + std::to_string(number) + ": " + std::string(why));
        };
        const auto space = line.find_first_of(" \t");
        const auto word = line.substr(0, space);
        const auto key = decode_key(space == std::string_view::npos ? "" : trimmed(line.substr(space)));
        if (word != "mint" && word != "verify") fail("expected `mint KEY` or `verify KEY`");
        if (!key) fail("the key is not 32 bytes in base64url; `gatehouse keys new` prints one");
        if (word == "verify") {
            verifying.push_back(*key);
        } else if (minting) {
            fail("a second `mint` key; make one of them `verify`");
        } else {
            minting = key;
        }
    }
    if (!minting) throw KeyRingError(std::string(name) + ": no `mint` key; add a line from `gatehouse keys new`");
    KeyRing ring;
    ring.keys_.push_back(*minting);
    ring.keys_.insert(ring.keys_.end(), verifying.begin(), verifying.end());
    return ring;
}

KeyRing KeyRing::load(const std::string& path, bool generate) {
    File file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)}; // does not wait for a FIFO
    if (file.fd < 0 && errno == ENOENT && generate) {
        generate_file(path);
        file.fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    }
    if (file.fd < 0) {
        throw KeyRingError("cannot read the key ring " + path + ": " + std::strerror(errno) +
                           ". Make it with `gatehouse keys new > " + path +
                           "` (mode 0600) on one node and copy it to all.");
    }
    struct stat info {};
    if (fstat(file.fd, &info) != 0 || !S_ISREG(info.st_mode)) throw KeyRingError(path + " is not a file");
    if ((info.st_mode & S_IRWXO) != 0) {
        throw KeyRingError(path + " can be read by everybody on this machine: chmod o= " + path +
                           " and, if it was in use, replace the key.");
    }
    std::string text(longest_file, '\0');
    const auto got = read(file.fd, text.data(), text.size());
    if (got < 0) throw KeyRingError("cannot read the key ring " + path + ": " + std::strerror(errno));
    text.resize(static_cast<std::size_t>(got));
    auto ring = parse(text, path);
    sodium_memzero(text.data(), text.size());
    return ring;
}

std::string KeyRing::new_line() {
    Key key;
    randombytes_buf(key.data(), key.size());
    return "mint " + base64url_encode(key);
}

std::vector<Key> KeyRing::keys_for(std::string_view purpose) const {
    std::vector<Key> derived(keys_.size());
    std::transform(keys_.begin(), keys_.end(), derived.begin(), [&](const Key& key) {
        Key out;
        crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(purpose.data()),
                           purpose.size(), key.data(), key.size());
        return out;
    });
    return derived;
}

} // namespace gatehouse
