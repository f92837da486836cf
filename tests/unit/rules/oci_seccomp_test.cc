// SPDX-License-Identifier: Apache-2.0
//
// Seccomp profiles: what an import understands, what it refuses, and that an export says the same.
#include "rules/oci_seccomp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "sensor/event/syscall_abi.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

CallPolicy Imported(std::string_view json, const SeccompHost& host = {}) {
  auto imported = ImportSeccomp(json, host);
  if (!imported.ok()) {
    ADD_FAILURE() << imported.status().ToString();
    return {};
  }
  EXPECT_THAT(imported->warnings, IsEmpty());
  return imported->policy;
}
std::string ErrorOf(std::string_view json) {
  auto imported = ImportSeccomp(json, {});
  return imported.ok() ? "no error" : std::string(imported.status().message());
}
// The names of a policy's entries with an action.
std::vector<std::string> Names(const CallPolicy& policy, CallAction action) {
  std::vector<std::string> out;
  for (const CallEntry& e : policy.entries) {
    if (e.choice.action == action) out.insert(out.end(), e.names.begin(), e.names.end());
  }
  return out;
}

TEST(OciSeccomp, ReadsTheRuntimeSpecification) {
  const CallPolicy p = Imported(R"({
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    "flags": ["SECCOMP_FILTER_FLAG_LOG"],
    "syscalls": [
      {"names": ["write", "read"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["getpid"], "action": "SCMP_ACT_LOG"},
      {"names": ["ptrace"], "action": "SCMP_ACT_KILL"},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 4294967295, "valueTwo": 7, "op": "SCMP_CMP_EQ"}]},
      {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"},
                {"index": 1, "value": 3, "op": "SCMP_CMP_NE"}]}]})");
  EXPECT_EQ(p.otherwise, (CallChoice{CallAction::kDeny, 38}));
  EXPECT_THAT(p.archs, ElementsAre(true, true, false));
  ASSERT_EQ(p.entries.size(), 5u);
  EXPECT_THAT(p.entries[0].names, ElementsAre("read", "write"));
  EXPECT_EQ(p.entries[1].choice.action, CallAction::kAlert);
  EXPECT_EQ(p.entries[2].choice.action, CallAction::kKill);
  EXPECT_EQ(p.entries[3].conditions, (std::vector<CallCondition>{{0, VD_CALL_EQ, 4294967295, 0}}));
  EXPECT_EQ(p.entries[4].conditions,
            (std::vector<CallCondition>{{0, VD_CALL_MASKED_EQ, 2114060288, 0}, {1, VD_CALL_NE, 3, 0}}));
}

TEST(OciSeccomp, ReadsDockersConditions) {
  constexpr std::string_view kJson = R"({
    "defaultAction": "SCMP_ACT_ERRNO",
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
    "syscalls": [
      {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}},
      {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"], "arches": ["amd64"]}},
      {"names": ["setns"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
      {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
      {"names": ["acct"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "7.9"}},
      {"names": ["iopl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390"]}},
      {"name": "sync", "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["s390"]}}]})";
  const CallPolicy none = Imported(kJson), admin = Imported(kJson, {{"CAP_SYS_ADMIN", "CAP_BPF"}, {6, 1}});
  EXPECT_THAT(none.archs, ElementsAre(true, true, true));
  EXPECT_EQ(none.otherwise, (CallChoice{CallAction::kDeny, 1}));
  EXPECT_THAT(Names(none, CallAction::kAllow), ElementsAre("ptrace", "setns", "sync"));
  EXPECT_THAT(Names(admin, CallAction::kAllow), ElementsAre("bpf", "mount", "ptrace", "sync"));
}

TEST(OciSeccomp, AnEntryWithoutConditionsReplacesThoseWithSome) {
  const CallPolicy p = Imported(R"({"defaultAction": "SCMP_ACT_KILL", "syscalls": [
      {"names": ["socket"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]},
      {"names": ["socket"], "action": "SCMP_ACT_ALLOW"}]})");
  ASSERT_EQ(p.entries.size(), 1u);
  EXPECT_EQ(p.entries[0], (CallEntry{{"socket"}, {CallAction::kAllow, 0}, {}}));
}

TEST(OciSeccomp, AnArgumentThatIsNamedTwiceMakesAlternatives) {
  const CallPolicy p = Imported(R"({"defaultAction": "SCMP_ACT_KILL", "syscalls": [
      {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"},
                                                                 {"index": 0, "value": 10, "op": "SCMP_CMP_EQ"}]}]})");
  ASSERT_EQ(p.entries.size(), 2u);
  EXPECT_EQ(p.entries[1].conditions, (std::vector<CallCondition>{{0, VD_CALL_EQ, 10, 0}}));
}

TEST(OciSeccomp, WithoutArchitecturesItIsForTheRuntimesOwn) {
  EXPECT_THAT(Imported(R"({"defaultAction": "SCMP_ACT_ALLOW"})").archs, ElementsAre(true, false, false));
}

TEST(OciSeccomp, LeavesOutCallsThatAreNotKnownAndSaysSo) {
  const auto imported = ImportSeccomp(
      R"({"defaultAction": "SCMP_ACT_KILL", "syscalls": [{"names": ["read", "arm_sync_file_range"], "action": "SCMP_ACT_ALLOW"}]})",
      {});
  ASSERT_TRUE(imported.ok());
  EXPECT_THAT(Names(imported->policy, CallAction::kAllow), ElementsAre("read"));
  EXPECT_THAT(imported->warnings, ElementsAre(HasSubstr("left out: arm_sync_file_range")));
}

TEST(OciSeccomp, RefusesWhatItCannotStandFor) {
  EXPECT_THAT(ErrorOf("{"), HasSubstr("no JSON"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("JSON object"));
  EXPECT_THAT(ErrorOf("{}"), HasSubstr("no 'defaultAction'"));
  EXPECT_THAT(ErrorOf(R"({"defaultAction": "SCMP_ACT_ALOW"})"), HasSubstr("did you mean 'SCMP_ACT_ALLOW'"));
  EXPECT_THAT(ErrorOf(R"({"defaultAction": "SCMP_ACT_NOTIFY"})"), HasSubstr("SCMP_ACT_NOTIFY hands a call"));
  EXPECT_THAT(ErrorOf(R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_ARM"]})"),
              HasSubstr("no architecture"));
  EXPECT_THAT(ErrorOf(R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["x86"]})"),
              HasSubstr("'x86' is no architecture"));
  EXPECT_THAT(ErrorOf(R"({"defaultAction": "SCMP_ACT_TRACE"})"), HasSubstr("SCMP_ACT_TRACE hands a call"));
  EXPECT_THAT(ErrorOf(R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/x"})"), HasSubstr("listenerPath"));
  constexpr std::string_view kEntry =
      R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [ARG]}]})";
  auto with = [&](std::string_view arg) {
    std::string json(kEntry);
    return json.replace(json.find("ARG"), 3, arg);
  };
  EXPECT_THAT(ErrorOf(with(R"({"index": 0, "value": 1, "op": "SCMP_CMP_NEAR"})")), HasSubstr("no operator"));
  EXPECT_THAT(ErrorOf(with(R"({"index": 6, "value": 1, "op": "SCMP_CMP_EQ"})")), HasSubstr("from 0 to 5"));
  EXPECT_THAT(ErrorOf(with(R"({"index": 0, "value": -1, "op": "SCMP_CMP_EQ"})")), HasSubstr("'value' of 'args'"));
  EXPECT_THAT(ErrorOf(with(R"({"index": 0, "op": "SCMP_CMP_EQ"})")), HasSubstr("no 'value'"));
}

TEST(OciSeccomp, HasBounds) {
  EXPECT_THAT(ErrorOf(std::string(kMaxSeccompBytes + 1, ' ')), HasSubstr("larger than"));
  EXPECT_THAT(ErrorOf(std::string(100000, '[')), HasSubstr("nests deeper"));
  std::string many = R"({"defaultAction": "SCMP_ACT_KILL", "syscalls": [{})";
  for (size_t i = 0; i < kMaxSeccompEntries; ++i) many += ",{}";
  EXPECT_THAT(ErrorOf(many + "]}"), HasSubstr("4096 are the most"));
}

void ExpectRoundTrip(const CallPolicy& policy) {
  const auto json = ExportSeccomp(policy, false);
  ASSERT_TRUE(json.ok()) << json.status().ToString();
  EXPECT_TRUE(Imported(*json).SameAs(policy)) << *json;
}

TEST(OciSeccomp, AnExportSaysTheSame) {
  CallPolicy p;
  p.otherwise = {CallAction::kDeny, 38};
  p.archs = {true, false, true};
  p.entries = {
      {{"write", "read"}, {CallAction::kAllow, 0}, {}},
      {{"personality"}, {CallAction::kAllow, 0}, {{0, VD_CALL_EQ, 0xffffffff, 0}}},
      {{"personality"}, {CallAction::kAllow, 0}, {{0, VD_CALL_MASKED_EQ, 0xff, 8}, {5, VD_CALL_GT, UINT64_MAX, 0}}},
      {{"mount"}, {CallAction::kDeny, 13}, {}},
      {{"ptrace"}, {CallAction::kKill, 0}, {}}};
  Normalize(p);
  ExpectRoundTrip(p);
}

// Seccomp has no order: of two entries of a call, one of them without conditions, the other would be lost.
TEST(OciSeccomp, AnExportSaysWhatIsLeftByTheOppositeCondition) {
  CallPolicy p;
  p.otherwise = {CallAction::kKill, 0};
  p.archs = {true, false, false};
  p.entries = {{{"socket"}, {CallAction::kDeny, 1}, {{0, VD_CALL_EQ, 38, 0}}},
               {{"socket"}, {CallAction::kAllow, 0}, {}}};
  const CallPolicy again = Imported(ExportSeccomp(p, false).value_or("an error"));
  EXPECT_THAT(again.entries,
              ElementsAre(p.entries[0], CallEntry{{"socket"}, {CallAction::kAllow, 0}, {{0, VD_CALL_NE, 38, 0}}}));
  p.entries[0].conditions.push_back({1, VD_CALL_EQ, 3, 0});
  EXPECT_THAT(std::string(ExportSeccomp(p, false).status().message()),
              HasSubstr("cannot say what the profile says of socket"));
}

TEST(OciSeccomp, ComplainsInsteadOfRefusing) {
  CallPolicy p;
  p.otherwise = {CallAction::kDeny, 1};
  p.archs = {true, false, false};
  p.entries = {{{"read"}, {CallAction::kAllow, 0}, {}}, {{"ptrace"}, {CallAction::kKill, 0}, {}}};
  const std::string json = ExportSeccomp(p, true).value_or("an error");
  EXPECT_THAT(json, HasSubstr("\"defaultAction\": \"SCMP_ACT_LOG\""));
  EXPECT_THAT(json, Not(HasSubstr("KILL")));
  EXPECT_THAT(json, Not(HasSubstr("ERRNO")));
}

// Of the package golang-github-containers-common, where that is installed; the live suite has it always.
TEST(OciSeccomp, KnowsTheDefaultOfContainerRuntimes) {
  std::ifstream in("/usr/share/containers/seccomp.json");
  if (!in) GTEST_SKIP() << "/usr/share/containers/seccomp.json is not here";
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto imported = ImportSeccomp(text, {DefaultContainerCapabilities(), {6, 1}});
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  EXPECT_GT(Names(imported->policy, CallAction::kAllow).size(), 300u);
  ExpectRoundTrip(imported->policy);
}

TEST(SyscallAbi, KnowsTheCallsOfEachWayIn) {
  EXPECT_EQ(CallNameOf(VD_ARCH_X86_64, 165), "mount");
  EXPECT_EQ(CallNameOf(VD_ARCH_I386, 21), "mount");
  EXPECT_EQ(CallNameOf(VD_ARCH_I386, 102), "socketcall");
  EXPECT_EQ(CallNameOf(VD_ARCH_X32, 165), "mount");
  EXPECT_EQ(CallNameOf(VD_ARCH_X32, 520), "execve");
  EXPECT_EQ(CallNameOf(VD_ARCH_X86_64, 520), "");
  EXPECT_EQ(CallNameOf(VD_ARCH_I386, 5000), "");
  EXPECT_THAT(I386Forms("chown"), ElementsAre("chown32"));
  EXPECT_THAT(I386Forms("umount2"), ElementsAre("umount"));
  EXPECT_THAT(I386Forms("clock_settime"), ElementsAre("clock_settime64"));
  EXPECT_THAT(I386Forms("getpid"), IsEmpty());
}

}  // namespace
}  // namespace vedette
