// SPDX-License-Identifier: Apache-2.0
//
// Extractors run on every event that a rule looks at: none may allocate. This binary counts.
#include <time.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sensor/event/event_arg.h"
#include "sensor/event/host.h"
#include "sensor/event/synthetic.h"
#include "tests/unit/counted_allocations.h"
#include "tests/unit/event/field_values.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

// Every field, and evt.arg with every argument.
std::vector<std::pair<const Field*, FieldArg>> Everything() {
  std::vector<std::pair<const Field*, FieldArg>> out;
  for (const Field& field : AllFields()) out.emplace_back(&field, FieldArg{});
  const Field* arg_field = FindField("evt.arg").field;
  for (const EventArg& arg : AllEventArgs()) out.emplace_back(arg_field, FieldArg{true, 0, std::string(arg.name)});
  out.emplace_back(FindField("proc.aname").field, FieldArg{true, 2, ""});
  for (std::string_view name : {"proc.env", "proc.aenv", "container.label", "k8s.pod.label"}) {
    out.emplace_back(FindField(name).field, FieldArg{true, 0, "A_NAME_LONGER_THAN_A_SMALL_STRING"});
  }
  for (std::string_view name : {"container.mount", "container.mount.dest", "container.mount.source"}) {
    out.emplace_back(FindField(name).field, FieldArg{true, 0, "/a/rather/long/pattern*that/fits[0-9]nothing?at/all"});
  }
  return out;
}

uint64_t AllocationsOf(const Event& event, Values& values) {
  const auto everything = Everything();
  uint64_t before = allocations;
  for (const auto& [field, arg] : everything) Extract(*field, arg, event, values);
  return allocations - before;
}

TEST(Extractors, AllocateNothing) {
  UserDatabase users;
  users.ParsePasswd("root:x:0:0::/root:/bin/sh\n");
  Host host("box", std::move(users));
  Process parent, process;
  parent.comm = "bash";
  process.parent = &parent;
  const std::string long_text(300, 'x');
  process.comm = process.exe = process.args = process.cmdline = long_text;
  process.cwd = "/a/rather/long/working/directory/so/that/no/small/string/hides/anything/";
  process.argc = 2;
  process.environment = parent.environment =
      std::make_shared<const Environment>(std::string_view("A_NAME_LONGER_THAN_A_SMALL_STRING=1\0B=2", 39));
  Container container;
  container.details.mounts = std::vector<ContainerMount>{{"/a/rather/long/source/x", "/destination", "", "", true}};
  container.details.labels = container.details.pod_labels = Labels{{"A_NAME_LONGER_THAN_A_SMALL_STRING", "value"}};
  process.container = &container;
  auto values = std::make_unique<Values>();
  for (const EventKindInfo& info : AllEventKinds()) {
    struct alignas(8) {
      std::byte data[1024];
    } buffer{};
    auto* header = reinterpret_cast<vd_header*>(buffer.data);
    header->kind = static_cast<uint16_t>(info.kind);
    header->size = info.fixed_size;
    Event event;
    event.header = header;
    event.process = &process;
    event.host = &host;
    event.type = TypeOf(*header);
    AllocationsOf(event, *values);  // tables are made on first use
    EXPECT_EQ(AllocationsOf(event, *values), 0u) << info.name;
  }
}

TEST(Extractors, AllocateNothingToJoinAPath) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.String(&vd_file_open::nameraw, "../../x")
      .String(&vd_file_open::base, "/home/user/with/a/long/directory")
      .Result(-2);
  open->name_flags = VD_NAME_NO_FILE;
  auto values = std::make_unique<Values>();
  AllocationsOf(open.event(), *values);
  EXPECT_EQ(AllocationsOf(open.event(), *values), 0u);
}

TEST(Extractors, AllocateNothingForSyntheticEvents) {
  auto event = SyntheticEvent::FromText("evt.type=openat fd.name=/etc/shadow evt.arg.flags=O_RDONLY proc.aname=sh");
  ASSERT_TRUE(event.ok());
  auto values = std::make_unique<Values>();
  AllocationsOf(event->event(), *values);
  EXPECT_EQ(AllocationsOf(event->event(), *values), 0u);
}

}  // namespace
}  // namespace vedette
