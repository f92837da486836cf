// SPDX-License-Identifier: Apache-2.0
//
// What the rows say a hook can decide, and the numbers behind texts.
#include <vector>

#include "gtest/gtest.h"
#include "sensor/event/field.h"
#include "tests/unit/event/field_values.h"

namespace vedette {
namespace {

KernelDecision Decision(std::string_view spelling, EventKind kind = VD_KIND_NONE) {
  FieldMatch match = FindField(spelling);
  return KernelDecisionFor(*match.field, ParsedArg(*match.field, match.rest), kind);
}
std::vector<uint64_t> Scalars(std::string_view spelling, EventKind kind, std::string_view literal) {
  FieldMatch match = FindField(spelling);
  return KernelScalars(*match.field, ParsedArg(*match.field, match.rest), kind, literal);
}
using Numbers = std::vector<uint64_t>;

TEST(KernelDecision, OfAFileIsItsPathForwardsAndBackwards) {
  KernelDecision d = Decision("fd.name", VD_KIND_FILE_OPEN);
  EXPECT_EQ(d.use, KernelUse::kString);
  EXPECT_EQ(d.table, VD_TABLE_PATH);
  EXPECT_EQ(d.reversed, VD_TABLE_PATH_REVERSED);
  EXPECT_EQ(Decision("fd.filename", VD_KIND_FILE_OPEN).use, KernelUse::kFileName);
  EXPECT_EQ(Decision("fd.name", VD_KIND_CONNECT).use, KernelUse::kNever);
}

TEST(KernelDecision, OfATargetDependsOnTheOperation) {
  EXPECT_EQ(Decision("fs.path.target", VD_KIND_FILE_RENAME).table, VD_TABLE_PATH_TO);
  EXPECT_EQ(Decision("fs.path.target", VD_KIND_MOUNT).table, VD_TABLE_PATH);
  EXPECT_EQ(Decision("fs.path.target", VD_KIND_FILE_SYMLINK).table, VD_TABLE_PATH);
  EXPECT_EQ(Decision("fs.path.source", VD_KIND_FILE_LINK).table, VD_TABLE_PATH);
  EXPECT_EQ(Decision("fs.path.source", VD_KIND_MOUNT).use, KernelUse::kNever);
  EXPECT_EQ(Decision("fs.path.name", VD_KIND_FILE_UNLINK).table, VD_TABLE_PATH);
  EXPECT_EQ(Decision("fs.realpath.target", VD_KIND_MOUNT).table, VD_TABLE_PATH);
  EXPECT_EQ(Decision("fs.realpath.target", VD_KIND_FILE_LINK).table, VD_TABLE_PATH_TO);
}

TEST(KernelDecision, OfAnArgumentDependsOnTheArgument) {
  EXPECT_EQ(Decision("evt.arg.cmd", VD_KIND_BPF).table, VD_TABLE_BPF_CMD);
  EXPECT_EQ(Decision("evt.arg.request", VD_KIND_PTRACE).table, VD_TABLE_PTRACE_REQUEST);
  EXPECT_EQ(Decision("evt.arg.type", VD_KIND_MOUNT).table, VD_TABLE_FSTYPE);
  EXPECT_EQ(Decision("evt.arg.type", VD_KIND_SOCKET).table, VD_TABLE_SOCKET_TYPE);
  EXPECT_EQ(Decision("evt.arg.dev", VD_KIND_MOUNT).table, VD_TABLE_MOUNT_SOURCE);
  EXPECT_EQ(Decision("evt.arg.domain", VD_KIND_SOCKET).table, VD_TABLE_FAMILY);
  EXPECT_EQ(Decision("evt.arg.newpath", VD_KIND_FILE_RENAME).use, KernelUse::kNever);  // what the caller claims
  EXPECT_EQ(Decision("evt.arg.flags", VD_KIND_FILE_OPEN).use, KernelUse::kNever);
  EXPECT_EQ(Decision("evt.arg.nosuch", VD_KIND_FILE_OPEN).use, KernelUse::kNever);
  EXPECT_EQ(Decision("evt.arg.cmd").table, VD_TABLE_BPF_CMD);  // without a kind
  EXPECT_TRUE(Decision("evt.arg.cmd").kinds[VD_KIND_BPF]);
}

TEST(KernelDecision, OfAnAddressIsTheRemoteOne) {
  EXPECT_EQ(Decision("fd.rip", VD_KIND_SENDTO).use, KernelUse::kAddress);
  EXPECT_EQ(Decision("fd.sip", VD_KIND_CONNECT).use, KernelUse::kAddress);
  EXPECT_EQ(Decision("fd.sip", VD_KIND_SENDTO).use, KernelUse::kNever);  // a server may send, too
  EXPECT_EQ(Decision("fd.lip", VD_KIND_CONNECT).use, KernelUse::kNever);
  EXPECT_EQ(Decision("fd.ip", VD_KIND_CONNECT).use, KernelUse::kNever);
  EXPECT_EQ(Decision("fd.sport", VD_KIND_CONNECT).table, VD_TABLE_REMOTE_PORT);
}

TEST(KernelDecision, OfTheContainerIsHostOrNot) {
  EXPECT_EQ(Decision("container.id", VD_KIND_PTRACE).use, KernelUse::kHost);
  EXPECT_EQ(Decision("container.image.repository", VD_KIND_PTRACE).use, KernelUse::kContainer);
  EXPECT_EQ(Decision("container.duration", VD_KIND_PTRACE).use, KernelUse::kNever);
}

TEST(KernelDecision, ExistsOnlyWhereThereIsAHook) {
  EXPECT_EQ(Decision("user.uid", VD_KIND_FORK).use, KernelUse::kNever);
  EXPECT_EQ(Decision("user.uid", VD_KIND_EXEC).use, KernelUse::kScalar);
  EXPECT_EQ(Decision("proc.name", VD_KIND_SETNS).use, KernelUse::kString);
  EXPECT_FALSE(DecidableKinds()[VD_KIND_EXIT]);
  EXPECT_TRUE(DecidableKinds()[VD_KIND_FILE_OPEN]);
}

TEST(KernelDecision, OfACallWithoutAHookIsWhatIsKnownOfTheProcess) {
  EXPECT_FALSE(DecidableKinds()[VD_KIND_SYSCALL]);
  EXPECT_TRUE(KilledAfterKinds()[VD_KIND_SYSCALL]);
  EXPECT_EQ(Decision("proc.exepath", VD_KIND_SYSCALL).table, VD_TABLE_EXE);
  EXPECT_EQ(Decision("container.id", VD_KIND_SYSCALL).use, KernelUse::kHost);
  EXPECT_EQ(Scalars("evt.type", VD_KIND_SYSCALL, "memfd_create"), Numbers{319});
  EXPECT_NE(Decision("evt.res", VD_KIND_SYSCALL).why_not.find("results are not compared"), std::string_view::npos);
  EXPECT_NE(Decision("evt.res", VD_KIND_FILE_OPEN).why_not.find("before the call"), std::string_view::npos);
}

TEST(KernelDecision, OfACapabilityIsItsNumberAndTheCallThatAsks) {
  EXPECT_EQ(Decision("capability.name", VD_KIND_CAPABLE).table, VD_TABLE_CAPABILITY);
  EXPECT_EQ(Scalars("capability.name", VD_KIND_CAPABLE, "CAP_SYS_ADMIN"), Numbers{21});
  EXPECT_EQ(Decision("syscall.name", VD_KIND_CAPABLE).table, VD_TABLE_CALL);
  EXPECT_EQ(Scalars("syscall.name", VD_KIND_CAPABLE, "fsopen"), Numbers{430});
  EXPECT_EQ(Decision("syscall.name", VD_KIND_FILE_OPEN).use, KernelUse::kNever);
  EXPECT_EQ(Scalars("evt.type", VD_KIND_CAPABLE, "capable"), Numbers{VD_TYPE_CAPABLE});
}

TEST(KernelDecision, OfAncestorsIsAnyOrByNumberTheProcessAndItsParent) {
  EXPECT_EQ(Decision("proc.aname", VD_KIND_FILE_OPEN).use, KernelUse::kAncestor);
  EXPECT_EQ(Decision("proc.aname[0]", VD_KIND_FILE_OPEN).table, VD_TABLE_COMM);
  EXPECT_EQ(Decision("proc.aname[1]", VD_KIND_FILE_OPEN).table, VD_TABLE_PARENT_COMM);
  EXPECT_EQ(Decision("proc.aexepath[1]", VD_KIND_FILE_OPEN).reversed, VD_TABLE_PARENT_EXE_REVERSED);
  EXPECT_EQ(Decision("proc.aexepath[2]", VD_KIND_FILE_OPEN).use, KernelUse::kNever);
  EXPECT_EQ(Decision("proc.acmdline", VD_KIND_FILE_OPEN).use, KernelUse::kNever);
}

TEST(KernelDecision, OfBitsIsWhatTheHookHas) {
  EXPECT_EQ(Decision("thread.cap_effective", VD_KIND_FILE_OPEN).bits, VD_BITS_CAP_EFFECTIVE);
  EXPECT_EQ(Decision("thread.cap_effective", VD_KIND_EXEC).use, KernelUse::kNever);
  EXPECT_EQ(Decision("evt.arg.flags", VD_KIND_MOUNT).use, KernelUse::kBits);
  EXPECT_EQ(Decision("evt.arg.flags", VD_KIND_MOVE_MOUNT).use, KernelUse::kNever);
  EXPECT_EQ(Decision("evt.arg.mode", VD_KIND_FILE_CHMOD).use, KernelUse::kBits);
  EXPECT_EQ(Decision("evt.arg.mode", VD_KIND_FILE_MKNOD).use, KernelUse::kNever);
}

TEST(KernelDecision, ThatCannotBeSaysWhatToUse) {
  EXPECT_NE(Decision("evt.res", VD_KIND_FILE_OPEN).why_not.find("leave it out"), std::string_view::npos);
  EXPECT_NE(Decision("fd.nameraw", VD_KIND_FILE_OPEN).why_not.find("fd.name"), std::string_view::npos);
  EXPECT_NE(Decision("fd.sip", VD_KIND_SENDTO).why_not.find("fd.rip"), std::string_view::npos);
}

TEST(KernelScalars, OfTextAreTheNumbersBehindIt) {
  EXPECT_EQ(Scalars("evt.type", VD_KIND_FILE_OPEN, "openat"), Numbers{257});
  EXPECT_EQ(Scalars("evt.type", VD_KIND_FILE_OPEN, "nosuch"), Numbers{});
  EXPECT_EQ(Scalars("evt.arg.request", VD_KIND_PTRACE, "PTRACE_ATTACH"), Numbers{16});
  EXPECT_EQ(Scalars("evt.arg.cmd", VD_KIND_BPF, "BPF_PROG_LOAD"), Numbers{5});
  EXPECT_EQ(Scalars("evt.arg.domain", VD_KIND_SOCKET, "AF_PACKET"), Numbers{17});
  EXPECT_EQ(Scalars("evt.arg.type", VD_KIND_SOCKET, "3"), Numbers{3});
  EXPECT_EQ(Scalars("evt.is_open_write", VD_KIND_FILE_OPEN, "true"), Numbers{1});
  EXPECT_EQ(Scalars("fd.fs.magic", VD_KIND_FILE_OPEN, "0x27e0eb"), Numbers{0x27e0eb});
  EXPECT_EQ(Scalars("fd.fs.name", VD_KIND_FILE_OPEN, "cgroup"), Numbers{0x27e0eb});
  EXPECT_EQ(Scalars("fd.mount_class", VD_KIND_FILE_OPEN, "foreign"), Numbers{VD_MOUNT_FOREIGN});
  EXPECT_EQ(Scalars("user.uid", VD_KIND_FILE_OPEN, "0"), Numbers{0});
}

// The value with that number has a name, and its text is the name: the comparison is false in user space, too.
TEST(KernelScalars, OfANumberThatIsShownByNameAreNone) {
  EXPECT_EQ(Scalars("evt.arg.cmd", VD_KIND_BPF, "5"), Numbers{});
  EXPECT_EQ(Scalars("evt.arg.cmd", VD_KIND_BPF, "999"), Numbers{999});
}

}  // namespace
}  // namespace vedette
