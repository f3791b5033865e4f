// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/migration_files.h"

#include <array>
#include <charconv>
#include <fmt/format.h>
#include <sodium.h>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace gatehouse::sql {
namespace {

/// Where a `--` outside a string begins, or the end of the line. No string in our migrations spans two lines.
std::size_t comment_start(std::string_view line) {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\'') quoted = !quoted;
        if (!quoted && line.substr(i).starts_with("--")) return i;
    }
    return line.size();
}

} // namespace

std::string checksum(const MigrationFile& file) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(file.text.data()), file.text.size());
    std::string hex;
    for (const unsigned char byte : digest)
        hex += fmt::format("{:02x}", byte);
    return hex;
}

int min_binary(const MigrationFile& file) {
    constexpr std::string_view mark = "-- min_binary: ";
    std::istringstream lines(file.text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(mark)) continue;
        int value = 0;
        const auto [end, error] = std::from_chars(line.data() + mark.size(), line.data() + line.size(), value);
        if (error != std::errc{} || end != line.data() + line.size()) {
            throw std::runtime_error(fmt::format("migration {:04}_{}: bad min_binary", file.version, file.name));
        }
        return value;
    }
    return file.version;
}

std::string without_comments(const std::string& text) {
    std::string kept;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        kept += line.substr(0, comment_start(line)) + "\n";
    return kept;
}

} // namespace gatehouse::sql
