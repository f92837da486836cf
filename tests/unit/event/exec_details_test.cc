// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/exec_details.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "gtest/gtest.h"
#include "tests/unit/event/field_values.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

class ExecWithStdio : public testing::Test {
 protected:
  ExecWithStdio() { exec->exe_flags = VD_EXE_HAS_DETAILS; }
  void Lead(int fd, uint32_t mode, std::string_view name) {
    exec->stdio[fd].mode = mode;
    if (!name.empty()) exec->stdio[fd].name = exec.Put(name);
  }
  void Connect(int fd, int family, const char* local, uint16_t port, const char* remote, uint16_t remote_port) {
    vd_stdio& io = exec->stdio[fd];
    io.mode = S_IFSOCK | 0777;
    io.family = static_cast<uint16_t>(family);
    inet_pton(family, local, io.local_addr);
    inet_pton(family, remote, io.remote_addr);
    io.local_port = port;
    io.remote_port = remote_port;
    io.role = VD_ROLE_CLIENT;
  }
  std::string Of(std::string_view field) {
    process.details = std::make_shared<const ExecDetails>(exec.record());
    return Get(exec.event(&process), field);
  }
  RecordBuilder<vd_exec> exec{VD_KIND_EXEC};
  Process process;
};

TEST_F(ExecWithStdio, ReadsFromWhatItWasGiven) {
  Lead(0, S_IFREG | 0644, "/tmp/script");
  Lead(1, S_IFIFO | 0600, "pipe:[4711]");
  Lead(2, S_IFCHR | 0620, "/dev/pts/3");
  EXPECT_EQ(Of("proc.stdin.type"), "file");
  EXPECT_EQ(Of("proc.stdin.name"), "/tmp/script");
  EXPECT_EQ(Of("proc.stdout.type"), "pipe");
  EXPECT_EQ(Of("proc.stdout.name"), "pipe:[4711]");
  EXPECT_EQ(Of("proc.stderr.type"), "file");
  EXPECT_EQ(Of("proc.stderr.name"), "/dev/pts/3");
}

TEST_F(ExecWithStdio, OfADirectoryAMemfdAndNothing) {
  Lead(0, S_IFDIR | 0755, "/");
  Lead(1, S_IFREG | 0777, "memfd:hidden");
  EXPECT_EQ(Of("proc.stdin.type"), "directory");
  EXPECT_EQ(Of("proc.stdout.type"), "memfd");
  EXPECT_EQ(Of("proc.stderr.type"), "<NULL>");  // closed
  EXPECT_EQ(Of("proc.stderr.name"), "<NULL>");
}

TEST_F(ExecWithStdio, OfAReverseShellIsTheConnection) {
  Connect(0, AF_INET, "10.0.0.5", 40000, "192.0.2.9", 4444);
  Connect(1, AF_INET6, "2001:db8::1", 40001, "2001:db8::2", 4444);
  Connect(2, AF_INET, "10.0.0.5", 80, "192.0.2.9", 5555);
  exec->stdio[2].role = VD_ROLE_SERVER;
  EXPECT_EQ(Of("proc.stdin.type"), "ipv4");
  EXPECT_EQ(Of("proc.stdin.name"), "10.0.0.5:40000->192.0.2.9:4444");
  EXPECT_EQ(Of("proc.stdout.type"), "ipv6");
  EXPECT_EQ(Of("proc.stdout.name"), "2001:db8::1:40001->2001:db8::2:4444");
  EXPECT_EQ(Of("proc.stderr.name"), "192.0.2.9:5555->10.0.0.5:80");  // it was accepted
}

TEST_F(ExecWithStdio, OfAUnixSocketIsItsPath) {
  exec->stdio[0].family = exec->stdio[1].family = AF_UNIX;
  Lead(0, S_IFSOCK | 0777, "/run/x.sock");
  Lead(1, S_IFSOCK | 0777, std::string_view("\0abstract", 9));
  EXPECT_EQ(Of("proc.stdin.type"), "unix");
  EXPECT_EQ(Of("proc.stdin.name"), "/run/x.sock");
  EXPECT_EQ(Of("proc.stdout.name"), "@abstract");
}

TEST_F(ExecWithStdio, TellsWhatTheProcessHasToBeginWith) {
  exec->fd_limit = 1024;
  exec->vm_size_kb = 5000;
  exec->vm_rss_kb = 600;
  exec->vm_swap_kb = 7;
  exec->major_faults = 2;
  exec->minor_faults = 90;
  exec->pidns_start_ns = 4'000'000'000;
  EXPECT_EQ(Of("proc.fdlimit"), "1024");
  EXPECT_EQ(Of("proc.vmsize"), "5000");
  EXPECT_EQ(Of("proc.vmrss"), "600");
  EXPECT_EQ(Of("proc.vmswap"), "7");
  EXPECT_EQ(Of("thread.pfmajor"), "2");
  EXPECT_EQ(Of("thread.pfminor"), "90");
  EXPECT_EQ(Of("thread.vmsize"), "5000");
  EXPECT_EQ(Of("thread.vmsize.b"), "5120000");
  exec.header().tid += 1;
  EXPECT_EQ(Of("thread.vmrss"), "0");  // another thread than the main one
  EXPECT_EQ(Of("proc.pidns_init_start_ts"), "1699999999000000000");
}

TEST_F(ExecWithStdio, ComparesTheExecutableWithTheAgeOfThePidNamespace) {
  exec->pidns_start_ns = 4'000'000'000;
  process.exe_file.ctime_ns = 1'699'999'999'000'000'300;
  EXPECT_EQ(Of("proc.exe_ino.ctime_duration_pidns_start"), "300");
  process.exe_file.ctime_ns = 1'699'999'998'000'000'000;
  EXPECT_EQ(Of("proc.exe_ino.ctime_duration_pidns_start"), "<NULL>");  // older
}

TEST_F(ExecWithStdio, IsNullWhereNothingWasCaptured) {
  for (std::string_view field : {"proc.stdin.type", "proc.stdout.name", "proc.fdlimit", "proc.vmsize",
                                 "proc.pidns_init_start_ts", "thread.vmrss"}) {
    EXPECT_EQ(Get(exec.event(&process), field), "<NULL>") << field;
    EXPECT_EQ(Get(exec.event(), field), "<NULL>") << field;
  }
}

TEST_F(ExecWithStdio, ASocketThatIsPutThereByDupCountsInItsOwnEvent) {
  Lead(0, S_IFCHR | 0620, "/dev/pts/3");
  process.details = std::make_shared<const ExecDetails>(exec.record());
  RecordBuilder<vd_socket> dup(VD_KIND_DUP);
  dup.Syscall("dup2").Result(0);
  dup->family = AF_INET;
  dup->role = VD_ROLE_CLIENT;
  inet_pton(AF_INET, "10.0.0.5", dup->local_addr);
  inet_pton(AF_INET, "192.0.2.9", dup->remote_addr);
  dup->local_port = 40000;
  dup->remote_port = 4444;
  EXPECT_EQ(Get(dup.event(&process), "proc.stdin.type"), "ipv4");
  EXPECT_EQ(Get(dup.event(&process), "proc.stdin.name"), "10.0.0.5:40000->192.0.2.9:4444");
  EXPECT_EQ(Get(dup.event(&process), "proc.stdout.type"), "<NULL>");
  dup.Result(1);
  EXPECT_EQ(Get(dup.event(&process), "proc.stdin.type"), "file");
  EXPECT_EQ(Get(dup.event(&process), "proc.stdout.type"), "ipv4");
}

}  // namespace
}  // namespace vedette
