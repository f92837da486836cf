// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sensor/json_lines_source.h"
#include "sensor/recording_source.h"
#include "tests/unit/sensor/records.h"
#include "tests/unit/temporary_directory.h"

namespace vedette {
namespace {

using testing::Exec;
using ::testing::HasSubstr;
using testing::Open;
using testing::Seed;

class ReplayTest : public ::testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  absl::Status Run(EventSource& source) {
    return source.Run([this](const Event& e) { seen_.emplace_back(EventTypeName(e.type)); }, {}, [this] { ++idle_; });
  }
  absl::Status RunJson() {
    auto source = JsonLinesSource::Open(path_);
    return source.ok() ? Run(**source) : source.status();
  }
  TemporaryDirectory dir_;
  std::string path_ = dir_ / "events";
  std::vector<std::string> seen_;
  int idle_ = 0;
};

TEST_F(ReplayTest, OfARecordingGivesItsEventsWithTheirTime) {
  auto writer = *RecordingWriter::Create(path_, {5'000'000'000, "host", "6.1.0"});
  ASSERT_TRUE(writer->Append(Seed({.exec_id = 1, .pid = 10, .comm = "cat"}).Bytes()).ok());
  ASSERT_TRUE(writer->Append(Open(1, 10, "/etc/shadow", 7).Bytes()).ok());
  ASSERT_TRUE(writer->Close().ok());
  auto source = RecordingSource::Open(path_, false);
  ASSERT_TRUE(source.ok()) << source.status();
  size_t tapped = 0;
  absl::Status status = (*source)->Run(
      [&](const Event& event) {
        EXPECT_EQ(event.process->comm, "cat");
        EXPECT_EQ(event.time_ns, 5'000'000'007);
        ++idle_;
      },
      [&](std::span<const std::byte>) { ++tapped; }, {});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(idle_, 1);
  EXPECT_EQ(tapped, 2u);
  EXPECT_EQ((*source)->Stats().delivered[VD_KIND_FILE_OPEN], 1u);
}

TEST_F(ReplayTest, OfATruncatedRecordingDeliversWhatIsThereAndFails) {
  auto writer = *RecordingWriter::Create(path_, {});
  ASSERT_TRUE(writer->Append(Open(1, 10, "/a", 7).Bytes()).ok());
  ASSERT_TRUE(writer->Append(Open(1, 10, "/b", 8).Bytes()).ok());
  ASSERT_TRUE(writer->Close().ok());
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 30);
  auto source = RecordingSource::Open(path_, false);
  EXPECT_THAT(Run(**source).ToString(), HasSubstr("after 1 records; re-record or use --partial"));
  EXPECT_EQ(seen_.size(), 1u);
  auto partial = RecordingSource::Open(path_, true);
  EXPECT_TRUE(Run(**partial).ok());
  EXPECT_EQ(seen_.size(), 2u);
}

TEST_F(ReplayTest, OfJsonLinesGivesOneEventPerLine) {
  Write(R"({"evt.type": "openat", "fd.name": "/etc/shadow"}

# a comment
{"evt.type": "connect"})");
  EXPECT_TRUE(RunJson().ok());
  EXPECT_THAT(seen_, ::testing::ElementsAre("openat", "connect"));
  EXPECT_GE(idle_, 1);
}

TEST_F(ReplayTest, NamesFileAndLineOfWhatIsNoEvent) {
  Write("{\"evt.type\": \"openat\"}\n\n{\"evt.type\": \"openat\", \"fd.nme\": 1}\n{}\n");
  std::string message = RunJson().ToString();
  EXPECT_THAT(message, HasSubstr(path_ + ":3: error: "));
  EXPECT_THAT(message, HasSubstr("fd.nme"));
  EXPECT_EQ(seen_.size(), 1u);
}

TEST_F(ReplayTest, OfAnyTextIsAnErrorAndNoCrash) {
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string("{}"), std::string("\xff\xfe"),
        std::string("{\"evt.type\": 7}"), std::string(200'000, '['), std::string("nonsense")}) {
    Write(text);
    EXPECT_THAT(RunJson().ToString(), HasSubstr(":1: error: ")) << text.substr(0, 20);
  }
  Write(std::string(JsonLinesSource::kMaxLine + 10, ' '));
  EXPECT_THAT(RunJson().ToString(), HasSubstr("longer than"));
}

TEST_F(ReplayTest, OfAFileThatCannotBeReadSaysSo) {
  EXPECT_THAT(JsonLinesSource::Open(dir_ / "missing").status().ToString(), HasSubstr("cannot open it"));
  EXPECT_THAT(JsonLinesSource::Open(dir_.path()).status().ToString(), HasSubstr("is a directory"));
  Write("");
  EXPECT_TRUE(RunJson().ok());
}

}  // namespace
}  // namespace vedette
