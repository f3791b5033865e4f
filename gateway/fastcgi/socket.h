// SPDX-License-Identifier: Apache-2.0
// The listening unix socket: taken over from systemd or made here. A socket made here is removed at the end, if the
// path still holds it. Blocking calls at start-up only.
#pragma once

#include "gateway/fastcgi/listener.h"

#include <string>
#include <sys/types.h>

namespace gatehouse::fastcgi {

class ListeningSocket {
  public:
    /// See Listener's constructor. Throws std::runtime_error.
    explicit ListeningSocket(const ListenerOptions& options);
    ~ListeningSocket();
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;

    /// Gives the descriptor away; the caller must close it.
    [[nodiscard]] int release() noexcept;
    /// True if this process made the socket, and clients find it only through its path; otherwise systemd keeps it for
    /// the next process.
    [[nodiscard]] bool ours() const noexcept { return ours_; }
    /// Removes the socket file, unless it is systemd's or another one has replaced it.
    void remove() noexcept;

  private:
    void make(const ListenerOptions& options);

    int fd_ = -1;
    bool ours_ = false;
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

} // namespace gatehouse::fastcgi
