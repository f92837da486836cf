// SPDX-License-Identifier: Apache-2.0
#include "sensor/sqlite_file.h"
#include "tests/unit/temporary_directory.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace vedette {
namespace {

namespace fs = std::filesystem;

constexpr const char* kQuery = "SELECT JSON FROM ContainerConfig WHERE ID = ?1";
const std::string kWeb = "439c689e28155a3144ec7b0cb6d91d8e2f6535d6f1c21c0e147c2eb7b4dfa756";

std::string Content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Another program that has the database open, as podman has.
class Writer {
 public:
  explicit Writer(const std::string& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK); }
  ~Writer() { sqlite3_close(db_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  void Do(const std::string& sql) {
    char* error = nullptr;
    ASSERT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << sql << ": " << error;
  }

 private:
  sqlite3* db_ = nullptr;
};

class Sqlite : public ::testing::Test {
 protected:
  Sqlite() { fs::copy_file(fs::path(VEDETTE_TEST_DATABASES) / "podman-5.4-db.sql", path_); }

  absl::StatusOr<std::string> Get(const std::string& path, const std::string& id = kWeb) {
    auto file = SqliteFile::Open(path);
    return file.ok() ? (*file)->Text(kQuery, id) : file.status();
  }
  std::map<std::string, std::string> Files() {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_)) out[entry.path().filename()] = Content(entry.path());
    return out;
  }
  TemporaryDirectory directory_;
  const std::string folder_ = directory_.path(), path_ = folder_ + "/db.sql";
};

TEST_F(Sqlite, IsReadWithoutATrace) {
  const auto before = Files();
  EXPECT_NE(Get(path_)->find(R"("name":"web")"), std::string::npos);
  EXPECT_TRUE(absl::IsNotFound(Get(path_, "none").status()));
  EXPECT_EQ(Files(), before);
}

TEST_F(Sqlite, SeesWhatIsCommittedAndNothingElse) {
  Writer writer(path_);
  writer.Do("BEGIN; UPDATE ContainerConfig SET JSON = 'new'");  // kept in its memory
  EXPECT_NE(*Get(path_), "new");
  writer.Do("COMMIT");
  EXPECT_EQ(*Get(path_), "new");
}

TEST_F(Sqlite, KeepsNobodyFromWritingBetweenLookups) {
  auto file = SqliteFile::Open(path_);
  ASSERT_TRUE(file.ok());
  for (const std::string& value : {std::string("one"), std::string("two")}) {
    Writer(path_).Do("UPDATE ContainerConfig SET JSON = '" + value + "'");
    EXPECT_EQ(*(*file)->Text(kQuery, kWeb), value);
  }
}

TEST_F(Sqlite, AWriterThatDoesNotEndMakesItUnavailable) {
  Writer writer(path_);
  writer.Do("BEGIN EXCLUSIVE");
  EXPECT_TRUE(absl::IsUnavailable(Get(path_).status()));
  writer.Do("ROLLBACK");
  EXPECT_TRUE(Get(path_).ok());
}

// What a crash leaves: the database half-written, and the journal with what was there before.
TEST_F(Sqlite, AJournalThatIsLeftIsNeitherPlayedBackNorRemoved) {
  const std::string crashed = folder_ + "/crashed.sql";
  {
    Writer writer(path_);
    writer.Do("PRAGMA cache_size = 1; BEGIN; UPDATE ContainerConfig SET JSON = JSON || JSON || JSON || JSON");
    writer.Do("UPDATE ContainerConfig SET JSON = JSON || JSON || JSON || JSON");
    ASSERT_TRUE(fs::exists(path_ + "-journal"));
    fs::copy_file(path_, crashed);
    fs::copy_file(path_ + "-journal", crashed + "-journal");
    writer.Do("ROLLBACK");
  }
  ASSERT_NE(Content(crashed + "-journal")[0], '\0');  // it counts
  const auto before = Files();
  EXPECT_TRUE(absl::IsFailedPrecondition(Get(crashed).status())) << Get(crashed).status();
  EXPECT_EQ(Files(), before);
}

TEST_F(Sqlite, AWriteAheadLogIsNotRead) {
  Writer writer(path_);
  writer.Do("PRAGMA journal_mode = WAL; UPDATE ContainerConfig SET JSON = 'in the log'");
  const auto before = Files();
  EXPECT_EQ(before.size(), 3);
  EXPECT_TRUE(absl::IsFailedPrecondition(Get(path_).status())) << Get(path_).status();
  EXPECT_EQ(Files(), before);
}

TEST_F(Sqlite, AWriteAheadLogIsNotMade) {
  Writer(path_).Do("PRAGMA journal_mode = WAL");
  const auto before = Files();
  EXPECT_EQ(before.size(), 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(Get(path_).status()));
  EXPECT_EQ(Files(), before);
}

// A schema made to keep its reader busy, in place of the table.
TEST_F(Sqlite, NoViewOfADatabaseIsRun) {
  fs::remove(path_);
  Writer(path_).Do(
      "CREATE VIEW ContainerConfig AS WITH RECURSIVE n(ID) AS (SELECT 1 UNION ALL SELECT ID + 1 FROM n)"
      "  SELECT ID, hex(randomblob(1000)) AS JSON FROM n");
  EXPECT_TRUE(absl::IsDataLoss(Get(path_).status())) << Get(path_).status();
}

TEST_F(Sqlite, ATableWithoutAnIndexIsNotSearchedForever) {
  fs::remove(path_);
  Writer(path_).Do(
      "CREATE TABLE ContainerConfig (ID, JSON);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 400000)"
      "  INSERT INTO ContainerConfig SELECT i, 'x' FROM n");
  EXPECT_TRUE(absl::IsResourceExhausted(Get(path_).status())) << Get(path_).status();
}

TEST_F(Sqlite, AValueThatIsTooLongIsRefused) {
  Writer(path_).Do("UPDATE ContainerConfig SET JSON = hex(zeroblob(3000000))");
  EXPECT_FALSE(Get(path_).ok());
}

TEST_F(Sqlite, AFileOfAnyLengthIsTolerated) {
  const std::string whole = Content(path_);
  for (size_t size = 0; size < whole.size(); size += 517) {
    fs::resize_file(path_, 0);
    std::ofstream(path_, std::ios::binary) << whole.substr(0, size);
    auto got = Get(path_);
    EXPECT_TRUE(!got.ok() || got->size() < 100'000);
  }
}

TEST_F(Sqlite, AnyByteMayBeWrong) {
  const std::string whole = Content(path_);
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  auto put = [&](size_t at, char byte) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
    file.flush();
  };
  for (size_t i = 0; i < whole.size(); i += i < 4096 ? 1 : 37) {
    put(i, static_cast<char>(~whole[i]));
    auto got = Get(path_);
    EXPECT_TRUE(!got.ok() || got->size() < 100'000);
    put(i, whole[i]);
  }
}

TEST_F(Sqlite, WhatIsNoRegularFileIsNotRead) {
  ASSERT_EQ(mkfifo((folder_ + "/fifo").c_str(), 0600), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(Get(folder_ + "/fifo").status()));
  EXPECT_TRUE(absl::IsNotFound(Get(folder_ + "/none").status()));
}

}  // namespace
}  // namespace vedette
