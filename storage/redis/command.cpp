// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/command.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace gatehouse {
namespace {

void append_length(std::string& text, char kind, std::size_t length) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), length).ptr;
    text.push_back(kind);
    text.append(digits.data(), end).append("\r\n");
}

} // namespace

std::string wire_format(const std::vector<std::string>& command) {
    std::string text;
    std::size_t size = 16;
    for (const std::string& argument : command)
        size += argument.size() + 16;
    text.reserve(size);
    append_length(text, '*', command.size());
    for (const std::string& argument : command) {
        append_length(text, '$', argument.size());
        text.append(argument).append("\r\n");
    }
    return text;
}

} // namespace gatehouse
