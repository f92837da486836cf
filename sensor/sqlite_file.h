// SPDX-License-Identifier: Apache-2.0
//
// SqliteFile: an SQLite database that another program writes (podman's db.sql), read through SQLite's own library and
// a file layer of ours that cannot write: it has one descriptor, opened for reading, and neither makes nor removes a
// file.
//
// - It takes SQLite's shared lock while it reads, as any reader does, so no half-written page is seen. A program that
//   writes meanwhile waits for the end of the lookup (under a millisecond); we wait for it at most kSqliteWait.
// - A journal that a crashed writer has left cannot be played back here: the database counts as unreadable until its
// owner
//   opens it. So does one in WAL mode, which cannot be read without a shared memory file beside it. podman 5
//   keeps a rollback journal.
//
// The database may be made up: no views, triggers or functions of its schema run, and reads, steps and the length of a
// value are bounded. One thread at a time.
#ifndef VEDETTE_SENSOR_SQLITE_FILE_H_
#define VEDETTE_SENSOR_SQLITE_FILE_H_

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct sqlite3;

namespace vedette {

inline constexpr std::chrono::milliseconds kSqliteWait{500};

class SqliteFile {
 public:
  // NotFound if there is no such file.
  static absl::StatusOr<std::unique_ptr<SqliteFile>> Open(const std::string& path);
  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  // The text in the first column of the first row that `query`, of one parameter, gives. NotFound if there is no row.
  absl::StatusOr<std::string> Text(const char* query, std::string_view parameter);

 private:
  struct Layer;  // SQLite's view of the file
  explicit SqliteFile(std::unique_ptr<Layer> layer);
  absl::Status Connect();
  absl::Status Failed() const;

  std::unique_ptr<Layer> layer_;
  sqlite3* db_ = nullptr;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_SQLITE_FILE_H_
