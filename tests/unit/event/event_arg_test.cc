// SPDX-License-Identifier: Apache-2.0
//
// evt.arg and evt.args: texts as Falco prints them.
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "gtest/gtest.h"
#include "sensor/event/host.h"
#include "tests/unit/event/field_values.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

TEST(EvtArg, OfAnOpenIsByNameOrByNumber) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Path(&vd_file_open::file, "/etc/shadow").Result(3).Syscall("openat");
  open->open_flags = O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC;
  open->create_mode = 0644;
  open->dirfd = AT_FDCWD;
  Event e = open.event();
  EXPECT_EQ(Get(e, "evt.arg.flags"), "O_TRUNC|O_CREAT|O_WRONLY|O_CLOEXEC");
  EXPECT_EQ(Get(e, "evt.arg[flags]"), "O_TRUNC|O_CREAT|O_WRONLY|O_CLOEXEC");
  EXPECT_EQ(Get(e, "evt.arg[3]"), "O_TRUNC|O_CREAT|O_WRONLY|O_CLOEXEC");
  EXPECT_EQ(Get(e, "evt.arg[0]"), "3");
  EXPECT_EQ(Get(e, "evt.arg.name"), "/etc/shadow");
  EXPECT_EQ(Get(e, "evt.arg.mode"), "0644");
  EXPECT_EQ(Get(e, "evt.args"),
            "fd=3 dirfd=AT_FDCWD name=/etc/shadow flags=O_TRUNC|O_CREAT|O_WRONLY|O_CLOEXEC mode=0644 dev=0 ino=0");
}

TEST(EvtArg, ThatTheEventDoesNotHaveIsNull) {
  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open.Syscall("openat");
  for (std::string_view field :
       {"evt.arg.request", "evt.arg[99]", "evt.arg[18446744073709551616]", "evt.arg.path", "evt.arg.resolve"}) {
    EXPECT_EQ(Get(open.event(), field), "<NULL>") << field;
  }
}

TEST(EvtArg, OfASocketIsTheFamilyByName) {
  RecordBuilder<vd_socket> socket(VD_KIND_SOCKET);
  socket->family = AF_PACKET;
  socket->type = SOCK_RAW;
  socket->protocol = 768;
  EXPECT_EQ(Get(socket.event(), "evt.arg.domain"), "AF_PACKET");
  EXPECT_EQ(Get(socket.event(), "evt.arg.type"), "3");
  EXPECT_EQ(Get(socket.event(), "evt.arg.proto"), "768");
  socket->family = 200;
  EXPECT_EQ(Get(socket.event(), "evt.arg.domain"), "200");
}

TEST(EvtArg, OfMkdirIsThePath) {
  RecordBuilder<vd_path_change> mkdir(VD_KIND_FILE_MKDIR);
  mkdir.Path(&vd_path_change::file, "/usr/bin/new").Result(0).Syscall("mkdirat");
  mkdir->mode = 0755;
  EXPECT_EQ(Get(mkdir.event(), "evt.arg.path"), "/usr/bin/new");
  EXPECT_EQ(Get(mkdir.event(), "fs.path.name"), "/usr/bin/new");
  EXPECT_EQ(Get(mkdir.event(), "evt.args"), "res=0 path=/usr/bin/new mode=0755");
}

// As the kind that the call is, at its end.
Event OfCall(RecordBuilder<vd_call>& call, std::string_view name, std::initializer_list<uint64_t> args) {
  const EventKinds kinds = KindsOfType(FindEventType(name).value());
  for (uint16_t kind = 1; kind < VD_KIND_COUNT; ++kind) {
    if (kinds[kind]) call->h.kind = kind;
  }
  call.Syscall(name);
  std::copy(args.begin(), args.end(), call->args);
  return call.event();
}

TEST(EvtArg, OfACallWithoutARecordOfItsOwnIsWhatItsRegistersMean) {
  RecordBuilder<vd_call> call(VD_KIND_SYSCALL);
  call.Result(0);
  EXPECT_EQ(Get(OfCall(call, "prctl", {38, 1}), "evt.args"), "res=0 option=PR_SET_NO_NEW_PRIVS arg2_int=1");
  EXPECT_EQ(Get(OfCall(call, "prctl", {9999, 0}), "evt.arg.option"), "9999");
  // what the caller leaves above 32 bits is not the kernel's
  EXPECT_EQ(Get(OfCall(call, "ioctl", {3, 0x77'0000'5412, 0x77'0000'0000}), "evt.args"),
            "res=0 fd=3 request=5412 argument=7700000000");
  EXPECT_EQ(Get(OfCall(call, "kill", {0xffffffff, 9}), "evt.args"), "res=0 pid=-1 sig=SIGKILL");
  EXPECT_EQ(Get(OfCall(call, "tgkill", {7, 8, 0xdead00000000000f}), "evt.args"), "res=0 pid=7 tid=8 sig=SIGTERM");
  EXPECT_EQ(Get(OfCall(call, "mprotect", {0x7f00, 4096, 7}), "evt.args"),
            "res=0 addr=7F00 length=4096 prot=PROT_READ|PROT_WRITE|PROT_EXEC");
  EXPECT_EQ(Get(OfCall(call, "mprotect", {0, 0, 0}), "evt.args"), "res=0 addr=0 length=0 prot=PROT_NONE");
  EXPECT_EQ(Get(OfCall(call, "quotactl", {0x80000700, 0, 5}), "evt.args"), "res=0 cmd=Q_GETQUOTA type=USRQUOTA id=5");
  EXPECT_EQ(Get(OfCall(call, "keyctl", {11}), "evt.args"), "ID=keyctl nativeID=250 res=0 operation=KEYCTL_READ");
  EXPECT_EQ(Get(OfCall(call, "setsid", {}), "evt.args"), "res=0");
}

TEST(EvtArg, OfACallIsNotThatOfAnother) {
  RecordBuilder<vd_call> call(VD_KIND_SYSCALL);
  EXPECT_EQ(Get(OfCall(call, "kill", {1, 2}), "evt.arg.option"), "<NULL>");
  EXPECT_EQ(Get(OfCall(call, "setsid", {1, 2}), "evt.arg.pid"), "<NULL>");
  EXPECT_EQ(Get(OfCall(call, "memfd_create", {1, 2}), "evt.arg.name"), "<NULL>");  // it could not be read
}

TEST(EvtArg, OfACallHasTheCapturedText) {
  RecordBuilder<vd_call> memfd(VD_KIND_SYSCALL);
  memfd.String(&vd_call::text, "payload").Result(4);
  EXPECT_EQ(Get(OfCall(memfd, "memfd_create", {0, 3}), "evt.args"),
            "fd=4 name=payload flags=MFD_CLOEXEC|MFD_ALLOW_SEALING");
  RecordBuilder<vd_call> chdir(VD_KIND_SYSCALL);
  chdir.String(&vd_call::text, "link").String(&vd_call::path, "/srv/real").Result(0);
  EXPECT_EQ(Get(OfCall(chdir, "chdir", {}), "evt.arg.path"), "/srv/real");
}

TEST(EvtArg, OfACallIsNotThereWhereTheOperationWasNoCall) {
  RecordBuilder<vd_file_call> by_uring(VD_KIND_FILE_XATTR);
  EXPECT_EQ(Get(by_uring.event(), "evt.type"), "setxattr");
  EXPECT_EQ(Get(by_uring.event(), "evt.arg.size"), "<NULL>");
}

TEST(EvtArg, OfASignalIsWhatTheHookWasTold) {
  RecordBuilder<vd_signal> signal(VD_KIND_SIGNAL);
  signal->target_pid = 7;
  signal->signal = 9;
  EXPECT_EQ(Get(signal.event(), "evt.arg.sig"), "SIGKILL");
  EXPECT_EQ(Get(signal.event(), "signal.target.pid"), "7");
  EXPECT_EQ(Get(signal.event(), "signal.same_container"), "false");
  RecordBuilder<vd_signal> failed(VD_KIND_SIGNAL);
  failed.Syscall("kill").Result(-ESRCH);
  failed->call.args[1] = 10;
  EXPECT_EQ(Get(failed.event(), "evt.arg.sig"), "SIGUSR1");
  EXPECT_EQ(Get(failed.event(), "signal.target.pid"), "<NULL>");
  EXPECT_EQ(Get(failed.event(), "signal.same_container"), "<NULL>");
}

TEST(EvtArg, OfPtraceIsTheRequestByName) {
  RecordBuilder<vd_ptrace> ptrace(VD_KIND_PTRACE);
  ptrace.Syscall("ptrace");
  ptrace->target_pid = 1;
  for (auto [request, name] : {std::pair{16u, "PTRACE_ATTACH"},
                               {4u, "PTRACE_POKETEXT"},
                               {5u, "PTRACE_POKEDATA"},
                               {0x4206u, "PTRACE_SEIZE"},
                               {13u, "PTRACE_SETREGS"},
                               {0u, "PTRACE_TRACEME"}}) {
    ptrace->request = request;
    EXPECT_EQ(Get(ptrace.event(), "evt.arg.request"), name);
  }
  ptrace->request = ~0ULL;
  EXPECT_EQ(Get(ptrace.event(), "evt.arg.request"), "<NULL>");
  EXPECT_EQ(Get(ptrace.event(), "evt.arg.pid"), "1");
  std::memcpy(ptrace->target_comm, "sixteen-bytes-xx", 16);  // not ended by NUL
  EXPECT_EQ(Get(ptrace.event(), "ptrace.target.name"), "sixteen-bytes-xx");
}

TEST(EvtArg, OfBpfIsTheCommandByName) {
  RecordBuilder<vd_bpf> bpf(VD_KIND_BPF);
  bpf->cmd = 5;
  EXPECT_EQ(Get(bpf.event(), "evt.arg.cmd"), "BPF_PROG_LOAD");
  EXPECT_EQ(Get(bpf.event(), "bpf.cmd"), "BPF_PROG_LOAD");
  bpf->cmd = 999;
  EXPECT_EQ(Get(bpf.event(), "evt.arg.cmd"), "999");
}

TEST(EvtArg, OfNamespacesAndClonesAreTheirFlags) {
  RecordBuilder<vd_namespace> unshare(VD_KIND_UNSHARE);
  unshare->flags = 0x10000000 | 0x00020000;
  unshare->fd = -1;
  EXPECT_EQ(Get(unshare.event(), "evt.arg.flags"), "CLONE_NEWNS|CLONE_NEWUSER");
  RecordBuilder<vd_fork> clone(VD_KIND_FORK);
  clone.Syscall("clone");
  clone->clone_flags = 0x00000100 | 0x00004000 | 17;
  EXPECT_EQ(Get(clone.event(), "evt.arg.flags"), "CLONE_VM|CLONE_VFORK");
}

TEST(EvtArg, OfChmodAreThePermissionsByName) {
  RecordBuilder<vd_path_change> chmod(VD_KIND_FILE_CHMOD);
  chmod.Path(&vd_path_change::file, "/bin/sh").Syscall("chmod");
  chmod->mode = 06751;
  EXPECT_EQ(Get(chmod.event(), "evt.arg.mode"), "S_IXOTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISGID|S_ISUID");
  EXPECT_EQ(Get(chmod.event(), "evt.arg.filename"), "/bin/sh");
  chmod->mode = 0;
  EXPECT_EQ(Get(chmod.event(), "evt.arg.mode"), "0");
}

TEST(EvtArg, OfChownAreNames) {
  UserDatabase users;
  users.ParsePasswd("root:x:0:0::/root:/bin/sh\n");
  Host host("box", std::move(users));
  RecordBuilder<vd_path_change> chown(VD_KIND_FILE_CHOWN);
  chown.Syscall("chown");
  chown->uid = 0;
  chown->gid = 0xffffffff;
  Event e = chown.event();
  e.host = &host;
  EXPECT_EQ(Get(e, "evt.arg.uid"), "root");
  EXPECT_EQ(Get(e, "evt.arg.gid"), "-1");
  chown->uid = 777;
  EXPECT_EQ(Get(e, "evt.arg.uid"), "777");
}

TEST(EvtArg, OfAnExecAreTheFlagsOfItsFile) {
  RecordBuilder<vd_exec> exec(VD_KIND_EXEC);
  exec.Syscall("execve").String(&vd_exec::filename, "./x");
  exec->exe_flags = VD_EXE_WRITABLE | VD_EXE_UPPER_LAYER;
  EXPECT_EQ(Get(exec.event(), "evt.arg.flags"), "EXE_WRITABLE|EXE_UPPER_LAYER");
  EXPECT_EQ(Get(exec.event(), "evt.arg.filename"), "./x");
  EXPECT_EQ(Get(exec.event(), "evt.arg.res"), "0");
}

TEST(EvtArg, OfAnExitAreItsCodeAndSignal) {
  RecordBuilder<vd_exit> exit(VD_KIND_EXIT);
  exit->status = 9 | 0x80;
  EXPECT_EQ(Get(exit.event(), "evt.arg.sig"), "SIGKILL");
  EXPECT_EQ(Get(exit.event(), "evt.arg.core"), "1");
  EXPECT_EQ(Get(exit.event(), "evt.arg.ret"), "0");
  exit->status = 3 << 8;
  EXPECT_EQ(Get(exit.event(), "evt.arg.ret"), "3");
}

TEST(EvtArg, OfAConnectIsItsTuple) {
  RecordBuilder<vd_socket> connect(VD_KIND_CONNECT);
  connect->family = AF_INET;
  connect->remote_addr[0] = 10;
  connect->remote_addr[3] = 1;
  connect->remote_port = 80;
  connect->fd = 3;
  connect.Result(-ECONNREFUSED);
  EXPECT_EQ(Get(connect.event(), "evt.args"), "res=ECONNREFUSED tuple=0.0.0.0:0->10.0.0.1:80 fd=3 addr=10.0.0.1:80");
}

}  // namespace
}  // namespace vedette
