// SPDX-License-Identifier: Apache-2.0
// A query as a value, and the prepared statement that the query becomes on one connection. The statement is bound to
// its variables for life. It belongs to the connection; one thread at a time.
#pragma once

#include "storage/instant.h"
#include "storage/sql/failure.h"
#include "storage/sql/soci.h"
#include "storage/values.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace gatehouse::sql {

/// For a LIMIT.
inline std::int64_t at_most(std::size_t limit) {
    return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<int>::max()));
}

template <class... T> using In = std::tuple<T...>;
template <class... T> using Out = std::tuple<T...>;

/// Columns whose row is a struct with these members and not a tuple.
template <class Struct, class... T> struct As {};

/// SQL text with `:name` parameters, with the types of the parameters and of the columns: std::string, std::int64_t,
/// bool, Instant, or std::optional of one of these. The object is the key of the statement cache, so it must live as
/// long as the connections.
template <class Parameters, class Columns> struct Query;
template <class... P, class Columns> struct Query<In<P...>, Columns> {
    std::string sql;
    std::array<const char*, sizeof...(P)> names;
};

/// One bound variable. SOCI keeps the variable's address.
template <class T> struct Slot {
    using Wire = std::conditional_t<std::is_same_v<T, std::string>, std::string, long long>;

    void set(const T& from) {
        if constexpr (std::is_same_v<T, std::string>) {
            // libpq would cut the value at a NUL; SQLite would store broken UTF-8.
            if (!is_storable_text(from)) throw Refusal(StoreError::refused, "a value is not text");
            value = from;
        } else if constexpr (std::is_same_v<T, Instant>) {
            value = from.time_since_epoch().count();
        } else {
            value = static_cast<long long>(from);
        }
    }
    [[nodiscard]] T get() const {
        if (state == soci::i_null) throw Refusal(StoreError::corrupt, "a column is NULL that must not be");
        if constexpr (std::is_same_v<T, Instant>) {
            return Instant(Millis(value));
        } else if constexpr (std::is_same_v<T, bool>) {
            return value != 0;
        } else {
            return T(value);
        }
    }

    Wire value{};
    soci::indicator state = soci::i_ok;
};

template <class T> struct Slot<std::optional<T>> : Slot<T> {
    void set(const std::optional<T>& from) {
        this->state = from ? soci::i_ok : soci::i_null;
        if (from) Slot<T>::set(*from);
    }
    [[nodiscard]] std::optional<T> get() const {
        if (this->state == soci::i_null) return std::nullopt;
        return Slot<T>::get();
    }
};

template <class Columns> struct RowOf;
template <class... C> struct RowOf<Out<C...>> {
    using Type = Out<C...>;
    using Slots = std::tuple<Slot<C>...>;
};
template <class Struct, class... C> struct RowOf<As<Struct, C...>> {
    using Type = Struct;
    using Slots = std::tuple<Slot<C>...>;
};

class Prepared {
  public:
    Prepared() = default;
    virtual ~Prepared() = default;
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;
};

template <class Parameters, class Columns> class Statement;
template <class... P, class Columns> class Statement<In<P...>, Columns> final : public Prepared {
  public:
    using Row = typename RowOf<Columns>::Type;

    Statement(soci::session& session, const Query<In<P...>, Columns>& query) : statement_(session) {
        statement_.alloc();
        std::apply([&](auto&... slot) { (statement_.exchange(soci::into(slot.value, slot.state)), ...); }, out_);
        std::size_t i = 0;
        std::apply(
            [&](auto&... slot) { (statement_.exchange(soci::use(slot.value, slot.state, query.names[i++])), ...); },
            in_);
        statement_.prepare(query.sql);
        statement_.define_and_bind();
    }

    /// Reads every row, because a select that is not read to its end would keep its snapshot.
    std::vector<Row> rows(const P&... parameters) {
        std::vector<Row> rows;
        for (bool more = start(parameters...); more; more = statement_.fetch()) {
            rows.push_back(std::apply([](const auto&... slot) { return Row{slot.get()...}; }, out_));
        }
        return rows;
    }

    /// The number of rows that the statement changed.
    std::size_t change(const P&... parameters) {
        start(parameters...);
        return static_cast<std::size_t>(statement_.get_affected_rows());
    }

  private:
    bool start(const P&... parameters) {
        std::apply([&](auto&... slot) { (slot.set(parameters), ...); }, in_);
        return statement_.execute(true);
    }

    std::tuple<Slot<P>...> in_;
    typename RowOf<Columns>::Slots out_;
    soci::statement statement_; ///< last member, because the statement refers to the slots
};

} // namespace gatehouse::sql
