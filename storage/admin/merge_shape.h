// SPDX-License-Identifier: Apache-2.0
// How a row of one Gatehouse database is written as JSON for another one. PostgreSQL has timestamptz, boolean, jsonb
// and numeric where SQLite has milliseconds since 1970, 0 and 1, and text (migrations/). SQL text.
#pragma once

#include "storage/sql/text_connection.h"

#include <map>
#include <string>
#include <vector>

namespace gatehouse::sql {

class Shape {
  public:
    /// `columns` are those of the target.
    Shape(TextConnection& source, TextConnection& target, const std::string& table,
          const std::vector<std::string>& columns);

    /// A row of the source's table s, as a JSON object with the target's values.
    [[nodiscard]] std::string json() const;

    /// The form in which values of this column are compared in the target.
    [[nodiscard]] std::string compared(const std::string& column, const std::string& value) const;

  private:
    [[nodiscard]] std::string for_sqlite(const std::string& column) const;
    [[nodiscard]] std::string for_postgres(const std::string& column) const;
    [[nodiscard]] std::string type(const std::string& column) const;

    bool from_postgres_;
    bool to_postgres_;
    std::vector<std::string> columns_;
    std::map<std::string, std::string> types_; ///< the columns' types in PostgreSQL, if the databases are of two kinds
};

/// SQL that reads rows from a parameter with a JSON array.
[[nodiscard]] std::string batch(const TextConnection& database, const std::string& table,
                                const std::vector<std::string>& columns, const std::string& parameter);

/// A JSON array of JSON texts.
[[nodiscard]] std::string json_array(const std::vector<std::string>& texts);
/// A JSON array of strings that need no escaping (identifiers).
[[nodiscard]] std::string json_strings(const std::vector<std::string>& plain);

} // namespace gatehouse::sql
