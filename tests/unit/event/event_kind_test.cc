// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/event_kind.h"

#include <set>

#include "gtest/gtest.h"
#include "sensor/event/syscall_table.h"

namespace vedette {
namespace {

vd_header Header(EventKind kind, uint32_t syscall) {
  vd_header h{};
  h.kind = static_cast<uint16_t>(kind);
  h.syscall_nr = syscall;
  return h;
}

TEST(EventKind, EveryKindHasANameAndTypesThatExist) {
  std::set<std::string_view> names;
  for (const EventKindInfo& info : AllEventKinds()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_GE(info.fixed_size, sizeof(vd_header));
    ASSERT_FALSE(info.types.empty()) << info.name;
    for (std::string_view type : info.types) {
      auto id = FindEventType(type);
      ASSERT_TRUE(id) << info.name << ": " << type;
      EXPECT_TRUE(KindsOfType(*id)[info.kind]) << info.name << ": " << type;
    }
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(VD_KIND_COUNT) - 1);
  EXPECT_EQ(Info(VD_KIND_FILE_OPEN).name, "file_open");
  EXPECT_EQ(Info(VD_KIND_FILE_OPEN).lane, VD_LANE_BULK);
  EXPECT_EQ(Info(VD_KIND_FILE_OPEN).fixed_size, sizeof(vd_file_open));
}

TEST(EventKind, TypesAreTheNumbersOfX86) {
  EXPECT_EQ(FindEventType("read"), 0);
  EXPECT_EQ(FindEventType("openat"), 257);
  EXPECT_EQ(FindEventType("execveat"), 322);
  EXPECT_EQ(FindEventType("openat2"), 437);
  EXPECT_EQ(FindEventType("fchmodat2"), 452);
  EXPECT_EQ(FindEventType("procexit"), 1024);
  EXPECT_EQ(FindEventType("opennat"), std::nullopt);
  EXPECT_EQ(FindEventType(""), std::nullopt);
  EXPECT_EQ(FindEventType("signaldeliver"), std::nullopt);
}

TEST(EventKind, UmountIsFalcosOtherNameOfUmount2) {
  EXPECT_EQ(FindEventType("umount"), FindEventType("umount2"));
  EXPECT_EQ(EventTypeName(166), "umount2");
}

TEST(EventKind, EverySystemCallIsFoundByItsName) {
  for (const SyscallName& s : AllSyscalls()) {
    EXPECT_EQ(FindEventType(s.name), s.number) << s.name;
    EXPECT_EQ(EventTypeName(s.number), s.name);
  }
  EXPECT_GT(AllSyscalls().size(), 380u);
  EXPECT_EQ(EventTypeName(400), "");
  EXPECT_EQ(EventTypeName(65535), "");
}

TEST(EventKind, ACallWithoutAnEventHasNoKind) {
  EXPECT_TRUE(KindsOfType(*FindEventType("getppid")).none());
  EXPECT_EQ(KindsOfType(*FindEventType("execve")).count(), 2u);  // process_exec and exec_failed
}

TEST(EventKind, TheTypeOfARecordIsItsSystemCallIfTheKindHasIt) {
  EXPECT_EQ(EventTypeName(TypeOf(Header(VD_KIND_FILE_OPEN, 2))), "open");
  EXPECT_EQ(EventTypeName(TypeOf(Header(VD_KIND_EXIT, VD_NO_SYSCALL))), "procexit");
}

TEST(EventKind, TheTypeOfARecordFromElsewhereIsTheKindsFirst) {
  EXPECT_EQ(EventTypeName(TypeOf(Header(VD_KIND_FILE_OPEN, VD_NO_SYSCALL))), "openat");
  EXPECT_EQ(EventTypeName(TypeOf(Header(VD_KIND_FILE_OPEN, 426))), "openat");  // io_uring_enter
  EXPECT_EQ(EventTypeName(TypeOf(Header(VD_KIND_FILE_OPEN, 1024))), "openat");
}

}  // namespace
}  // namespace vedette
