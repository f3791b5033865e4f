// SPDX-License-Identifier: Apache-2.0
// libfcgi wants to read and write a socket itself, and blocks while it does. The linker replaces its four system calls
// by the functions at the end of this file (--wrap in CMakeLists.txt). They serve the codec that is in libfcgi at the
// moment, from memory.
#include "gateway/fastcgi/codec.h"

#include "gateway/fastcgi/record.h"

#include <fcgiapp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <stdexcept>
#include <type_traits>

namespace gatehouse::fastcgi {

namespace {

// fcgiapp.h shows these fields and says not to use them. The tests of gateway/fastcgi check that they mean what
// this file assumes.
static_assert(std::is_same_v<decltype(FCGX_Request::ipcFd), int>);
static_assert(std::is_same_v<decltype(FCGX_Request::keepConnection), int>);
static_assert(std::is_same_v<decltype(FCGX_Request::envp), char**>);

/// No open descriptor can have this number (fs.nr_open): a system call that --wrap does not cover fails, instead of
/// reaching another descriptor.
constexpr int no_descriptor = (1 << 30);

/// A larger buffer, grown by one large request or page, is freed.
constexpr std::size_t kept_buffer_bytes = 16 * 1024;

thread_local Codec* current = nullptr;

/// While an object lives, libfcgi's system calls go to its codec.
class InLibrary {
  public:
    explicit InLibrary(Codec& codec) noexcept { current = &codec; }
    ~InLibrary() { current = nullptr; }
    InLibrary(const InLibrary&) = delete;
    InLibrary& operator=(const InLibrary&) = delete;
};

/// Undoes the signal handlers that FCGX_Init installs: they would swallow signals that this program handles itself.
class SignalsKept {
  public:
    SignalsKept() {
        sigset_t blocked;
        sigemptyset(&blocked);
        for (const int signal : signals)
            sigaddset(&blocked, signal);
        pthread_sigmask(SIG_BLOCK, &blocked, &mask_);
        for (std::size_t i = 0; i < signals.size(); ++i)
            sigaction(signals[i], nullptr, &before_[i]);
    }
    ~SignalsKept() {
        for (std::size_t i = 0; i < signals.size(); ++i)
            sigaction(signals[i], &before_[i], nullptr);
        pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    }
    SignalsKept(const SignalsKept&) = delete;
    SignalsKept& operator=(const SignalsKept&) = delete;

  private:
    static constexpr std::array signals{SIGPIPE, SIGUSR1, SIGTERM};
    std::array<struct sigaction, signals.size()> before_{};
    sigset_t mask_{};
};

bool initialise() {
    {
        const SignalsKept kept;
        if (FCGX_Init() != 0) throw std::runtime_error("libfcgi does not start: FCGX_Init failed");
    }
    std::signal(SIGPIPE, SIG_IGN);
    return true;
}

/// Takes the padding out of a complete request, in place. libfcgi does not skip it after BEGIN_REQUEST and after the
/// empty PARAMS record, and would read it as the next header.
std::string_view without_padding(std::span<char> request) noexcept {
    std::size_t end = 0;
    for (std::size_t at = 0; at < request.size();) {
        const RecordHeader header = read_header(&request[at]);
        const std::size_t kept = header_bytes + header.content;
        request[at + 6] = 0;
        if (end != at) std::memmove(&request[end], &request[at], kept);
        at += header.record_bytes();
        end += kept;
    }
    return {request.data(), end};
}

} // namespace

void start_library() {
    static const bool started = initialise();
    static_cast<void>(started);
}

void Codec::Free::operator()(FCGX_Request* request) const noexcept {
    FCGX_Free(request, 0);
    delete request;
}

Codec::Codec() {
    start_library();
    fcgi_.reset(new FCGX_Request);
    FCGX_InitRequest(fcgi_.get(), -1, 0);
}

Codec::~Codec() = default;

bool Codec::decode(std::span<char> request) {
    trim();
    output_lost_ = false;
    input_ = without_padding(request);
    const InLibrary in_library(*this);
    FCGX_Free(fcgi_.get(), 0); // otherwise FCGX_Accept_r would write an end to a request without an answer
    fcgi_->ipcFd = no_descriptor;
    fcgi_->keepConnection = 1; // otherwise FCGX_Accept_r closes before it begins
    const bool accepted = FCGX_Accept_r(fcgi_.get()) == 0 && FCGX_GetError(fcgi_->in) == 0 && read_body();
    keep_ = accepted && fcgi_->keepConnection != 0;
    input_ = {};
    return accepted;
}

bool Codec::read_body() {
    std::array<char, 4096> chunk;
    int got = 0;
    do {
        got = FCGX_GetStr(chunk.data(), static_cast<int>(chunk.size()), fcgi_->in);
        body_.append(chunk.data(), static_cast<std::size_t>(got));
    } while (got == static_cast<int>(chunk.size()));
    return FCGX_GetError(fcgi_->in) == 0 && input_.empty();
}

// Drops what the last request left in the buffers, and frees buffers that have grown large.
void Codec::trim() {
    for (std::string* buffer : {&body_, &page_, &output_}) {
        if (buffer->capacity() > kept_buffer_bytes) *buffer = std::string();
        buffer->clear();
    }
}

http::Request Codec::request() const {
    std::vector<http::Param> params;
    params.reserve(16);
    // The first entry is libfcgi's own FCGI_ROLE. The gate guarantees that the first '=' ends the name.
    for (char** entry = fcgi_->envp + 1; *entry != nullptr; ++entry) {
        const std::string_view pair = *entry;
        const std::size_t name = pair.find('=');
        params.push_back({.name = pair.substr(0, name), .value = pair.substr(name + 1)});
    }
    return {std::move(params), body_};
}

std::string_view Codec::encode(const http::Response& response, bool head) {
    response.write_to(page_, head);
    const InLibrary in_library(*this);
    FCGX_PutStr(page_.data(), static_cast<int>(page_.size()), fcgi_->out);
    FCGX_Finish_r(fcgi_.get());
    if (output_lost_) throw std::bad_alloc();
    return output_;
}

std::size_t Codec::serve_read(char* into, std::size_t room) noexcept {
    const std::size_t size = input_.copy(into, room);
    input_.remove_prefix(size);
    return size;
}

// No exception may pass through libfcgi's C frames.
bool Codec::serve_write(const char* bytes, std::size_t size) noexcept {
    try {
        output_.append(bytes, size);
    } catch (const std::exception&) {
        output_lost_ = true;
    }
    return !output_lost_;
}

} // namespace gatehouse::fastcgi

// The linker calls these instead of libfcgi's own functions in os_unix.c; --wrap gives the names.
extern "C" {

int __wrap_OS_Read(int /*fd*/, char* buffer, std::size_t size) {
    return static_cast<int>(gatehouse::fastcgi::current->serve_read(buffer, size));
}

int __wrap_OS_Write(int /*fd*/, char* buffer, std::size_t size) {
    if (gatehouse::fastcgi::current->serve_write(buffer, size)) return static_cast<int>(size);
    errno = ENOMEM;
    return -1;
}

int __wrap_OS_IpcClose(int /*fd*/, int /*shutdown*/) {
    gatehouse::fastcgi::current->serve_close();
    return 0;
}

int __wrap_OS_Accept(int /*listener*/, int /*fail_on_interrupt*/, const char* /*addresses*/) {
    errno = EBADF;
    return -1;
}
}
