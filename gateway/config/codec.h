// SPDX-License-Identifier: Apache-2.0
// How an option of each kind is read into, checked and written from a member of Draft or ContextConfig. Pure. A
// problem's text never repeats the value, because the value may be a secret.
#pragma once

#include "gateway/config/value.h"

#include <array>
#include <fmt/format.h>
#include <functional>
#include <type_traits>

namespace gatehouse::config {

template <class Target> struct Codec {
    std::string_view kind; ///< the manual's word for the kind
    std::function<Problem(Target&, const Value&)> set;
    std::function<std::string(const Target&)> show; ///< TOML; empty: not set
};

/// A rule for a text.
using Check = Problem (*)(std::string_view);

namespace detail {

inline Problem expected(std::string_view what, const Value& value) {
    if (std::holds_alternative<Text>(value)) return fmt::format("must be {}", what);
    return fmt::format("must be {}, not {}", what, type_of(value));
}

template <class T> struct NotOptional { using type = T; };
template <class T> struct NotOptional<std::optional<T>> { using type = T; };

/// The value of a member that may be a std::optional.
template <class T> const T* given(const T& value) {
    return &value;
}
template <class T> const T* given(const std::optional<T>& value) {
    return value ? &*value : nullptr;
}

} // namespace detail

template <class Target, class Owner>
Codec<Target> number(std::size_t Owner::*member, std::size_t least, std::size_t most) {
    return {"number",
            [=](Target& target, const Value& value) -> Problem {
                const auto number = as_integer(value);
                if (!number) return detail::expected("an integer", value);
                if (*number < static_cast<std::int64_t>(least) || *number > static_cast<std::int64_t>(most))
                    return fmt::format("must be between {} and {}", least, most);
                target.*member = static_cast<std::size_t>(*number);
                return std::nullopt;
            },
            [=](const Target& target) { return std::to_string(target.*member); }};
}

template <class Target, class Owner, class Span>
Codec<Target> duration(Span Owner::*member, Millis least, Millis most) {
    return {"duration",
            [=](Target& target, const Value& value) -> Problem {
                const auto text = as_string(value);
                const auto span = text ? parse_duration(*text) : std::nullopt;
                if (!span)
                    return detail::expected(
                        "a duration with its unit, such as \"300ms\", \"60s\", \"15m\", \"24h\" or \"30d\"", value);
                if (*span < least || *span > most)
                    return fmt::format("must be between {} and {}", format_duration(least), format_duration(most));
                if (*span % Span(1) != Millis(0)) return "must be a whole number of seconds";
                target.*member = std::chrono::duration_cast<Span>(*span);
                return std::nullopt;
            },
            [=](const Target& target) { return quoted(format_duration(target.*member)); }};
}

template <class Target, class Owner, class Bool> Codec<Target> flag(Bool Owner::*member) {
    return {"true or false",
            [=](Target& target, const Value& value) -> Problem {
                const auto boolean = as_boolean(value);
                if (!boolean) return detail::expected("true or false", value);
                target.*member = *boolean;
                return std::nullopt;
            },
            [=](const Target& target) -> std::string {
                const bool* boolean = detail::given(target.*member);
                return !boolean ? "" : *boolean ? "true" : "false";
            }};
}

template <class Target, class Owner>
Codec<Target> text(std::string_view kind, std::string Owner::*member, Check check) {
    return {kind,
            [=](Target& target, const Value& value) -> Problem {
                const auto given = as_string(value);
                if (!given) return detail::expected("a string", value);
                if (auto problem = given->empty() ? std::nullopt : check(*given)) return problem;
                target.*member = *given;
                return std::nullopt;
            },
            [=](const Target& target) { return (target.*member).empty() ? "" : quoted(target.*member); }};
}

template <class Target, class Owner> Codec<Target> list(std::vector<std::string> Owner::*member, Check check) {
    return {"list",
            [=](Target& target, const Value& value) -> Problem {
                const auto items = as_list(value);
                if (!items) return detail::expected("a list of strings", value);
                for (const std::string& item : *items)
                    if (auto problem = check(item)) return problem;
                target.*member = *items;
                return std::nullopt;
            },
            [=](const Target& target) { return quoted(target.*member); }};
}

/// One of a few words; `Enum` is an enumeration or std::string.
template <class Enum, std::size_t count> using Words = std::array<std::pair<std::string_view, Enum>, count>;

template <class Target, class Owner, class Member, class Enum, std::size_t count>
Codec<Target> choice(Member Owner::*member, const Words<Enum, count>& words) {
    return {"word",
            [=](Target& target, const Value& value) -> Problem {
                const auto given = as_string(value);
                std::string names;
                for (const auto& [name, meaning] : words) {
                    if (given == name) {
                        target.*member = meaning;
                        return std::nullopt;
                    }
                    names.append(names.empty() ? "" : ", ").append(name);
                }
                return given ? "must be one of: " + names : detail::expected("one of the words " + names, value);
            },
            [=](const Target& target) -> std::string {
                const auto* current = detail::given(target.*member);
                for (const auto& [name, meaning] : words)
                    if (current && *current == meaning) return quoted(name);
                return "";
            }};
}

} // namespace gatehouse::config
