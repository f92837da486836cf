// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/symbols.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace vedette {
namespace {

std::string OpenFlags(uint32_t flags) {
  auto room = std::make_unique<Values>();
  TextWriter text(*room);
  AppendOpenFlags(flags, text);
  return std::string(text.text());
}

TEST(Symbols, OfOpenAreInFalcosOrder) {
  EXPECT_EQ(OpenFlags(O_RDONLY), "O_RDONLY");
  EXPECT_EQ(OpenFlags(O_RDONLY | O_CLOEXEC), "O_RDONLY|O_CLOEXEC");
  EXPECT_EQ(OpenFlags(O_WRONLY | O_CREAT | O_TRUNC), "O_TRUNC|O_CREAT|O_WRONLY");
  EXPECT_EQ(OpenFlags(O_RDWR | O_NONBLOCK), "O_NONBLOCK|O_RDWR");
  EXPECT_EQ(OpenFlags(O_RDONLY | O_DIRECTORY), "O_DIRECTORY|O_RDONLY");
  EXPECT_EQ(OpenFlags(O_RDWR | 020200000), "O_RDWR|O_TMPFILE");
  EXPECT_EQ(OpenFlags(O_WRONLY | O_SYNC), "O_SYNC|O_WRONLY");
  EXPECT_EQ(OpenFlags(3), "");
}

TEST(Symbols, AgreeWithTheSystemsHeaders) {
  EXPECT_EQ(SymbolName(ErrnoSymbols(), ENOENT), "ENOENT");
  EXPECT_EQ(SymbolName(ErrnoSymbols(), EINPROGRESS), "EINPROGRESS");
  EXPECT_EQ(SymbolName(ErrnoSymbols(), EHWPOISON), "EHWPOISON");
  EXPECT_EQ(SymbolName(SignalSymbols(), SIGSYS), "SIGSYS");
  EXPECT_EQ(SymbolName(SignalSymbols(), SIGUSR2), "SIGUSR2");
  EXPECT_EQ(SymbolName(FamilySymbols(), AF_PACKET), "AF_PACKET");
  EXPECT_EQ(SymbolName(FamilySymbols(), AF_VSOCK), "AF_VSOCK");
  EXPECT_EQ(SymbolName(FamilySymbols(), AF_XDP), "AF_XDP");
  EXPECT_EQ(SymbolName(CapabilitySymbols(), CAP_SYS_MODULE), "CAP_SYS_MODULE");
  EXPECT_EQ(SymbolName(CapabilitySymbols(), CAP_CHECKPOINT_RESTORE), "CAP_CHECKPOINT_RESTORE");
  EXPECT_EQ(SymbolName(BpfCommandSymbols(), BPF_PROG_BIND_MAP), "BPF_PROG_BIND_MAP");
  EXPECT_EQ(SymbolName(BpfCommandSymbols(), BPF_LINK_CREATE), "BPF_LINK_CREATE");
  EXPECT_EQ(SymbolName(PtraceSymbols(), PTRACE_GETREGSET), "PTRACE_GETREGSET");
  EXPECT_EQ(SymbolName(MountFlagSymbols(), MS_LAZYTIME), "MS_LAZYTIME");
  EXPECT_EQ(SymbolName(MountFlagSymbols(), MS_MOVE), "MS_MOVE");
  EXPECT_EQ(SymbolName(MountFlagSymbols(), MS_NOATIME), "MS_NOATIME");
  EXPECT_EQ(SymbolName(CloneSymbols(), CLONE_NEWCGROUP), "CLONE_NEWCGROUP");
  EXPECT_EQ(SymbolName(CloneSymbols(), CLONE_PIDFD), "CLONE_PIDFD");
  EXPECT_EQ(SymbolName(FileSystemSymbols(), CGROUP_SUPER_MAGIC), "cgroup");
  EXPECT_EQ(SymbolName(FileSystemSymbols(), PROC_SUPER_MAGIC), "proc");
  EXPECT_EQ(SymbolName(FileSystemSymbols(), OVERLAYFS_SUPER_MAGIC), "overlay");
}

TEST(Symbols, AreUniqueInEveryTable) {
  for (Symbols table : {ErrnoSymbols(), SignalSymbols(), CapabilitySymbols(), FamilySymbols(), PtraceSymbols(),
                        BpfCommandSymbols(), CloneSymbols(), MountFlagSymbols(), UmountFlagSymbols(),
                        RenameFlagSymbols(), AtFlagSymbols(), ModeSymbols(), ExeFlagSymbols(), FileSystemSymbols(),
                        FileTypeSymbols(), MountClassSymbols(), ViaSymbols(), VerdictSymbols()}) {
    std::set<uint64_t> values;
    std::set<std::string_view> names;
    for (const Symbol& s : table) {
      EXPECT_TRUE(values.insert(s.value).second) << s.name;
      EXPECT_TRUE(names.insert(s.name).second) << s.name;
    }
  }
}

TEST(Symbols, FlagsWithoutANameAreTheNumber) {
  auto room = std::make_unique<Values>();
  TextWriter text(*room);
  AppendFlags(MountFlagSymbols(), 0, text);
  text.Append(' ');
  AppendFlags(MountFlagSymbols(), 1ULL << 40, text);
  EXPECT_EQ(text.text(), "0 1099511627776");
}

}  // namespace
}  // namespace vedette
