// SPDX-License-Identifier: Apache-2.0
#include "sensor/event_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sensor/context_record.h"
#include "tests/unit/sensor/records.h"

namespace vedette {
namespace {

using testing::Exec;
using testing::Exit;
using testing::Fork;
using testing::Open;
using testing::RecordOf;
using testing::Seed;

class EventStreamTest : public ::testing::Test {
 protected:
  void Feed(std::span<const std::byte> record) {
    stream_.Feed(record, [this](const Event& event) {
      seen_.push_back(std::string(EventTypeName(event.type)) + " by " +
                      std::string(event.process != nullptr ? event.process->comm : "?"));
      last_time_ = event.time_ns;
      last_number_ = event.number;
      last_container_ = event.process != nullptr ? event.process->container : nullptr;
    });
  }
  EventStream stream_{{.processes = {}, .containers = {}, .boot_to_realtime_ns = 1'000'000}};
  std::vector<std::string> seen_;
  int64_t last_time_ = 0;
  uint64_t last_number_ = 0;
  const Container* last_container_ = nullptr;
};

TEST_F(EventStreamTest, DeliversEventsWithTheProcessThatActed) {
  Feed(Seed({.exec_id = 1, .pid = 1, .comm = "init"}).Bytes());
  EXPECT_TRUE(seen_.empty());  // a seed is no event
  Feed(Fork({.creator = 1, .creator_pid = 1, .child = 2, .child_pid = 2, .time_ns = 5}).Bytes());
  Feed(Exec({.exec_id = 3, .pid = 2, .previous = 2, .parent = 1, .comm = "cat", .time_ns = 6}).Bytes());
  Feed(Open(3, 2, "/etc/shadow", 7).Bytes());
  Feed(Exit(3, 2, 8).Bytes());
  EXPECT_EQ(seen_, (std::vector<std::string>{"clone by init", "execve by cat", "openat by cat", "procexit by cat"}));
  EXPECT_EQ(last_time_, 1'000'008);
  EXPECT_EQ(last_number_, 4u);
  EXPECT_EQ(stream_.Stats().delivered[VD_KIND_FILE_OPEN], 1u);
}

TEST_F(EventStreamTest, TellsEachEventTheTimesOfThoseBefore) {
  std::vector<std::pair<int64_t, int64_t>> since;  // the first, the one before
  auto sink = [&](const Event& e) { since.emplace_back(e.time_ns - e.times->first_ns, e.times->previous_ns); };
  for (uint64_t t : {7, 9, 12}) stream_.Feed(Open(77, 2, "/x", t).Bytes(), sink);
  EXPECT_EQ(since, (std::vector<std::pair<int64_t, int64_t>>{{0, 0}, {2, 1'000'007}, {5, 1'000'009}}));
}

TEST_F(EventStreamTest, FindsTheProcessOfAnEventThatComesAfterItsExit) {
  Feed(Exec({.exec_id = 3, .pid = 2, .comm = "cat", .time_ns = 6}).Bytes());
  Feed(Exit(3, 2, 8).Bytes());
  Feed(Open(3, 2, "/etc/shadow", 7).Bytes());
  EXPECT_EQ(seen_.back(), "openat by cat");
  EXPECT_EQ(stream_.Stats().unknown_process, 0u);
}

TEST_F(EventStreamTest, CountsTheUnknownAndTheMalformed) {
  Feed(Open(77, 2, "/x", 7).Bytes());
  EXPECT_EQ(seen_.back(), "openat by ?");
  EXPECT_EQ(stream_.Stats().unknown_process, 1u);
  RecordOf<vd_file_open> bad = Open(77, 2, "/x", 7);
  bad.Bytes();
  bad->file.path.len = 60000;
  uint64_t size = bad->h.size;
  Feed({reinterpret_cast<const std::byte*>(&bad.get()), size});
  Feed({});
  EXPECT_EQ(stream_.Stats().malformed, 2u);
  EXPECT_EQ(seen_.size(), 1u);
}

TEST_F(EventStreamTest, DoesNotApplyCredentialsOfACallThatFailed) {
  Feed(Exec({.exec_id = 1, .pid = 10}).Bytes());
  RecordOf<vd_creds_change> change(VD_KIND_CREDS);
  change->h.exec_id = 1;
  change->h.pid = change->h.tid = 10;
  change->h.flags = VD_F_RESULT;
  change->h.result = -1;
  change->new_creds.euid = 1000;
  Feed(change.Bytes());
  EXPECT_EQ(stream_.processes().Find(1)->creds.euid, 0u);
  change->h.result = 0;
  Feed(change.Bytes());
  EXPECT_EQ(stream_.processes().Find(1)->creds.euid, 1000u);
}

TEST_F(EventStreamTest, LearnsFromContextRecordsWhatFilesOfTheHostSaid) {
  Feed(Exec({.exec_id = 1, .pid = 10, .cgroup = "/lxc/web", .cgroup_id = 9, .flags = VD_F_CONTAINER}).Bytes());
  Container found;
  found.full_id = "web";
  found.runtime = "lxc";
  found.name = "web\xff\n";
  found.image_repository = "debian";
  found.privileged = Container::Privileged::kYes;
  Feed(MakeContextRecord(found));
  ASSERT_NE(last_container_, nullptr);
  EXPECT_EQ(last_container_->name, "web\xef\xbf\xbd\n");  // not UTF-8: replaced
  EXPECT_EQ(last_container_->image_repository, "debian");
  EXPECT_EQ(last_container_->privileged, Container::Privileged::kYes);
  EXPECT_EQ(last_container_->id, "web");

  Feed(MakeContextRecord(CgroupPath{12, "/lxc/db"}));
  RecordOf<vd_file_open> open = Open(1, 10, "/x", 20);
  open->h.cgroup_id = 12;
  open->h.flags |= VD_F_CONTAINER;
  Feed(open.Bytes());
  EXPECT_EQ(last_container_->id, "db");
}

Container Detailed() {
  Container c;
  c.full_id = "web";
  c.details.mounts = std::vector<ContainerMount>{{"/proc", "/p", "ro", "rslave", false}, {"/d", "/d", "", "", true}};
  c.details.labels = Labels{{"a", "1"}, {"b", ""}};
  c.details.host_pid = true;
  c.details.host_ipc = false;
  c.details.image_id = "id";
  c.details.healthcheck = "NONE";
  c.details.ip = "10.0.0.1";
  c.details.pod_sandbox_id = "s";
  return c;
}

Container ReadBack(const Container& c) {
  auto context = ReadContextRecord(MakeContextRecord(c));
  if (!context || !std::holds_alternative<Container>(*context)) return {};
  return std::get<Container>(*context);
}

TEST(ContextRecord, KeepsTheDetailsOfAContainer) {
  const Container c = Detailed();
  const ContainerDetails d = ReadBack(c).details;
  EXPECT_EQ(d.mounts, c.details.mounts);
  EXPECT_EQ(d.labels, c.details.labels);
  EXPECT_EQ(d.pod_labels, std::nullopt);
  EXPECT_EQ(d.host_pid, true);
  EXPECT_EQ(d.host_network, std::nullopt);
  EXPECT_EQ(d.host_ipc, false);
  EXPECT_EQ(d.image_id, "id");
  EXPECT_EQ(d.healthcheck, "NONE");
  EXPECT_EQ(d.ip, "10.0.0.1");
  EXPECT_EQ(d.pod_sandbox_id, "s");
  EXPECT_FALSE(d.cut);
}

TEST(ContextRecord, LeavesOutWholeListsThatItHasNoRoomFor) {
  Container c = Detailed();
  c.details.pod_labels.emplace();
  for (int i = 0; i < 100; ++i) c.details.pod_labels->emplace_back("key" + std::to_string(i), std::string(500, 1));
  const Container read = ReadBack(c);
  EXPECT_EQ(read.full_id, "web");
  EXPECT_EQ(read.details.mounts, c.details.mounts);
  EXPECT_EQ(read.details.pod_labels, std::nullopt);
  EXPECT_TRUE(read.details.cut);
}

TEST_F(EventStreamTest, MakesAnEventWhenAContainersMetadataBecomesKnown) {
  Feed(Exec({.exec_id = 1, .pid = 10, .comm = "nginx", .cgroup = "/lxc/web", .cgroup_id = 11, .flags = VD_F_CONTAINER})
           .Bytes());
  Container unheard_of;
  unheard_of.full_id = "another";
  Feed(MakeContextRecord(unheard_of));
  EXPECT_EQ(seen_, (std::vector<std::string>{"execve by nginx"}));
  Container found;
  found.full_id = "web";
  found.name = "shop";
  Feed(MakeContextRecord(found));
  EXPECT_EQ(seen_.back(), "container by nginx");
  EXPECT_EQ(last_container_->name, "shop");
  EXPECT_EQ(last_number_, 2u);
  Feed(Exit(1, 10, 30).Bytes());
  Feed(MakeContextRecord(found));
  EXPECT_EQ(seen_.back(), "container by ");  // nobody is left in it
  EXPECT_EQ(last_container_->name, "shop");
}

TEST_F(EventStreamTest, FollowsTheWorkingDirectory) {
  Feed(Exec({.exec_id = 1, .pid = 10, .comm = "sh"}).Bytes());
  auto chdir = [this](std::string_view path, int64_t result) {
    RecordOf<vd_call> call(VD_KIND_SYSCALL);
    call->h.exec_id = 1;
    call->h.pid = call->h.tid = 10;
    call->h.syscall_nr = 80;
    call->h.flags = VD_F_RESULT;
    call->h.result = result;
    call.Add(offsetof(vd_call, path), path);
    Feed(call.Bytes());
  };
  chdir("/srv/data", 0);
  EXPECT_EQ(seen_.back(), "chdir by sh");
  EXPECT_EQ(stream_.processes().Find(1)->cwd, "/srv/data/");
  chdir("/nowhere", -2);
  EXPECT_EQ(stream_.processes().Find(1)->cwd, "/srv/data/");
  chdir("/", 0);
  EXPECT_EQ(stream_.processes().Find(1)->cwd, "/");
}

TEST(ContextRecord, OfAnyShapeIsTolerated) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string(R"({"type":7})"),
        std::string(R"({"type":"x"})"), std::string(R"({"type":"container","privileged":99,"id":{"a":[[[1]]]}})"),
        std::string(R"({"type":"cgroup","id":"x","path":[]})"), std::string(100'000, '[')}) {
    std::vector<std::byte> record(sizeof(vd_header) + text.size());
    vd_header header{};
    header.kind = kContextKind;
    memcpy(record.data(), &header, sizeof(header));
    memcpy(record.data() + sizeof(header), text.data(), text.size());
    EventStream stream({});
    stream.Feed(record, {});
  }
}

}  // namespace
}  // namespace vedette
