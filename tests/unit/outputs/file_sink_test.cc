// SPDX-License-Identifier: Apache-2.0
#include "outputs/file_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/unit/outputs/alerts.h"

namespace vedette {
namespace {

namespace fs = std::filesystem;

class FileSinkTest : public testing::Test {
 protected:
  std::unique_ptr<FileSink> Open(uint64_t rotate_bytes = 0, uint32_t keep = 2) {
    auto sink = FileSink::Open({path_, rotate_bytes, keep});
    EXPECT_TRUE(sink.ok()) << sink.status();
    return std::move(*sink);
  }
  static void Write(Sink& sink, std::string_view line) {
    absl::Status status = sink.Write(ShadowAlert(), line);
    EXPECT_TRUE(status.ok()) << status;
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_ / "alerts.log";
};

TEST_F(FileSinkTest, AppendsLinesToAFileThatOthersCannotRead) {
  std::ofstream(path_) << "before\n";
  fs::remove(path_);
  Write(*Open(), "one");
  Write(*Open(), "two");
  EXPECT_EQ(ReadFile(path_), "one\ntwo\n");
  struct stat info {};
  stat(path_.c_str(), &info);
  EXPECT_EQ(info.st_mode & 0137, 0u);  // at most 0640
}

TEST_F(FileSinkTest, RotatesBeforeTheLineThatWouldExceedTheSizeAndKeepsTheNumberAskedFor) {
  auto sink = Open(/*rotate_bytes=*/10);
  for (const char* line : {"aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg"}) Write(*sink, line);
  EXPECT_EQ(ReadFile(path_), "gggg\n");
  EXPECT_EQ(ReadFile(path_ + ".1"), "eeee\nffff\n");
  EXPECT_EQ(ReadFile(path_ + ".2"), "cccc\ndddd\n");
  EXPECT_FALSE(fs::exists(path_ + ".3"));
}

TEST_F(FileSinkTest, ALineLargerThanTheRotationIsStillWrittenWhole) {
  auto sink = Open(/*rotate_bytes=*/4);
  Write(*sink, "much too long");
  Write(*sink, "x");
  EXPECT_EQ(ReadFile(path_ + ".1"), "much too long\n");
  EXPECT_EQ(ReadFile(path_), "x\n");
}

TEST_F(FileSinkTest, KeepingNoneStartsTheFileAnew) {
  auto sink = Open(/*rotate_bytes=*/6, /*keep=*/0);
  Write(*sink, "aaaa");
  Write(*sink, "bbbb");
  EXPECT_EQ(ReadFile(path_), "bbbb\n");
  EXPECT_FALSE(fs::exists(path_ + ".1"));
}

TEST_F(FileSinkTest, CountsWhatWasInTheFileBefore) {
  std::ofstream(path_) << "12345678\n";
  Write(*Open(/*rotate_bytes=*/10), "next");
  EXPECT_EQ(ReadFile(path_), "next\n");
  EXPECT_EQ(ReadFile(path_ + ".1"), "12345678\n");
}

TEST_F(FileSinkTest, AFileThatWasMovedAwayIsCreatedAnewAtTheNextLine) {
  auto sink = Open();
  Write(*sink, "old");
  fs::rename(path_, path_ + ".moved");
  Write(*sink, "new");
  EXPECT_EQ(ReadFile(path_), "new\n");
  EXPECT_EQ(ReadFile(path_ + ".moved"), "old\n");
}

// The limit on a file's size stands in for the full disk: the write is cut short in the same way.
TEST_F(FileSinkTest, AFullDiskLeavesNoHalfLine) {
  signal(SIGXFSZ, SIG_IGN);
  auto sink = Open();
  Write(*sink, "whole");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small{10, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  absl::Status status = sink->Write(ShadowAlert(), "does not fit");
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(ReadFile(path_), "whole\n");
  Write(*sink, "does not fit");
  EXPECT_EQ(ReadFile(path_), "whole\ndoes not fit\n");
}

TEST_F(FileSinkTest, AFullDeviceIsAnErrorToRetry) {
  auto sink = FileSink::Open({"/dev/full", 0, 0});
  ASSERT_TRUE(sink.ok());
  absl::Status status = (*sink)->Write(ShadowAlert(), "x");
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("'/dev/full': write: No space left on device"));
}

TEST_F(FileSinkTest, WhatCannotBeOpenedIsAnErrorThatSaysWhatToDo) {
  auto sink = FileSink::Open({directory_ / "missing/alerts.log", 0, 0});
  EXPECT_THAT(std::string(sink.status().message()),
              testing::HasSubstr("alerts.log' for appending: No such file or directory; create its directory"));
}

}  // namespace
}  // namespace vedette
