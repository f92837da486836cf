// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/synthetic.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/unit/event/field_values.h"

namespace vedette {
namespace {

std::string ErrorOf(std::string_view json) {
  absl::StatusOr<SyntheticEvent> event = SyntheticEvent::FromJson(json);
  return event.ok() ? "no error" : std::string(event.status().message());
}

TEST(SyntheticEvent, OfJsonAnswersWhatItHolds) {
  auto event = SyntheticEvent::FromJson(
      R"({"evt.type": "openat", "evt.num": 7, "evt.rawres": 3, "fd.name": "/etc/shadow", "fd.num": 3,
          "evt.is_open_read": true, "proc.aname": ["bash", "sshd"], "evt.arg.flags": "O_RDONLY", "user.uid": 0,
          "container.id": "0123456789ab", "fd.sip": "10.0.0.1", "proc.cwd": null})");
  ASSERT_TRUE(event.ok()) << event.status();
  Event e = event->event();
  EXPECT_EQ(e.kind(), VD_KIND_FILE_OPEN);
  EXPECT_EQ(e.number, 7u);
  EXPECT_TRUE(e.has_result());
  EXPECT_NE(e.header->flags & VD_F_CONTAINER, 0);
  EXPECT_EQ(Get(e, "evt.type"), "openat");
  EXPECT_EQ(Get(e, "evt.res"), "SUCCESS");
  EXPECT_EQ(Get(e, "evt.dir"), "<");
  EXPECT_EQ(Get(e, "fd.name"), "/etc/shadow");
  EXPECT_EQ(Get(e, "fd.num"), "3");
  EXPECT_EQ(Get(e, "evt.is_open_read"), "true");
  EXPECT_EQ(Get(e, "proc.aname"), "bash,sshd");
  EXPECT_EQ(Get(e, "proc.aname[2]"), "sshd");
  EXPECT_EQ(Get(e, "proc.aname[3]"), "<NULL>");
  EXPECT_EQ(Get(e, "evt.arg.flags"), "O_RDONLY");
  EXPECT_EQ(Get(e, "evt.arg[flags]"), "O_RDONLY");
  EXPECT_EQ(Get(e, "fd.sip"), "10.0.0.1");
}

TEST(SyntheticEvent, WhatItDoesNotHoldIsNull) {
  auto event = SyntheticEvent::FromText("evt.type=execve proc.name=sh");
  ASSERT_TRUE(event.ok()) << event.status();
  for (std::string_view field : {"fd.name", "evt.res", "evt.rawres", "user.uid", "container.id", "user.name",
                                 "evt.is_open_read", "proc.pname", "evt.args"}) {
    EXPECT_EQ(Get(event->event(), field), "<NULL>") << field;
  }
}

TEST(SyntheticEvent, EveryFieldCanBeAskedOfIt) {
  auto event = SyntheticEvent::FromText("evt.type=connect");
  ASSERT_TRUE(event.ok());
  for (const Field& field : AllFields()) Get(event->event(), field.name);
}

TEST(SyntheticEvent, OfTextQuotesItsValues) {
  auto event = SyntheticEvent::FromText(
      "evt.type=openat proc.cmdline='cat /etc/shadow'  fd.num=3 proc.args=\"it's\" fd.nameraw=''");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(Get(event->event(), "proc.cmdline"), "cat /etc/shadow");
  EXPECT_EQ(Get(event->event(), "fd.num"), "3");
  EXPECT_EQ(Get(event->event(), "proc.args"), "it's");
  EXPECT_EQ(Get(event->event(), "fd.nameraw"), "");
}

TEST(SyntheticEvent, TimeIsInNanoseconds) {
  auto event = SyntheticEvent::FromJson(R"({"evt.type": "openat", "evt.time": 1700000000000000042})");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->event().time_ns, 1700000000000000042);
  EXPECT_EQ(Get(event->event(), "evt.time.iso8601"), "2023-11-14T22:13:20.000000042+0000");
}

TEST(SyntheticEvent, TheKindIsTheFirstOfTheTypeUnlessItIsChosen) {
  EXPECT_EQ(SyntheticEvent::FromText("evt.type=execve")->event().kind(), VD_KIND_EXEC);
  EXPECT_EQ(SyntheticEvent::FromText("evt.type=execve kind=exec_failed")->event().kind(), VD_KIND_EXEC_FAILED);
  EXPECT_EQ(SyntheticEvent::FromText("evt.type=execve evt.hook=exec_failed")->event().kind(), VD_KIND_EXEC_FAILED);
  EXPECT_EQ(SyntheticEvent::FromText("evt.type=getppid")->event().kind(), VD_KIND_NONE);
  EXPECT_FALSE(SyntheticEvent::FromText("evt.type=execve kind=mount").ok());
}

TEST(SyntheticEvent, AnErrorNamesTheField) {
  EXPECT_EQ(ErrorOf(R"({"fd.name": "/x"})"), "evt.type is missing: every event needs it, as in \"openat\"");
  EXPECT_EQ(ErrorOf(R"({"evt.type": "opennat"})"), "evt.type: there is no system call \"opennat\"");
  EXPECT_EQ(ErrorOf(R"({"evt.type": "open", "fd.nmae": "x"})"),
            "fd.nmae: there is no such field; did you mean fd.name?");
  EXPECT_EQ(ErrorOf(R"({"evt.type": "open", "fd.num": "3"})"), "fd.num: \"3\" must not be quoted");
  EXPECT_EQ(ErrorOf(R"({"evt.type": "open", "fd.name": 3})"), "fd.name: the value must be a string");
  EXPECT_EQ(ErrorOf(R"({"evt.type": "open", "fd.num": 3.5})"), "fd.num: the number is not a whole one of 64 bits");
  EXPECT_EQ(ErrorOf(R"({"evt.type": "open", "fd.sip": "host"})"), "fd.sip: \"host\" is not an IP address");
  EXPECT_EQ(ErrorOf(R"({"evt.type": "open", "fd.name": ["a", "b"]})"), "fd.name: the field has one value only");
  EXPECT_EQ(ErrorOf(R"({"evt.type": "open", "fd.name.x": "a"})"), "fd.name.x: the field fd.name takes no argument");
  EXPECT_EQ(ErrorOf(R"({"evt.type": "open", "proc.aname[x]": "a"})"),
            "proc.aname[x]: the argument of proc.aname is a number, as in proc.aname[1]");
}

TEST(SyntheticEvent, WhatIsNoObjectOfScalarsIsRefused) {
  for (std::string_view json :
       {"", "[", "[]", "3", "{\"evt.type\":", R"({"evt.type": {"a": 1}})", "\xff\xfe",
        R"({"evt.type": "open", "fd.num": 99999999999999999999})", R"({"evt.type": "open", "proc.aname": [["a"]]})"}) {
    EXPECT_NE(ErrorOf(json), "no error") << json;
  }
  EXPECT_NE(ErrorOf(std::string(100000, '[')), "no error");
  EXPECT_NE(ErrorOf(std::string(SyntheticEvent::kMaxText + 1, ' ')), "no error");
}

TEST(SyntheticEvent, AnArgumentMayBeANumber) {
  auto event = SyntheticEvent::FromJson(R"({"evt.type": "bpf", "evt.arg.cmd": 5})");
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(Get(event->event(), "evt.arg.cmd"), "5");
}

}  // namespace
}  // namespace vedette
