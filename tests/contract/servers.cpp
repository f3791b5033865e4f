// SPDX-License-Identifier: Apache-2.0
#include "servers.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <pwd.h>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace gatehouse::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const std::string postgres_bin = "/usr/lib/postgresql/15/bin/";
const std::string postgres_user = "postgres";

/// Polls until `ready` says so; there is nothing to wait on across processes.
template <class Ready> void wait_until(const std::string& what, const Ready& ready) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!ready()) {
        if (std::chrono::steady_clock::now() > end) throw std::runtime_error(what + " did not become ready");
        std::this_thread::sleep_for(5ms);
    }
}

int run(const std::vector<std::string>& command, const std::string& user, const fs::path& log) {
    return Process(command, user, log).wait();
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::ifstream stat(entry.path() / "stat");
        std::string text;
        std::getline(stat, text);
        const auto after_name = text.rfind(')'); // pid (name) state ppid …
        if (after_name == std::string::npos) continue;
        std::istringstream rest(text.substr(after_name + 1));
        std::string state;
        pid_t ppid = 0;
        rest >> state >> ppid;
        if (ppid == parent) children.push_back(std::stoi(name));
    }
    return children;
}

bool accepts(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool ok = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    close(fd);
    return ok;
}

} // namespace

TemporaryDirectory::TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "gatehouse-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored; // nothing can be done about it here
    fs::remove_all(path_, ignored);
}

Process::Process(const std::vector<std::string>& command, const std::string& user, const fs::path& log) {
    // setpriv becomes the command itself: same process id. The kernel ends it if this program is killed.
    std::vector<std::string> full{"/usr/bin/setpriv", "--pdeathsig", "KILL"};
    if (geteuid() == 0 && !user.empty()) full.insert(full.end(), {"--reuid", user, "--regid", user, "--clear-groups"});
    full.insert(full.end(), command.begin(), command.end());
    std::vector<char*> argv;
    for (auto& argument : full)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    const int error = posix_spawn(&pid_, argv.front(), &files, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::system_error(error, std::generic_category(), command.front());
}

Process::~Process() {
    if (pid_ < 0) return;
    resume(); // or its children would never see that it has gone
    stop(SIGKILL);
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Process& Process::operator=(Process&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
}

void Process::suspend() const {
    kill(pid_, SIGSTOP); // first: it could have new children else
    for (const pid_t child : children_of(pid_))
        kill(child, SIGSTOP);
}

void Process::resume() const {
    for (const pid_t child : children_of(pid_))
        kill(child, SIGCONT);
    kill(pid_, SIGCONT);
}

void Process::stop(int signal) {
    if (pid_ < 0) return;
    kill(pid_, signal);
    wait();
}

int Process::wait() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

PostgresServer::PostgresServer() {
    if (!fs::exists(postgres_bin + "postgres")) throw std::runtime_error("PostgreSQL 15 is not installed");
    if (geteuid() == 0) {
        const passwd* account = getpwnam(postgres_user.c_str());
        if (account == nullptr || chown(directory_.path().c_str(), account->pw_uid, account->pw_gid) != 0) {
            throw std::runtime_error("no directory for PostgreSQL");
        }
    }
    const auto data = (directory_.path() / "data").string();
    const int code =
        run({postgres_bin + "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"},
            postgres_user, directory_.path() / "initdb.log");
    if (code != 0) throw std::runtime_error("initdb failed");
    start();
}

PostgresServer::~PostgresServer() {
    process_.resume();
    stop();
}

PostgresServer& PostgresServer::shared() {
    static PostgresServer server;
    return server;
}

void PostgresServer::start() {
    const auto directory = directory_.path().string();
    process_ = Process({postgres_bin + "postgres", "-D", directory + "/data", "-k", directory, "-h", "", "-F", "-c",
                        "max_connections=60", "-c", "shared_buffers=16MB"},
                       postgres_user, directory_.path() / "log");
    wait_until("PostgreSQL", [&] {
        return run({postgres_bin + "pg_isready", "-q", "-h", directory}, "", directory_.path() / "ready.log") == 0;
    });
}

void PostgresServer::stop() {
    process_.stop(SIGQUIT);
}

std::string PostgresServer::url(const std::string& database) const {
    return "postgresql://postgres@/" + database + "?host=" + directory_.path().string();
}

std::string PostgresServer::create_database() {
    const std::string name = "test" + std::to_string(++databases_);
    const int code = run({postgres_bin + "createdb", "-h", directory_.path(), "-U", "postgres", name}, "",
                         directory_.path() / "createdb.log");
    if (code != 0) throw std::runtime_error("createdb failed");
    return url(name);
}

RedisServer::RedisServer(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
    start();
}

RedisServer& RedisServer::shared() {
    static RedisServer server;
    return server;
}

std::string RedisServer::socket() const {
    return (directory_.path() / "redis.sock").string();
}

std::string RedisServer::url() const {
    return "unix:" + socket();
}

void RedisServer::start() {
    std::vector<std::string> command{
        "/usr/bin/redis-server", "--port", "0",     "--unixsocket",   socket(), "--save", "",
        "--appendonly",          "no",     "--dir", directory_.path()};
    command.insert(command.end(), arguments_.begin(), arguments_.end());
    process_ = Process(command, "", directory_.path() / "log");
    wait_until("Redis", [&] { return accepts(socket()); });
}

void RedisServer::stop() {
    process_.stop(SIGKILL);
}

} // namespace gatehouse::testing
