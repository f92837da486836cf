// SPDX-License-Identifier: Apache-2.0
//
// A profile's system calls in the kernel's table: how each is enforced, by which hooks, and what is said when it cannot
// be. The table is read as the kernel reads it (bpf/lib/call_policy.h).
#include "engine/call_compiler.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "engine/engine.h"
#include "sensor/event/call_hooks.h"
#include "sensor/event/profile_names.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Args = std::array<uint64_t, 6>;

bool Holds(const vd_call_test& t, uint64_t arg) {
  switch (t.op) {
    case VD_CALL_NE:
      return arg != t.value;
    case VD_CALL_LT:
      return arg < t.value;
    case VD_CALL_LE:
      return arg <= t.value;
    case VD_CALL_EQ:
      return arg == t.value;
    case VD_CALL_GE:
      return arg >= t.value;
    case VD_CALL_GT:
      return arg > t.value;
    case VD_CALL_MASKED_EQ:
      return (arg & t.value) == t.value_two;
    default:
      return true;
  }
}

uint8_t Ask(const vd_call_policy& p, vd_arch arch, uint32_t nr, const Args& args = {}) {
  if (nr >= VD_CALL_NUMBERS) return p.beyond[arch];
  const uint8_t said = p.call[arch][nr];
  if ((said & VD_CALL_TESTED) == 0) return said;
  for (size_t at = p.start[said & (VD_MAX_CALL_STARTS - 1)], steps = 0; steps < VD_MAX_CALL_TESTS; ++steps) {
    const vd_call_test& t = p.test[at];
    if (!Holds(t, args[t.arg])) {
      at = t.otherwise;
    } else if (t.holds == VD_CALL_GO_ON) {
      ++at;
    } else {
      return t.holds;
    }
  }
  ADD_FAILURE() << "the tests lead nowhere";
  return 0;
}

constexpr uint8_t kKillAfter = VD_CALL_KILL | VD_CALL_AT_ENTRY, kTold = VD_CALL_ALERT | VD_CALL_AT_ENTRY;
constexpr uint32_t kMount = 165, kSocket = 41, kMemfd = 319, kGetpid = 39, kPersonality = 135, kReboot = 169,
                   kClone3 = 435, kUnshare = 272;

std::shared_ptr<const RuleSet> Profile(std::string_view syscalls) {
  return RulesFrom(fmt::format("- profile: web\n  match: proc.exepath = /usr/sbin/nginx\n  syscalls: {}\n", syscalls));
}
CompiledCalls Compiled(std::string_view syscalls) {
  const auto rules = Profile(syscalls);
  return CompileCalls(*rules->rules.back().calls);
}
std::string ErrorOf(std::string_view syscalls) {
  const auto policy = CompileKernelPolicy(*Profile(syscalls), Mode::kEnforce);
  return policy.ok() ? "no error" : std::string(policy.status().message());
}

TEST(CallCompiler, RefusesAtTheHookThatTheCallAsks) {
  const CompiledCalls c = Compiled("{deny: [mount, reboot]}");
  EXPECT_THAT(c.errors, IsEmpty());
  EXPECT_FALSE(c.at_entry);
  EXPECT_TRUE(c.hooks.test(VD_KIND_MOUNT));
  EXPECT_TRUE(c.hooks.test(VD_KIND_CAPABLE));
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kMount), VD_CALL_DENY);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_I386, 21), VD_CALL_DENY);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X32, kMount), VD_CALL_DENY);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kGetpid), VD_CALL_ALLOW);
}

TEST(CallCompiler, KillsAtAHookIfThereIsOneElseAtTheEntry) {
  const CompiledCalls c = Compiled("{kill: [mount, memfd_create], alert: [getpid]}");
  EXPECT_TRUE(c.at_entry);
  EXPECT_THAT(c.killed_after, ElementsAre("memfd_create"));
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kMount), VD_CALL_KILL);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kMemfd), kKillAfter);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_I386, 356), kKillAfter);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kGetpid), kTold);
}

TEST(CallCompiler, ADenialThatNoHookCanGiveIsAnErrorUnlessSaidOtherwise) {
  EXPECT_THAT(ErrorOf("{deny: [memfd_create]}"),
              HasSubstr("'syscalls' of profile 'web': no hook can refuse memfd_create; say 'kill'"));
  EXPECT_THAT(ErrorOf("{default: deny, allow: [read]}"), HasSubstr("more; say 'kill'"));
  EXPECT_EQ(ErrorOf("{deny: [memfd_create], without_hook: kill}"), "no error");
  EXPECT_EQ(Ask(*Compiled("{deny: [memfd_create], without_hook: kill}").table, VD_ARCH_X86_64, kMemfd), kKillAfter);
  EXPECT_EQ(Ask(*Compiled("{deny: [memfd_create], without_hook: alert}").table, VD_ARCH_X86_64, kMemfd), kTold);
  EXPECT_EQ(Ask(*Compiled("{deny: [memfd_create], without_hook: allow}").table, VD_ARCH_X86_64, kMemfd), VD_CALL_ALLOW);
}

TEST(CallCompiler, WhatMustBeInlineIsNotKilledAfter) {
  EXPECT_THAT(ErrorOf("{kill: [mount, memfd_create], require: inline}"),
              HasSubstr("no hook can refuse memfd_create: they would"));
  EXPECT_EQ(ErrorOf("{kill: [mount], require: inline}"), "no error");
}

TEST(CallCompiler, CallsOfAnArchThatIsNotNamedAndNumbersThatNobodyKnowsAreNoWayOut) {
  const CompiledCalls c = Compiled("{default: kill, allow: [getpid], architectures: [x86_64]}");
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kGetpid), VD_CALL_ALLOW);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_I386, 20), kKillAfter);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X32, kGetpid), kKillAfter);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, 570), kKillAfter);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, 100000), kKillAfter);
  EXPECT_EQ(Ask(*Compiled("{default: allow, deny: [mount], architectures: [x86_64]}").table, VD_ARCH_I386, 20),
            kKillAfter);
}

TEST(CallCompiler, AsksArguments) {
  const CompiledCalls c = Compiled(
      "{deny: [{names: [socket], args: [{index: 0, op: EQ, value: 38}]}, {names: [socket], args: [{index: 0, op: EQ, "
      "value: 2}, "
      "{index: 1, op: MASKED_EQ, value: 0xf, valueTwo: 3}]}]}");
  EXPECT_THAT(c.errors, IsEmpty());
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kSocket, {38, 5}), VD_CALL_DENY);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kSocket, {2, 0x80003}), VD_CALL_DENY);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kSocket, {2, 1}), VD_CALL_ALLOW);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kSocket, {1, 3}), VD_CALL_ALLOW);
  // socketcall(SYS_SOCKET) has them in memory: the strictest.
  EXPECT_EQ(Ask(*c.table, VD_ARCH_I386, 102, {1}), VD_CALL_DENY);
  EXPECT_EQ(Ask(*c.table, VD_ARCH_I386, 102, {2}), VD_CALL_ALLOW);
}

TEST(CallCompiler, ALargerSetOfConditionsThanTheTableHoldsIsAnError) {
  std::string deny;
  for (int i = 0; i <= VD_MAX_CALL_TESTS; ++i) {
    deny += fmt::format("{}{{names: [socket], args: [{{index: 0, op: EQ, value: {}}}]}}", i == 0 ? "" : ", ", i);
  }
  EXPECT_THAT(ErrorOf("{deny: [" + deny + "]}"), HasSubstr("128 tests"));
}

uint32_t ErrorOfCall(const CompiledCalls& c, uint32_t nr) {
  const uint8_t said = Ask(*c.table, VD_ARCH_X86_64, nr);
  EXPECT_EQ(said & VD_CALL_ACTION, VD_CALL_DENY);
  return c.table->error[said >> VD_CALL_ERROR_SHIFT & (VD_CALL_ERRORS - 1)];
}

TEST(CallCompiler, ADenialSaysItsErrno) {
  const CompiledCalls c = Compiled("{errno: EACCES, deny: [mount, {names: [clone3], errno: ENOSYS}, {names: [unshare], errno: EPERM}]}");
  EXPECT_THAT(c.errors, IsEmpty());
  EXPECT_FALSE(c.at_entry);
  EXPECT_EQ(ErrorOfCall(c, kMount), 13u);
  EXPECT_EQ(ErrorOfCall(c, kClone3), kCallEnosys);
  EXPECT_EQ(ErrorOfCall(c, kUnshare), kCallEperm);
  EXPECT_EQ(ErrorOfCall(Compiled("{deny: [mount]}"), kMount), kCallEperm);
}

TEST(CallCompiler, MoreErrnosThanTheTableHoldsAreAnErrorAndSoIsNone) {
  const char* const calls[] = {"mount", "unshare", "setns", "ptrace", "bpf", "clone", "clone3", "fork", "vfork", "mkdir", "rmdir",
                               "unlink", "rename", "link", "symlink", "chmod", "chown"};
  CallPolicy p;
  p.otherwise = {CallAction::kAllow, 0};
  p.archs.fill(true);
  for (uint32_t error = 2; const char* call : calls) p.entries.push_back({{call}, {CallAction::kDeny, error++}, {}});
  EXPECT_THAT(CompileCalls(p).errors, ElementsAre(HasSubstr("more than 16 different errnos")));
  p.entries.resize(VD_CALL_ERRORS - 1);  // beside EPERM, which is always there
  EXPECT_THAT(CompileCalls(p).errors, IsEmpty());
  p.entries = {{{"mount"}, {CallAction::kDeny, 0}, {}}};
  EXPECT_THAT(CompileCalls(p).errors, ElementsAre(HasSubstr("mount would be answered as if it had been done")));
}

TEST(CallCompiler, AnAnswerOfEnosysIsNotMadeADeath) {
  CallPolicy p;
  p.otherwise = {CallAction::kAllow, 0};
  p.archs.fill(true);
  p.without_hook = CallAction::kKill;
  p.entries = {{{"memfd_create"}, {CallAction::kDeny, kCallEnosys}, {}}};
  EXPECT_THAT(CompileCalls(p).errors, ElementsAre(HasSubstr("memfd_create would be answered with ENOSYS")));
  p.entries.insert(p.entries.begin(), {{"memfd_create"}, {CallAction::kAllow, 0}, {}});
  const CompiledCalls c = CompileCalls(p);
  EXPECT_THAT(c.errors, IsEmpty());
  EXPECT_EQ(Ask(*c.table, VD_ARCH_X86_64, kMemfd), VD_CALL_ALLOW);
}

// The first entry whose conditions hold decides: the table says what the entries say.
TEST(CallCompiler, AgreesWithTheEntriesOnRandomPolicies) {
  std::mt19937 random(1);
  auto below = [&](uint32_t n) { return random() % n; };
  for (int round = 0; round < 300; ++round) {
    CallPolicy p;
    p.archs.fill(true);
    auto choice = [&] { return CallChoice{static_cast<CallAction>(below(4)), static_cast<uint32_t>(kCallEperm + below(3))}; };
    p.without_hook = CallAction::kKill;
    p.otherwise = choice();
    const std::vector<std::string> names = {"mount", "socket", "getpid", "personality"};
    for (uint32_t i = below(6); i > 0; --i) {
      CallEntry e{{names[below(4)]}, choice(), {}};
      for (uint32_t k = below(4); k > 0; --k) {
        e.conditions.push_back(
            {static_cast<uint8_t>(below(6)), static_cast<vd_call_op>(1 + below(7)), below(4), below(4)});
      }
      p.entries.push_back(std::move(e));
    }
    CallPolicy normal = p;
    Normalize(normal);
    const CompiledCalls compiled = CompileCalls(normal);
    ASSERT_THAT(compiled.errors, IsEmpty());
    const std::pair<std::string, uint32_t> calls[] = {
        {"mount", kMount}, {"socket", kSocket}, {"getpid", kGetpid}, {"personality", kPersonality}};
    for (int probe = 0; probe < 50; ++probe) {
      const auto& [name, nr] = calls[below(4)];
      const Args args = {below(4), below(4), below(4), below(4), below(4), below(4)};
      CallAction want = p.otherwise.action;
      for (const CallEntry& e : p.entries) {
        const bool all = std::all_of(e.conditions.begin(), e.conditions.end(), [&](const CallCondition& c) {
          return Holds({c.value, c.value_two, static_cast<uint8_t>(c.op), c.index, 0, 0, 0}, args[c.index]);
        });
        if (e.names.front() != name || !all) continue;
        want = e.choice.action;
        break;
      }
      if (want == CallAction::kDeny && HooksOfCall(name).none()) want = CallAction::kKill;
      EXPECT_EQ(Ask(*compiled.table, VD_ARCH_X86_64, nr, args) & VD_CALL_ACTION, static_cast<int>(want)) << name;
    }
  }
}

TEST(CallHooks, AreThoseOfTheCallsEventAndOfItsCapability) {
  EXPECT_TRUE(HooksOfCall("mount").test(VD_KIND_MOUNT));
  EXPECT_TRUE(HooksOfCall("umount").test(VD_KIND_UMOUNT));
  EXPECT_TRUE(HooksOfCall("chown32").test(VD_KIND_FILE_CHOWN));
  EXPECT_TRUE(HooksOfCall("stime").test(VD_KIND_CAPABLE));
  EXPECT_TRUE(HooksOfCall("mount_setattr").test(VD_KIND_CAPABLE));
  EXPECT_TRUE(HooksOfCall("clone3").test(VD_KIND_FORK));
  EXPECT_TRUE(HooksOfCall("vfork").test(VD_KIND_FORK));
  EXPECT_TRUE(HooksOfCall("sendto").none());
  EXPECT_TRUE(HooksOfCall("getpid").none());
  EXPECT_TRUE(HooksOfCall("socketcall").none());
}

TEST(CallInterest, AttachesTheHooksAndTheEntryOnlyWhereTheyAreNeeded) {
  const Interest hooks = InterestOf(*Profile("{deny: [mount, execve]}"));
  EXPECT_TRUE(hooks.call_policies);
  EXPECT_TRUE(hooks.verdict_kinds.test(VD_KIND_MOUNT));
  EXPECT_TRUE(hooks.verdict_kinds.test(VD_KIND_EXEC));
  EXPECT_FALSE(hooks.kinds.test(VD_KIND_SYSCALL_ENTRY));
  EXPECT_TRUE(InterestOf(*Profile("{alert: [getpid]}")).kinds.test(VD_KIND_SYSCALL_ENTRY));
  const Interest any =
      InterestOf(*RulesFrom("- rule: r\n  desc: d\n  condition: proc.name = x\n  output: o\n  priority: INFO\n"));
  EXPECT_FALSE(any.kinds.test(VD_KIND_SYSCALL_ENTRY));
  EXPECT_FALSE(any.kinds.test(VD_KIND_CAPABLE));
  EXPECT_FALSE(any.call_policies);
}

TEST(CallInterest, CapabilitiesOfAllAreAskedOnlyWhenARuleOfItsOwnDoes) {
  EXPECT_FALSE(
      InterestOf(*RulesFrom("- profile: p\n  match: proc.name = x\n  capabilities: {allow: []}\n")).capable_of_all);
  EXPECT_TRUE(
      InterestOf(*RulesFrom("- rule: r\n  desc: d\n  condition: evt.type = capable and capability.name = CAP_CHOWN\n"
                            "  output: o\n  priority: INFO\n  action: deny\n"))
          .capable_of_all);
}

TEST(CallPolicyOfKernel, SaysForWhichProfileAndRuleAndWhetherItRefuses) {
  const auto rules = Profile("{kill: [memfd_create], deny: [mount]}");
  const auto enforced = CompileKernelPolicy(*rules, Mode::kEnforce),
             monitored = CompileKernelPolicy(*rules, Mode::kMonitor);
  ASSERT_TRUE(enforced.ok() && monitored.ok());
  ASSERT_EQ(enforced->calls.size(), 1u);
  EXPECT_EQ(enforced->calls[0].profile, ProfileId("web"));
  EXPECT_EQ(enforced->calls[0].table->policy_id, rules->first_policy_id + rules->rules.back().index);
  EXPECT_TRUE(enforced->calls[0].refuses);
  EXPECT_FALSE(monitored->calls[0].refuses);
  EXPECT_EQ(monitored->calls[0].table->monitor, 1);
  EXPECT_FALSE(CompileKernelPolicy(*Profile("{alert: [getpid]}"), Mode::kEnforce)->calls[0].refuses);
}

}  // namespace
}  // namespace vedette
