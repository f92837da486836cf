// SPDX-License-Identifier: Apache-2.0
#include "sensor/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "sensor/crc32c.h"
#include "tests/unit/sensor/records.h"
#include "tests/unit/temporary_directory.h"

namespace vedette {
namespace {

using ::testing::HasSubstr;

class RecordingTest : public ::testing::Test {
 protected:
  void WriteThree() {
    auto writer = RecordingWriter::Create(path_, {1234, "host", "6.1.0"});
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (uint64_t i = 1; i <= 3; ++i) {
      ASSERT_TRUE((*writer)->Append(testing::Open(i, 10, "/etc/passwd", i).Bytes()).ok());
    }
    ASSERT_TRUE((*writer)->Close().ok());
  }
  std::string Bytes() {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void Replace(const std::string& bytes) { std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes; }

  void Poke(size_t at, char byte) {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }

  // Records read, and the first error.
  std::pair<int, absl::Status> ReadAll(bool partial) {
    auto reader = RecordingReader::Open(path_, partial);
    if (!reader.ok()) return {0, reader.status()};
    for (int n = 0;; ++n) {
      if (!(*reader)->Next()) return {n, (*reader)->status()};
    }
  }
  TemporaryDirectory dir_;
  std::string path_ = dir_ / "r.vedette";
};

TEST_F(RecordingTest, GivesBackWhatWasWritten) {
  WriteThree();
  auto reader = RecordingReader::Open(path_, false);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->facts().boot_to_realtime_ns, 1234);
  EXPECT_EQ((*reader)->facts().hostname, "host");
  EXPECT_EQ((*reader)->facts().kernel_release, "6.1.0");
  for (uint64_t i = 1; i <= 3; ++i) {
    std::optional<std::span<const std::byte>> record = (*reader)->Next();
    ASSERT_TRUE(record);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(record->data()) % 8, 0u);
    std::span<const std::byte> written = testing::Open(i, 10, "/etc/passwd", i).Bytes();
    EXPECT_EQ(record->size(), written.size());
    EXPECT_EQ(reinterpret_cast<const vd_header*>(record->data())->exec_id, i);
  }
  EXPECT_FALSE((*reader)->Next());
  EXPECT_TRUE((*reader)->status().ok());
}

TEST_F(RecordingTest, IsReadableByItsOwnerOnlyAndNeverOverwritten) {
  WriteThree();
  struct stat st {};
  ASSERT_EQ(stat(path_.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
  EXPECT_THAT(RecordingWriter::Create(path_, {}).status().ToString(), HasSubstr("File exists"));
}

TEST_F(RecordingTest, CutAnywhereIsOneErrorThatSaysWhere) {
  WriteThree();
  for (size_t cut = Bytes().size(); cut-- > 0;) {
    std::filesystem::resize_file(path_, cut);
    auto [records, status] = ReadAll(false);
    ASSERT_FALSE(status.ok()) << cut;
    ASSERT_LE(records, 3) << cut;
    if (cut < 1) continue;
    EXPECT_THAT(status.ToString(), HasSubstr("truncated at byte " + std::to_string(cut) + " after " +
                                             std::to_string(records) + " records; re-record or use --partial"));
  }
}

TEST_F(RecordingTest, ChangedAnywhereIsAnError) {
  WriteThree();
  std::string whole = Bytes();
  for (size_t at = 0; at < whole.size(); ++at) {
    Poke(at, static_cast<char>(whole[at] ^ (1 << (at % 8))));
    EXPECT_FALSE(ReadAll(false).second.ok()) << at;
    Poke(at, whole[at]);
  }
  EXPECT_TRUE(ReadAll(false).second.ok());
}

TEST_F(RecordingTest, ThatIsDamagedGivesItsGoodPartWithPartial) {
  WriteThree();
  std::string whole = Bytes();
  Replace(whole.substr(0, whole.size() - 16));  // without its end
  EXPECT_EQ(ReadAll(true), std::make_pair(3, absl::OkStatus()));
  Replace(whole.substr(0, whole.size() - 100));
  EXPECT_EQ(ReadAll(true), std::make_pair(2, absl::OkStatus()));
}

TEST_F(RecordingTest, NamesWhatIsNoRecording) {
  Replace("#!/bin/sh\necho this is something else entirely\n");
  EXPECT_THAT(ReadAll(false).second.ToString(), HasSubstr("not a Vedette recording"));
  path_ = dir_ / "missing";
  EXPECT_THAT(ReadAll(false).second.ToString(), HasSubstr("missing: cannot open it"));
  path_ = dir_.path();
  EXPECT_FALSE(ReadAll(false).second.ok());
}

TEST_F(RecordingTest, OfAnotherLayoutIsRefused) {
  WriteThree();
  std::string bytes = Bytes();
  bytes[24 + 8 + 4 + 4] ^= 1;  // facts: the size of the first kind's record
  auto* header = reinterpret_cast<uint32_t*>(bytes.data());
  header[4] = Crc32c(std::as_bytes(std::span(bytes)).subspan(24, header[3]));
  Replace(bytes);
  EXPECT_THAT(ReadAll(false).second.ToString(), HasSubstr("made by another version of vedette (process_fork"));
}

TEST_F(RecordingTest, WithoutFactsIsAnError) {
  WriteThree();
  std::string bytes = Bytes();
  auto* header = reinterpret_cast<uint32_t*>(bytes.data());
  bytes.erase(24, header[3]);
  header[3] = header[4] = 0;
  Replace(bytes);
  EXPECT_THAT(ReadAll(false).second.ToString(), HasSubstr("its header is too short"));
}

TEST_F(RecordingTest, RefusesARecordThatIsTooLong) {
  auto writer = RecordingWriter::Create(path_, {});
  ASSERT_TRUE(writer.ok());
  std::vector<std::byte> huge(VD_MAX_RECORD + 1);
  EXPECT_FALSE((*writer)->Append(huge).ok());
}

TEST(Crc32c, MatchesItsTestVector) {
  std::string digits = "123456789";
  EXPECT_EQ(Crc32c(std::as_bytes(std::span(digits))), 0xe3069283u);
  EXPECT_EQ(Crc32cByTable(std::as_bytes(std::span(digits))), 0xe3069283u);
}

TEST(Crc32c, IsTheSameByInstructionAndByTableForEveryLengthAndAlignment) {
  const uint32_t word = 0x12345678;
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 37 + 11);
  for (size_t begin = 0; begin < 9; ++begin) {
    for (size_t size = 0; size + begin <= text.size(); ++size) {
      const auto part = std::as_bytes(std::span(text)).subspan(begin, size);
      ASSERT_EQ(Crc32c(part), Crc32cByTable(part)) << begin << "+" << size;
      ASSERT_EQ(Crc32c(word, part), Crc32cByTable(part, Crc32cByTable(std::as_bytes(std::span(&word, 1)))))
          << begin << "+" << size;
    }
  }
}

}  // namespace
}  // namespace vedette
