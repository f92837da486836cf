// SPDX-License-Identifier: Apache-2.0
//
// The table of fields as a whole, and what finds a field in it.
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sensor/event/event_arg.h"
#include "sensor/event/field.h"

namespace vedette {
namespace {

TEST(FieldTable, IsSortedUniqueAndDocumented) {
  std::span<const Field> fields = AllFields();
  for (size_t i = 0; i < fields.size(); ++i) {
    EXPECT_TRUE(i == 0 || fields[i - 1].name < fields[i].name) << fields[i].name;
    EXPECT_NE(fields[i].extract, nullptr) << fields[i].name;
    EXPECT_TRUE(fields[i].doc.ends_with('.') || fields[i].doc.ends_with(')')) << fields[i].name;
    EXPECT_TRUE(fields[i].kinds.any()) << fields[i].name;
  }
}

TEST(FieldTable, EveryFieldThatNoHookDecidesSaysWhatToDo) {
  for (const Field& field : AllFields()) {
    if (field.kernel.use == KernelUse::kNever) {
      EXPECT_FALSE(field.kernel.why_not.empty()) << field.name;
      EXPECT_TRUE(field.kernel.kinds.none()) << field.name;
    } else {
      EXPECT_TRUE(field.kernel.kinds.any()) << field.name;
      EXPECT_TRUE((field.kernel.kinds & ~(DecidableKinds() | KilledAfterKinds())).none()) << field.name;
      EXPECT_TRUE((field.kernel.kinds & ~field.kinds).none()) << field.name << " is decided where it has no value";
    }
  }
}

TEST(FieldTable, HasEveryFieldOfFalcosStockRules) {
  for (std::string_view name : {"container.id",
                                "container.image.repository",
                                "container.privileged",
                                "container.start_ts",
                                "evt.arg.domain",
                                "evt.arg.flags",
                                "evt.arg.linkpath",
                                "evt.arg.newpath",
                                "evt.arg.oldpath",
                                "evt.arg.request",
                                "evt.arg.target",
                                "evt.args",
                                "evt.hostname",
                                "evt.is_open_read",
                                "evt.is_open_write",
                                "evt.num",
                                "evt.rawres",
                                "evt.res",
                                "evt.type",
                                "evt.dir",
                                "fd.connected",
                                "fd.directory",
                                "fd.filename",
                                "fd.ip",
                                "fd.l4proto",
                                "fd.lport",
                                "fd.name",
                                "fd.name_changed",
                                "fd.nameraw",
                                "fd.net",
                                "fd.num",
                                "fd.rport",
                                "fd.sip",
                                "fd.sip.name",
                                "fd.snet",
                                "fd.sport",
                                "fd.type",
                                "fd.typechar",
                                "group.gid",
                                "group.name",
                                "k8s.ns.name",
                                "k8s.pod.name",
                                "proc.aexepath[2]",
                                "proc.aname",
                                "proc.aname[7]",
                                "proc.args",
                                "proc.cmdline",
                                "proc.cwd",
                                "proc.duration",
                                "proc.exe",
                                "proc.exe_ino.ctime",
                                "proc.exe_ino.ctime_duration_proc_start",
                                "proc.exe_ino.mtime",
                                "proc.exepath",
                                "proc.is_exe_from_memfd",
                                "proc.is_exe_upper_layer",
                                "proc.is_vpgid_leader",
                                "proc.name",
                                "proc.pcmdline",
                                "proc.pexe",
                                "proc.pexepath",
                                "proc.pname",
                                "proc.ppid.duration",
                                "proc.sname",
                                "proc.tty",
                                "proc.vpgid.exe",
                                "proc.vpgid.name",
                                "thread.cap_effective",
                                "user.loginname",
                                "user.loginuid",
                                "user.name",
                                "user.uid"}) {
    EXPECT_NE(FindField(name).field, nullptr) << name;
  }
}

TEST(FieldTable, WhatIsUnsupportedIsNoField) {
  std::set<std::string_view> seen;
  for (const UnsupportedField& u : UnsupportedFields()) {
    EXPECT_TRUE(seen.insert(u.name).second) << u.name;
    EXPECT_FALSE(u.reason.empty()) << u.name;
    FieldMatch match = FindField(u.name);
    EXPECT_TRUE(match.field == nullptr || !match.rest.empty()) << u.name;
  }
}

TEST(FindField, TakesTheLongestPrefix) {
  EXPECT_EQ(FindField("proc.exe_ino.ctime").field->name, "proc.exe_ino.ctime");
  EXPECT_EQ(FindField("proc.exe_ino.ctime").rest, "");
  EXPECT_EQ(FindField("evt.arg.flags").field->name, "evt.arg");
  EXPECT_EQ(FindField("evt.arg.flags").rest, ".flags");
  EXPECT_EQ(FindField("evt.arg[1]").rest, "[1]");
  EXPECT_EQ(FindField("proc.aname[2]").field->name, "proc.aname");
  EXPECT_EQ(FindField("container.mount.dest[/proc*]").rest, "[/proc*]");
}

TEST(FindField, FindsNothingElse) {
  for (std::string_view name :
       {"", ".", "[", "fd", "fd.", "fd.nam", "fd.names", "proc", "evt", "PROC.NAME", "..", "a[b]"}) {
    EXPECT_EQ(FindField(name).field, nullptr) << name;
  }
}

TEST(NearestFieldName, FindsTheOneThatWasMeant) {
  EXPECT_EQ(NearestFieldName("proc.nmae"), "proc.name");
  EXPECT_EQ(NearestFieldName("fd.sports"), "fd.sport");
  EXPECT_EQ(NearestFieldName("proc.exe_path"), "proc.exepath");
  EXPECT_EQ(NearestFieldName("completely.unlike.anything"), "");
  EXPECT_EQ(NearestFieldName(std::string(500, 'x')), "");
}

TEST(EventArgs, TheirNamesAreKnownToTheTypeChecker) {
  EXPECT_TRUE(IsEventArgName("flags"));
  EXPECT_TRUE(IsEventArgName("vm_rss"));  // Falco's, which Vedette does not capture
  EXPECT_FALSE(IsEventArgName("flgas"));
  EXPECT_EQ(NearestEventArgName("flgas"), "flags");
}

TEST(EventArgs, EveryArgumentBelongsToATypeOfItsKind) {
  for (const EventArg& arg : AllEventArgs()) {
    for (const EventKindInfo& info : AllEventKinds()) {
      if (!arg.kinds[info.kind] || arg.name == "res") continue;
      bool found = false;
      for (std::string_view type : info.types) {
        std::span<const std::string_view> names = ArgNamesOfType(*FindEventType(type));
        found = found || std::find(names.begin(), names.end(), arg.name) != names.end();
      }
      EXPECT_TRUE(found) << arg.name << " of " << info.name << " cannot be reached by any type";
    }
  }
}

TEST(EventArgs, NoKindHasTwoOfAName) {
  for (const EventArg& arg : AllEventArgs()) {
    for (int k = 1; k < VD_KIND_COUNT; ++k) {
      if (!arg.kinds[k]) continue;
      EXPECT_EQ(FindEventArg(arg.name, static_cast<EventKind>(k)), &arg) << arg.name << " of " << k;
    }
  }
}

}  // namespace
}  // namespace vedette
