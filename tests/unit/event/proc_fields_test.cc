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
    cat.argc = 3;
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
  static std::shared_ptr<const Environment> Env(std::initializer_list<std::string_view> variables) {
    std::string bytes;
    for (std::string_view v : variables) bytes.append(v).push_back('\0');
    return std::make_shared<const Environment>(bytes);
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

TEST_F(Family, TheEnvironmentIsJoinedByBlanks) {
  EXPECT_EQ(Of("proc.env"), "<NULL>");
  EXPECT_EQ(Of("proc.env[HOME]"), "<NULL>");
  cat.environment = Env({"SHELL=/bin/bash", "SHELL_NEW=/bin/sh", "EMPTY=", "NOT A VARIABLE", "HOME=/root", "HOME=/2"});
  EXPECT_EQ(Of("proc.env"), "SHELL=/bin/bash SHELL_NEW=/bin/sh EMPTY= NOT A VARIABLE HOME=/root HOME=/2");
  EXPECT_EQ(Of("proc.env[SHELL]"), "/bin/bash");
  EXPECT_EQ(Of("proc.env[SHELL_NEW]"), "/bin/sh");
  EXPECT_EQ(Of("proc.env[HOME]"), "/root");
  EXPECT_EQ(Of("proc.env[EMPTY]"), "");
  EXPECT_EQ(Of("proc.env[HOM]"), "");
  EXPECT_EQ(Of("proc.env[NOT]"), "");
}

TEST_F(Family, AnEmptyEnvironmentIsNotNull) {
  cat.environment = Env({});
  EXPECT_EQ(Of("proc.env"), "");
  EXPECT_EQ(Of("proc.env[HOME]"), "");
}

TEST_F(Family, AnEnvironmentThatWasCutKeepsItsLastVariable) {
  cat.environment = std::make_shared<const Environment>(std::string_view("A=1\0B=2", 7));
  EXPECT_EQ(Of("proc.env"), "A=1 B=2");
  EXPECT_EQ(Of("proc.env[B]"), "2");
}

TEST_F(Family, TheEnvironmentOfAncestors) {
  cat.environment = Env({"HOME=/root", "OWN=x"});
  bash.environment = Env({"HOME=/root/parent", "EMPTY="});
  init.environment = Env({"SECRET=yes", "EMPTY=no"});
  EXPECT_EQ(Of("proc.aenv"), "HOME=/root/parent EMPTY=,SECRET=yes EMPTY=no");  // sshd's is not known
  EXPECT_EQ(Of("proc.aenv[0]"), "HOME=/root OWN=x");
  EXPECT_EQ(Of("proc.aenv[1]"), "HOME=/root/parent EMPTY=");
  EXPECT_EQ(Of("proc.aenv[2]"), "<NULL>");
  EXPECT_EQ(Of("proc.aenv[9]"), "<NULL>");
  EXPECT_EQ(Of("proc.aenv[HOME]"), "/root/parent");
  EXPECT_EQ(Of("proc.aenv[SECRET]"), "yes");
  EXPECT_EQ(Of("proc.aenv[EMPTY]"), "no");
  EXPECT_EQ(Of("proc.aenv[OWN]"), "");
  EXPECT_TRUE(FindField("proc.aenv").field->any_of);
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
  sshd.exe_path = {};
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
  cat.args = {};
  EXPECT_EQ(Of("proc.args"), "");
  cat.exe_path = {};
  EXPECT_EQ(Of("proc.exepath"), "<NULL>");  // not known, which is something else
}

TEST_F(Family, TheExecutableTellsWhereItComesFrom) {
  cat.exe_file = {
      .ino = 5, .dev = 1, .ctime_ns = 1'699'999'990'000'000'000, .mtime_ns = 7, .flags = VD_EXE_UPPER_LAYER};
  EXPECT_EQ(Of("proc.is_exe_upper_layer"), "true");
  EXPECT_EQ(Of("proc.is_exe_lower_layer"), "false");
  EXPECT_EQ(Of("proc.is_exe_from_memfd"), "false");
  EXPECT_EQ(Of("proc.exe_ino"), "5");
  EXPECT_EQ(Of("proc.exe_ino.mtime"), "7");
  EXPECT_EQ(Of("proc.exe_ino.ctime_duration_proc_start"), "8000000000");
  cat.exe_file.flags = VD_EXE_LOWER_LAYER;
  EXPECT_EQ(Of("proc.is_exe_lower_layer"), "true");
  EXPECT_EQ(Of("proc.is_exe_upper_layer"), "false");
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

TEST_F(Family, MountsOfAContainerAreFoundByNumberAndByPattern) {
  Container c;
  c.details.mounts = std::vector<ContainerMount>{{"/proc", "/host/proc", "ro", "rprivate", false},
                                                 {"/var/lib/data", "/data", "", "rslave", true},
                                                 {"/proc/sys", "/sys2", "", "", true}};
  cat.container = &c;
  EXPECT_EQ(Of("container.mounts"),
            "/proc:/host/proc:ro:false:rprivate,/var/lib/data:/data::true:rslave,/proc/sys:/sys2::true:");
  EXPECT_EQ(Of("container.mount[1]"), "/var/lib/data:/data::true:rslave");
  EXPECT_EQ(Of("container.mount[/var/*]"), "/var/lib/data:/data::true:rslave");
  EXPECT_EQ(Of("container.mount.dest[/proc*]"), "/host/proc");  // the first that fits
  EXPECT_EQ(Of("container.mount.dest[/proc/*]"), "/sys2");
  EXPECT_EQ(Of("container.mount.dest[2]"), "/sys2");
  EXPECT_EQ(Of("container.mount.dest[/etc]"), "<NULL>");
  EXPECT_EQ(Of("container.mount.dest[3]"), "<NULL>");
  EXPECT_EQ(Of("container.mount.source[/da*]"), "/var/lib/data");  // keyed by the other end
  EXPECT_EQ(Of("container.mount.source[/proc]"), "<NULL>");
  EXPECT_EQ(Of("container.mount.mode[/proc]"), "ro");
  EXPECT_EQ(Of("container.mount.mode[/var/lib/data]"), "");
  EXPECT_EQ(Of("container.mount.rdwr[0]"), "false");
  EXPECT_EQ(Of("container.mount.rdwr[/var/lib/data]"), "true");
  EXPECT_EQ(Of("container.mount.propagation[/var/lib/*]"), "rslave");
}

TEST_F(Family, AContainerWithoutMountsIsNotOneWhoseMountsAreUnknown) {
  Container c;
  cat.container = &c;
  EXPECT_EQ(Of("container.mounts"), "<NULL>");
  EXPECT_EQ(Of("container.mount[0]"), "<NULL>");
  c.details.mounts.emplace();
  EXPECT_EQ(Of("container.mounts"), "");
  EXPECT_EQ(Of("container.mount[0]"), "<NULL>");
}

TEST_F(Family, LabelsOfAContainerAndOfItsPod) {
  Container c;
  c.details.labels = Labels{{"app.kubernetes.io/name", "web"}, {"empty", ""}, {"io.kubernetes.pod.name", "web-0"}};
  c.details.pod_labels = Labels{{"team", "red"}};
  cat.container = &c;
  EXPECT_EQ(Of("container.label[app.kubernetes.io/name]"), "web");
  EXPECT_EQ(Of("container.label.empty"), "");
  EXPECT_EQ(Of("container.label[app]"), "<NULL>");
  EXPECT_EQ(Of("container.label[io.kubernetes.pod.name]"), "web-0");
  EXPECT_EQ(Of("container.labels"), "app.kubernetes.io/name:web, empty");
  EXPECT_EQ(Of("k8s.pod.label.team"), "red");
  EXPECT_EQ(Of("k8s.pod.labels"), "team:red");
  EXPECT_EQ(Of("k8s.ns.label.team"), "<NULL>");
  EXPECT_EQ(Of("k8s.deployment.name"), "<NULL>");
}

TEST_F(Family, DetailsOfAContainerThatTheRuntimeDoesNotTellAreNull) {
  Container c;
  cat.container = &c;
  for (std::string_view field : {"container.host_pid", "container.host_network", "container.host_ipc", "container.ip",
                                 "container.image.id", "container.labels", "container.label.x", "container.healthcheck",
                                 "k8s.pod.labels", "k8s.pod.sandbox_id", "k8s.pod.full_sandbox_id", "k8s.pod.ip"}) {
    EXPECT_EQ(Of(field), "<NULL>") << field;
  }
  c.details.host_pid = true;
  c.details.host_network = false;
  c.details.image_id = "abcd";
  c.details.healthcheck = "NONE";
  c.details.ip = "10.0.0.7";
  c.details.pod_sandbox_id = "0123456789abcdef";
  c.pod_uid = "u-1";
  EXPECT_EQ(Of("container.host_pid"), "true");
  EXPECT_EQ(Of("container.host_network"), "false");
  EXPECT_EQ(Of("container.ip"), "10.0.0.7");
  EXPECT_EQ(Of("container.image.id"), "abcd");
  EXPECT_EQ(Of("container.healthcheck"), "NONE");
  EXPECT_EQ(Of("k8s.pod.sandbox_id"), "0123456789ab");
  EXPECT_EQ(Of("k8s.pod.full_sandbox_id"), "0123456789abcdef");
  EXPECT_EQ(Of("k8s.pod.id"), "u-1");
  EXPECT_EQ(Of("k8s.pod.ip"), "10.0.0.7");
  EXPECT_EQ(Get(record.event(), "container.mounts"), "<NULL>");
}

TEST_F(Family, AHealthCheckIsTheCommandThatIsRunFromOutside) {
  Container web;
  web.details.healthcheck = "/bin/sh -c curl -f x";
  sshd.container = nullptr;  // the runtime
  bash.container = cat.container = &web;
  bash.vpid = 20;
  bash.exe = "/bin/sh";
  bash.args = "-c curl -f x";
  EXPECT_EQ(Of("proc.is_container_healthcheck"), "true");  // what it started
  EXPECT_EQ(Get(record.event(&bash), "proc.is_container_healthcheck"), "true");
  bash.args = "-c curl -f xy";
  EXPECT_EQ(Of("proc.is_container_healthcheck"), "false");
  bash.args = "-c curl -f x";
  sshd.container = &web;
  sshd.vpid = 1;  // the container's own first process runs the same command
  EXPECT_EQ(Of("proc.is_container_healthcheck"), "false");
  sshd.container = bash.container = cat.container = nullptr;
  EXPECT_EQ(Of("proc.is_container_healthcheck"), "false");
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
