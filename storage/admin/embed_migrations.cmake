# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT, a C++ source with the text of every migration under SOURCE. Run at build time.
file(GLOB files RELATIVE ${SOURCE} ${SOURCE}/*/*/*.sql)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  if(NOT file MATCHES "^(postgresql|sqlite)/(identity|web)/0*([1-9][0-9]*)_([a-z0-9_]+)\\.sql$")
    message(FATAL_ERROR "migrations/${file}: expected {postgresql,sqlite}/{identity,web}/NNNN_name.sql")
  endif()
  file(READ ${SOURCE}/${file} text)
  string(APPEND entries
    "    {Backend::${CMAKE_MATCH_1}, Database::${CMAKE_MATCH_2}, ${CMAKE_MATCH_3}, \"${CMAKE_MATCH_4}\", R\"sql(${text})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made from migrations/ by storage/admin/embed_migrations.cmake.
#include \"storage/admin/migration_files.h\"

namespace gatehouse::sql {

const std::vector<MigrationFile>& embedded_migrations() {
    static const std::vector<MigrationFile> files{
${entries}    };
    return files;
}

} // namespace gatehouse::sql
")
