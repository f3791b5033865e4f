// SPDX-License-Identifier: Apache-2.0
// Goal: the socket is made with the right mode and group and without a moment in which it is open to more, a live one
// is never taken from its owner, a stale one is replaced, systemd's is taken over and left alone, and only our own file
// is removed.
#include "gateway/fastcgi/socket.h"

#include "tests/unit/fastcgi/rig.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace gatehouse::fastcgi {

namespace {

ListenerOptions at(std::string path) {
    ListenerOptions options;
    options.path = std::move(path);
    return options;
}

struct stat status_of(const std::string& path) {
    struct stat found {};
    BOOST_REQUIRE_EQUAL(::lstat(path.c_str(), &found), 0);
    return found;
}

/// A bound socket of this type at the path, listening or not.
int bound(const std::string& path, int type, bool listening) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    BOOST_REQUIRE_EQUAL(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    if (listening) BOOST_REQUIRE_EQUAL(::listen(fd, 0), 0);
    return fd;
}

std::string refusal(const ListenerOptions& options) {
    try {
        const ListeningSocket socket(options);
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return {};
}

bool mentions(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// Runs this in a child process that has `fd` as descriptor 3 and systemd's variables. Returns its exit status.
template <class Body> int with_descriptor_3(int fd, Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(fd, 3);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", "1", 1);
        ::_exit(body());
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sockets)

BOOST_AUTO_TEST_CASE(mode_and_group_do_not_depend_on_the_umask) {
    const TempDirectory directory;
    gid_t groups[64];
    const int count = ::getgroups(64, groups);
    const gid_t wanted = count > 0 ? groups[count - 1] : ::getegid();
    const mode_t before = ::umask(0);
    for (const mode_t mask : {0U, 022U, 077U}) {
        ::umask(mask);
        for (const unsigned mode : {0660U, 0600U, 0666U}) {
            auto options = at(directory.file("s"));
            options.mode = mode;
            options.group = ::getgrgid(wanted)->gr_name;
            const ListeningSocket socket(options);
            BOOST_TEST((status_of(options.path).st_mode & 07777) == mode);
            BOOST_TEST(status_of(options.path).st_gid == wanted);
            BOOST_TEST(!std::filesystem::exists(options.path + ".new"));
        }
    }
    ::umask(before);
}

BOOST_AUTO_TEST_CASE(a_live_socket_is_never_taken) {
    const TempDirectory directory;
    const std::string path = directory.file("live");
    const ListeningSocket first(at(path));
    const auto inode = status_of(path).st_ino;
    const std::string why = refusal(at(path));
    BOOST_TEST(why == "socket " + path + " is in use by another process: stop it, or set another path");
    BOOST_TEST(status_of(path).st_ino == inode);
    const Peer still_there(path);

    // One that accepts nobody and whose queue is full, and one of another type, have an owner too.
    const std::string full = directory.file("full");
    const int listener = bound(full, SOCK_STREAM, true);
    std::vector<Peer> queue;
    try {
        for (int i = 0; i < 100; ++i)
            queue.emplace_back(full);
    } catch (const std::system_error& e) {
        BOOST_TEST(e.code().value() == EAGAIN);
    }
    BOOST_TEST(mentions(refusal(at(full)), "in use"));
    const std::string datagram = directory.file("datagram");
    const int other = bound(datagram, SOCK_DGRAM, false);
    BOOST_TEST(mentions(refusal(at(datagram)), "in use"));
    ::close(listener);
    ::close(other);
}

BOOST_AUTO_TEST_CASE(a_stale_socket_is_replaced) {
    const TempDirectory directory;
    const std::string path = directory.file("stale");
    ::close(bound(path, SOCK_STREAM, true));
    ::close(bound(path + ".new", SOCK_STREAM, false)); // its maker was killed in the middle
    BOOST_CHECK_THROW(Peer{path}, std::system_error);
    const ListeningSocket socket(at(path));
    const Peer connected(path);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told) {
    const TempDirectory directory;
    const std::string file = directory.file("file");
    std::ofstream(file) << "precious";
    BOOST_TEST(mentions(refusal(at(file)), "is not a socket: remove it, or set another path"));
    BOOST_TEST(std::filesystem::file_size(file) == 8U);
    BOOST_TEST(mentions(refusal(at(directory.file("absent") + "/s")), "No such file or directory"));
    BOOST_TEST(mentions(refusal(at("")), "is empty or longer than 107 bytes"));
    BOOST_TEST(mentions(refusal(at(directory.file(std::string(120, 'x')))), "is empty or longer than 107 bytes"));
    auto unknown_group = at(directory.file("s"));
    unknown_group.group = "no-such-group";
    BOOST_TEST(mentions(refusal(unknown_group), "the socket's group 'no-such-group' does not exist"));
    BOOST_TEST(!std::filesystem::exists(unknown_group.path));
}

BOOST_AUTO_TEST_CASE(only_our_own_file_is_removed) {
    const TempDirectory directory;
    const std::string path = directory.file("s");
    { const ListeningSocket socket(at(path)); }
    BOOST_TEST(!std::filesystem::exists(path));
    {
        ListeningSocket socket(at(path));
        BOOST_TEST(socket.ours());
        std::filesystem::rename(path, directory.file("moved"));
        ::close(bound(path, SOCK_STREAM, true)); // somebody else's by now
    }
    BOOST_TEST(std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(systemds_socket_is_taken_over_and_left_alone) {
    const TempDirectory directory;
    const std::string path = directory.file("systemd");
    const int fd = bound(path, SOCK_STREAM, true);
    const Peer waiting(path); // before anybody accepts
    BOOST_REQUIRE(waiting.send(wire::request(wire::usual_params(), "hello", false)));
    const int status = with_descriptor_3(fd, [&] {
        {
            Rig rig;
            if (std::filesystem::exists(rig.path())) return 1;
            if (::getenv("LISTEN_FDS") != nullptr) return 2;
            if (!rig.until([&] { return rig.seen.size() == 1; })) return 3;
            const auto cut_off = rig.drain(Millis{1000});
            if (!rig.until([&] { return cut_off->has_value(); })) return 4;
        }
        return 0;
    });
    BOOST_TEST(status == 0);
    BOOST_TEST(std::filesystem::exists(path));
    const Peer next(path); // waits for the next process
    ::close(fd);
}

BOOST_AUTO_TEST_CASE(something_else_from_systemd_is_refused) {
    const TempDirectory directory;
    const int fds[] = {bound(directory.file("bound"), SOCK_STREAM, false),
                       bound(directory.file("d"), SOCK_DGRAM, false), ::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    for (const int fd : fds) {
        const int status = with_descriptor_3(
            fd, [&] { return mentions(refusal(at(directory.file("s"))), "listening unix stream socket") ? 0 : 1; });
        BOOST_TEST(status == 0);
        ::close(fd);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::fastcgi
