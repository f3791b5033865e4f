// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/reply_reader.h"

#include <hiredis/hiredis.h>
#include <new>
#include <utility>

namespace gatehouse {

/// The functions that the parser calls for each part of a reply. A null result ends the reading, because the parser
/// takes null for lack of memory.
struct RedisReplyReader::Hooks {
    static RedisReplyReader& self(const redisReadTask* task) { return *static_cast<RedisReplyReader*>(task->privdata); }

    /// Puts the part where the parser is: into its array. The array either has room for all of its elements already, or
    /// has no elements.
    static void* put(const redisReadTask* task, RedisReply part) {
        if (task->parent == nullptr) return std::make_unique<RedisReply>(std::move(part)).release();
        auto& array = *static_cast<RedisReply*>(task->parent->obj);
        if (array.elements.empty()) return &array; // this array and everything in it is left out
        auto& slot = array.elements[static_cast<std::size_t>(task->idx)];
        slot = std::move(part);
        return &slot;
    }
    static bool leaves_out(const redisReadTask* task) noexcept {
        return task->parent != nullptr && self(task).limits_.leave_out;
    }
    static bool admits(const redisReadTask* task, std::size_t elements = 0, std::size_t bytes = 0) noexcept {
        return self(task).admits(task->parent == nullptr, elements, bytes);
    }

    static void* string(const redisReadTask* task, char* text, std::size_t size) noexcept {
        if (!admits(task, 0, size)) return leaves_out(task) ? put(task, {}) : nullptr;
        const auto type = task->type == REDIS_REPLY_STATUS  ? RedisReply::Type::status
                          : task->type == REDIS_REPLY_ERROR ? RedisReply::Type::error
                                                            : RedisReply::Type::string;
        return put(task, {type, 0, std::string(text, size), {}});
    }
    static void* array(const redisReadTask* task, int elements) noexcept {
        const auto count = static_cast<std::size_t>(elements);
        if (elements < 0) return nullptr;
        const bool fits = admits(task, count);
        if (!fits && !leaves_out(task)) return nullptr;
        return put(task, {RedisReply::Type::array, 0, {}, std::vector<RedisReply>(fits ? count : 0)});
    }
    static void* integer(const redisReadTask* task, long long value) noexcept {
        return admits(task) ? put(task, {RedisReply::Type::integer, value, {}, {}}) : nullptr;
    }
    static void* nil(const redisReadTask* task) noexcept { return admits(task) ? put(task, {}) : nullptr; }
    static void free(void* whole) noexcept { std::unique_ptr<RedisReply>(static_cast<RedisReply*>(whole)).reset(); }

    static redisReplyObjectFunctions functions;
};

redisReplyObjectFunctions RedisReplyReader::Hooks::functions{&string, &array, &integer, &nil, &free};

void RedisReplyReader::Free::operator()(redisReader* reader) const noexcept {
    redisReaderFree(reader);
}

RedisReplyReader::RedisReplyReader(RedisReplyLimits limits)
    : limits_(limits), reader_(redisReaderCreateWithFunctions(&Hooks::functions)) {
    if (!reader_) throw std::bad_alloc();
    reader_->privdata = this;
}

RedisReplyReader::~RedisReplyReader() = default;

void RedisReplyReader::feed(std::string_view bytes) {
    if (trouble_.empty() && redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK)
        trouble_ = reader_->errstr;
}

std::optional<RedisReply> RedisReplyReader::next() {
    if (!trouble_.empty()) return std::nullopt;
    void* whole = nullptr;
    if (redisReaderGetReply(reader_.get(), &whole) != REDIS_OK) {
        // Only the limits ever report lack of memory.
        trouble_ = reader_->err == REDIS_ERR_OOM ? "a message that is too large" : reader_->errstr;
        return std::nullopt;
    }
    if (whole == nullptr) {
        // The parser waits for the end of a string or of a line without any limit of its own.
        if (reader_->len - reader_->pos > limits_.bulk_bytes + 64) trouble_ = "a message that is too large";
        return std::nullopt;
    }
    const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(whole));
    return std::move(*reply);
}

bool RedisReplyReader::admits(bool whole_reply, std::size_t elements, std::size_t bytes) noexcept {
    if (whole_reply) {
        elements_left_ = limits_.elements;
        bytes_left_ = limits_.bytes;
    }
    if (bytes > limits_.bulk_bytes || bytes > bytes_left_ || elements > elements_left_) return false;
    bytes_left_ -= bytes;
    elements_left_ -= elements;
    return true;
}

} // namespace gatehouse
