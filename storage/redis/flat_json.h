// SPDX-License-Identifier: Apache-2.0
// The small subset of JSON that Gatehouse stores in Redis: one object of scalars, of which one member may be an object
// of scalars. Reading is strict: nothing after the object, valid UTF-8, no name twice, whole numbers only. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse {

/// monostate: null.
using Scalar = std::variant<std::monostate, bool, std::int64_t, std::string>;
using Members = std::vector<std::pair<std::string, Scalar>>;

/// The members of an object, to be taken one by one. A missing member, or one of another type, makes the whole object
/// invalid.
class FlatObject {
  public:
    /// nullopt: not such an object, or more than `max_members` members in total.
    static std::optional<FlatObject> parse(std::string_view text, std::size_t max_members);

    template <class T> T take(std::string_view name) {
        if (auto* const value = find(name); value != nullptr && std::holds_alternative<T>(*value)) {
            ++taken_;
            return std::get<T>(std::move(*value));
        }
        spoiled_ = true;
        return T{};
    }

    /// The members of the inner object, if it has this name.
    Members take_members(std::string_view name);

    /// Every member that was asked for was there.
    [[nodiscard]] bool whole() const noexcept { return !spoiled_; }
    /// Every member that was asked for was there, and there was no other one.
    [[nodiscard]] bool exact() const noexcept {
        return whole() && taken_ == members_.size() && (inner_.empty() && !inner_name_);
    }

  private:
    class Reader;

    Scalar* find(std::string_view name);

    Members members_;
    std::optional<std::string> inner_name_;
    Members inner_;
    std::size_t taken_ = 0;
    bool spoiled_ = false;
};

/// The text as a JSON string, quotes included.
std::string quoted(std::string_view text);

} // namespace gatehouse
