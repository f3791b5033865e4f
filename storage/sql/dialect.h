// SPDX-License-Identifier: Apache-2.0
// Where the SQL of PostgreSQL and SQLite differs. PostgreSQL has timestamptz, inet and jsonb; Gatehouse's SQLite tables
// have milliseconds since 1970, and text. Pure: pieces of SQL text, made once at start.
#pragma once

#include "storage/sql/url.h"

#include <string>
#include <string_view>

namespace gatehouse::sql {

class Dialect {
  public:
    explicit Dialect(Backend backend) : postgres_(backend == Backend::postgresql) {}

    /// A column of type instant, as milliseconds.
    [[nodiscard]] std::string milliseconds(std::string_view column) const;
    /// A value in milliseconds (a parameter, a column), as an instant of the column's type.
    [[nodiscard]] std::string instant(std::string_view value) const;
    /// The database's clock, as an instant of a column's type; and a span in milliseconds (a parameter) before it.
    [[nodiscard]] std::string now() const;
    [[nodiscard]] std::string before_now(std::string_view span) const;
    /// A text (a parameter) as a value of a column of type UUID; and as one of a column with JSON.
    [[nodiscard]] std::string uuid(std::string_view value) const;
    [[nodiscard]] std::string json(std::string_view value) const;
    /// A UUID in a column as text, sorted by bytes.
    [[nodiscard]] std::string uuid_text(std::string_view column) const;
    /// The form in which e-mail addresses are unique and sorted. An index uses exactly this expression.
    [[nodiscard]] std::string canonical(std::string_view column) const;
    /// The textual address in a column, empty for NULL.
    [[nodiscard]] std::string address(std::string_view column) const;
    /// A column of text, sorted by bytes, as std::string is, whatever the locale of the database.
    [[nodiscard]] std::string by_bytes(std::string_view column) const;
    /// All values of a text column, one on each line; NULL if there are none. An aggregate.
    [[nodiscard]] std::string lines(std::string_view column) const;
    /// JSON array of [name, expiry in milliseconds or null]: the permissions that `user` has in `context` after `now`.
    /// All three arguments are SQL.
    [[nodiscard]] std::string permissions(std::string_view user, std::string_view context, std::string_view now) const;
    /// The JSON array of [context, id, milliseconds] in the parameter :batch, as rows (context, id, at).
    [[nodiscard]] std::string batch() const;
    /// The texts in the JSON array of a parameter, as rows (value).
    [[nodiscard]] std::string texts(std::string_view parameter) const;
    /// Newcomer::permissions in the parameter :permissions, as rows (context, permission, expires, granted, granter).
    [[nodiscard]] std::string granted() const;
    /// Ends a select whose rows are about to be changed or deleted: skips the rows at which another gateway is just
    /// then.
    [[nodiscard]] std::string_view skip_locked() const;

  private:
    bool postgres_;
};

} // namespace gatehouse::sql
