// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include "gtest/gtest.h"
#include "sensor/event/host.h"
#include "tests/unit/event/field_values.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

Host TestHost() {
  UserDatabase users;
  users.ParsePasswd("root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/zsh\n");
  users.ParseGroup("root:x:0:\nstaff:x:50:alice\n");
  return Host("box", std::move(users));
}

// init ← sshd ← bash ← cat, each the parent of the next.
class Family : public testing::Test {
 protected:
  Family() {
    Set(init, 1, "systemd", "/usr/lib/systemd/systemd", nullptr);
    Set(sshd, 10, "sshd", "/usr/sbin/sshd", &init);
    Set(bash, 20, "bash", "/usr/bin/bash", &sshd);
    Set(cat, 30, "cat", "/usr/bin/cat", &bash);
    cat.args = "/etc/shadow -n";
    cat.cmdline = "cat /etc/shadow -n";
    cat.argv = {"cat", "/etc/shadow", "-n"};
    cat.cwd = "/root/";
    record.header().pid = record.header().tid = 30;
  }
  static void Set(Process& p, uint32_t pid, const char* name, const char* path, Process* parent) {
    p.exec_id = p.pid = p.vpid = pid;
    p.ppid = parent == nullptr ? 0 : parent->pid;
    p.comm = p.exe = p.cmdline = name;
    p.exe_path = path;
    p.parent = parent;
    p.sid = p.vsid = p.pgid = p.vpgid = pid;
    p.start_boot_ns = pid * 100'000'000ULL;
  }
  std::string Of(std::string_view field) { return Get(record.event(&cat), field); }

  Process init, sshd, bash, cat;
  RecordBuilder<vd_exit> record{VD_KIND_EXIT};
};

TEST_F(Family, TheProcessItself) {
  EXPECT_EQ(Of("proc.name"), "cat");
  EXPECT_EQ(Of("proc.exe"), "cat");
  EXPECT_EQ(Of("proc.exepath"), "/usr/bin/cat");
  EXPECT_EQ(Of("proc.args"), "/etc/shadow -n");
  EXPECT_EQ(Of("proc.cmdline"), "cat /etc/shadow -n");
  EXPECT_EQ(Of("proc.exeline"), "cat /etc/shadow -n");
  EXPECT_EQ(Of("proc.cmdnargs"), "2");
  EXPECT_EQ(Of("proc.cmdlenargs"), "13");
  EXPECT_EQ(Of("proc.cwd"), "/root/");
  EXPECT_EQ(Of("proc.pid"), "30");
  EXPECT_EQ(Of("thread.tid"), "30");
  EXPECT_EQ(Of("proc.ppid"), "20");
  EXPECT_EQ(Of("proc.tty"), "0");
  EXPECT_EQ(Of("proc.duration"), "2000000000");
  EXPECT_EQ(Of("proc.ppid.duration"), "3000000000");
  EXPECT_EQ(Of("proc.pid.ts"), "1699999998000000000");
}

TEST_F(Family, TheParent) {
  EXPECT_EQ(Of("proc.pname"), "bash");
  EXPECT_EQ(Of("proc.pexe"), "bash");
  EXPECT_EQ(Of("proc.pexepath"), "/usr/bin/bash");
  EXPECT_EQ(Of("proc.pcmdline"), "bash");
}

TEST_F(Family, AncestorsByNumberCountFromTheProcess) {
  EXPECT_EQ(Of("proc.aname[0]"), "cat");
  EXPECT_EQ(Of("proc.aname[1]"), "bash");
  EXPECT_EQ(Of("proc.aname[3]"), "systemd");
  EXPECT_EQ(Of("proc.aname[4]"), "<NULL>");
  EXPECT_EQ(Of("proc.aname[4294967295]"), "<NULL>");
  EXPECT_EQ(Of("proc.aexepath[2]"), "/usr/sbin/sshd");
  EXPECT_EQ(Of("proc.apid[2]"), "10");
}

TEST_F(Family, AncestorsWithoutANumberAreAllButTheProcess) {
  EXPECT_EQ(Of("proc.aname"), "bash,sshd,systemd");
  EXPECT_EQ(Of("proc.apid"), "20,10,1");
  EXPECT_EQ(Of("proc.aexepath"), "/usr/bin/bash,/usr/sbin/sshd,/usr/lib/systemd/systemd");
  EXPECT_TRUE(FindField("proc.aname").field->any_of);
}

TEST_F(Family, AnAncestorWhoseExecutableIsNotKnownIsLeftOut) {
  sshd.exe_path.clear();
  EXPECT_EQ(Of("proc.aexepath"), "/usr/bin/bash,/usr/lib/systemd/systemd");
  EXPECT_EQ(Of("proc.aexepath[2]"), "<NULL>");
  EXPECT_EQ(Of("proc.aname[2]"), "sshd");
}

TEST_F(Family, ACircleOfAncestorsEnds) {
  init.parent = &cat;
  auto values = std::make_unique<Values>();
  Extract(*FindField("proc.aname").field, {}, record.event(&cat), *values);
  EXPECT_EQ(values->size(), Values::kMaxValues);
  EXPECT_TRUE(values->overflowed());
  EXPECT_EQ(Of("proc.loginshellid"), "20");
  EXPECT_EQ(Of("proc.sname"), "cat");
}

TEST_F(Family, SessionAndGroupLeadersAreTheOldestOfThem) {
  cat.sid = bash.sid = 20;
  cat.pgid = 30;
  EXPECT_EQ(Of("proc.sname"), "bash");
  EXPECT_EQ(Of("proc.vpgid.name"), "cat");
  EXPECT_EQ(Of("proc.is_vpgid_leader"), "true");
  cat.vpgid = 20;
  cat.pgid = bash.pgid = 20;
  EXPECT_EQ(Of("proc.vpgid.name"), "bash");
  EXPECT_EQ(Of("proc.vpgid.exe"), "bash");
  EXPECT_EQ(Of("proc.is_vpgid_leader"), "false");
}

TEST_F(Family, TheLoginShellIsTheOldestShell) {
  Process zsh;
  Set(zsh, 15, "zsh", "/usr/bin/zsh", &sshd);
  bash.parent = &zsh;
  EXPECT_EQ(Of("proc.loginshellid"), "15");
}

TEST_F(Family, WithoutAProcessEverythingOfItIsNull) {
  for (std::string_view field :
       {"proc.name", "proc.exepath", "proc.cmdline", "proc.args", "proc.pname", "proc.aname", "proc.aname[0]",
        "proc.cwd", "proc.tty", "proc.sname", "proc.duration", "thread.cap_effective", "proc.is_exe_upper_layer",
        "group.gid", "user.loginuid", "proc.exe_ino"}) {
    EXPECT_EQ(Get(record.event(), field), "<NULL>") << field;
  }
  EXPECT_EQ(Get(record.event(), "proc.pid"), "30");
}

TEST_F(Family, AnEmptyStringIsNotNull) {
  cat.args.clear();
  EXPECT_EQ(Of("proc.args"), "");
  cat.exe_path.clear();
  EXPECT_EQ(Of("proc.exepath"), "<NULL>");  // not known, which is something else
}

TEST_F(Family, TheExecutableTellsWhereItComesFrom) {
  cat.exe_file = {
      .ino = 5, .dev = 1, .ctime_ns = 1'699'999'990'000'000'000, .mtime_ns = 7, .flags = VD_EXE_UPPER_LAYER};
  EXPECT_EQ(Of("proc.is_exe_upper_layer"), "true");
  EXPECT_EQ(Of("proc.is_exe_from_memfd"), "false");
  EXPECT_EQ(Of("proc.exe_ino"), "5");
  EXPECT_EQ(Of("proc.exe_ino.mtime"), "7");
  EXPECT_EQ(Of("proc.exe_ino.ctime_duration_proc_start"), "8000000000");
  cat.exe_file.ino = 0;
  EXPECT_EQ(Of("proc.exe_ino.ctime"), "<NULL>");
}

TEST_F(Family, CapabilitiesAreNames) {
  cat.creds.cap_effective = 1 << 0 | 1 << 21 | 1ULL << 39;
  EXPECT_EQ(Of("thread.cap_effective"), "CAP_CHOWN CAP_SYS_ADMIN CAP_BPF");
  EXPECT_EQ(Of("thread.cap_permitted"), "");
}

TEST_F(Family, UsersHaveNamesFromTheHost) {
  Host host = TestHost();
  record.header().uid = 1000;
  cat.creds.loginuid = 0;
  cat.creds.egid = 50;
  Event e = record.event(&cat);
  e.host = &host;
  EXPECT_EQ(Get(e, "user.uid"), "1000");
  EXPECT_EQ(Get(e, "user.name"), "alice");
  EXPECT_EQ(Get(e, "user.homedir"), "/home/alice");
  EXPECT_EQ(Get(e, "user.shell"), "/bin/zsh");
  EXPECT_EQ(Get(e, "user.loginuid"), "0");
  EXPECT_EQ(Get(e, "user.loginname"), "root");
  EXPECT_EQ(Get(e, "group.gid"), "50");
  EXPECT_EQ(Get(e, "group.name"), "staff");
}

TEST_F(Family, AUserWithoutANameIsTheStringNA) {
  Host host = TestHost();
  record.header().uid = 4242;
  cat.creds.loginuid = 0xffffffff;
  cat.creds.egid = 4242;
  Event e = record.event(&cat);
  e.host = &host;
  for (std::string_view field : {"user.name", "user.loginname", "user.shell", "user.homedir", "group.name"}) {
    EXPECT_EQ(Get(e, field), "<NA>") << field;
    EXPECT_EQ(Of(field), "<NA>") << field << " without a host";
  }
  EXPECT_EQ(Get(e, "user.loginuid"), "-1");
}

TEST_F(Family, OnTheHostTheContainerIsHost) {
  EXPECT_EQ(Of("container.id"), "host");
  EXPECT_EQ(Of("container.name"), "host");
  EXPECT_EQ(Of("container.image.repository"), "<NULL>");
  EXPECT_EQ(Of("container.privileged"), "<NULL>");
  EXPECT_EQ(Of("k8s.pod.name"), "<NULL>");
  EXPECT_EQ(Get(record.event(), "container.id"), "host");
}

TEST_F(Family, InAContainerItHasAnIdEvenBeforeItsMetadata) {
  Container container;
  container.id = "0123456789ab";
  cat.container = &container;
  EXPECT_EQ(Of("container.id"), "0123456789ab");
  EXPECT_EQ(Of("container.name"), "<NULL>");
  EXPECT_EQ(Of("container.image.repository"), "<NULL>");
  container.image_repository = "nginx";
  container.privileged = Container::Privileged::kYes;
  container.pod_namespace = "prod";
  EXPECT_EQ(Of("container.image.repository"), "nginx");
  EXPECT_EQ(Of("container.privileged"), "true");
  EXPECT_EQ(Of("k8s.ns.name"), "prod");
}

// `container.id != host` must hold for it, as it does in the kernel.
TEST_F(Family, AnUnrecognisedContainerIsNotTheHost) {
  record.header().flags |= VD_F_CONTAINER;
  EXPECT_EQ(Of("container.id"), "unknown");
  EXPECT_EQ(Of("container.name"), "<NULL>");
  EXPECT_EQ(Get(record.event(), "container.id"), "unknown");
}

TEST_F(Family, AFailedExecDescribesTheCaller) {
  RecordBuilder<vd_exec_failed> failed(VD_KIND_EXEC_FAILED);
  failed.Path(&vd_exec_failed::exe, "/tmp/x")
      .String(&vd_exec_failed::filename, "./x")
      .Result(-EACCES)
      .Syscall("execve");
  Event e = failed.event(&cat);
  EXPECT_EQ(Get(e, "evt.type"), "execve");
  EXPECT_EQ(Get(e, "evt.res"), "EACCES");
  EXPECT_EQ(Get(e, "proc.exepath"), "/usr/bin/cat");
  EXPECT_EQ(Get(e, "proc.name"), "cat");
  EXPECT_EQ(Get(e, "exec.path"), "/tmp/x");
  EXPECT_EQ(Get(e, "exec.nameraw"), "./x");
}

// What the kernel compared is the file about to run; the user-space match must see the same.
TEST_F(Family, ARefusedExecDescribesTheFileThatWasRefused) {
  RecordBuilder<vd_exec_failed> refused(VD_KIND_EXEC_FAILED);
  refused.Path(&vd_exec_failed::exe, "/tmp/longer-than-a-name")
      .String(&vd_exec_failed::filename, "./longer-than-a-name");
  refused.header().verdict = VD_VERDICT_DENY;
  refused->exe_flags = VD_EXE_MEMFD;
  Event e = refused.event(&cat);
  EXPECT_EQ(Get(e, "proc.exepath"), "/tmp/longer-than-a-name");
  EXPECT_EQ(Get(e, "proc.name"), "longer-than-a-n");
  EXPECT_EQ(Get(e, "proc.is_exe_from_memfd"), "true");
  EXPECT_EQ(Get(e, "proc.pname"), "bash");
  EXPECT_EQ(Get(e, "evt.res"), "EPERM");
}

}  // namespace
}  // namespace vedette
