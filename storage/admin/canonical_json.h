// SPDX-License-Identifier: Apache-2.0
// A function for SQLite: canonical_json(text) writes equal JSON in one way, whatever the order of keys, blanks and
// escapes. SQLite keeps the original text, PostgreSQL (jsonb) only the meaning.
#pragma once

#include "storage/sql/text_connection.h"

namespace gatehouse::sql {

/// Throws TextConnectionError if memory runs out. Does nothing on PostgreSQL.
void add_canonical_json(TextConnection& database);

} // namespace gatehouse::sql
