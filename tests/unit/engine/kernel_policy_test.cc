// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/kernel_policy_eval.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::unique_ptr<KernelPolicy> PolicyOf(std::string_view yaml, Mode global = Mode::kEnforce) {
  auto policy = CompileKernelPolicy(*RulesFrom(yaml), global);
  if (!policy.ok()) {
    ADD_FAILURE() << policy.status().ToString();
    return std::make_unique<KernelPolicy>();
  }
  return std::make_unique<KernelPolicy>(*std::move(policy));
}

std::string ErrorOf(std::string_view yaml) {
  auto policy = CompileKernelPolicy(*RulesFrom(yaml), Mode::kEnforce);
  return policy.ok() ? "no error" : policy.status().ToString();
}

std::string Deny(std::string_view condition, std::string_view name = "r") {
  return RuleText(condition, "  action: deny\n", name);
}

// What the tables say of this event.
PolicyDecision DecisionOn(std::string_view yaml, std::string_view event_text, EventKind kind,
                          Mode global = Mode::kEnforce) {
  const auto rules = RulesFrom(yaml);
  auto policy = CompileKernelPolicy(*rules, global);
  if (!policy.ok()) {
    ADD_FAILURE() << policy.status().ToString();
    return {};
  }
  const SyntheticEvent event = EventFrom(event_text);
  return Decide(*policy, kind, SubjectOf(*rules, event.event(), kind));
}

bool Refused(std::string_view condition, std::string_view event, EventKind kind = VD_KIND_FILE_OPEN) {
  return DecisionOn(Deny(condition), event, kind).verdict == VD_VERDICT_DENY;
}

TEST(KernelPolicy, RulesThatAlertGiveNone) {
  EXPECT_TRUE(PolicyOf(RuleText("evt.type = openat and fd.num >= 0"))->empty());
}

TEST(KernelPolicy, DecidesPathsByTextStartAndEnd) {
  constexpr std::string_view kExact = "evt.type = openat and fd.name = /etc/shadow";
  EXPECT_TRUE(Refused(kExact, "evt.type=openat fd.name=/etc/shadow"));
  EXPECT_FALSE(Refused(kExact, "evt.type=openat fd.name=/etc/shadow2"));
  EXPECT_FALSE(Refused(kExact, "evt.type=open fd.name=/etc/shadow"));
  EXPECT_FALSE(Refused(kExact, "evt.type=openat"));
  constexpr std::string_view kStart = "evt.type = openat and fd.name startswith /etc/";
  EXPECT_TRUE(Refused(kStart, "evt.type=openat fd.name=/etc/x/y"));
  EXPECT_FALSE(Refused(kStart, "evt.type=openat fd.name=/etc"));
  constexpr std::string_view kEnd = "evt.type = openat and fd.name endswith /shadow";
  EXPECT_TRUE(Refused(kEnd, "evt.type=openat fd.name=/host/etc/shadow"));
  EXPECT_FALSE(Refused(kEnd, "evt.type=openat fd.name=/etc/shadow-"));
}

TEST(KernelPolicy, AnExceptionBelowAPrefixIsExact) {
  constexpr std::string_view kRule =
      "evt.type = openat and fd.name startswith /etc/ and not fd.name in (/etc/hosts, /etc/motd)";
  EXPECT_TRUE(Refused(kRule, "evt.type=openat fd.name=/etc/shadow"));
  EXPECT_TRUE(Refused(kRule, "evt.type=openat fd.name=/etc/hosts.allow"));
  EXPECT_FALSE(Refused(kRule, "evt.type=openat fd.name=/etc/hosts"));
}

TEST(KernelPolicy, NullIsFalseAndItsNegationTrue) {
  EXPECT_FALSE(Refused("evt.type = openat and proc.name != cat", "evt.type=openat"));
  EXPECT_TRUE(Refused("evt.type = openat and not proc.name = cat", "evt.type=openat"));
  EXPECT_TRUE(Refused("evt.type = openat and not proc.name != cat", "evt.type=openat"));
}

TEST(KernelPolicy, LongPathsAreDecidedByTheirStart) {
  const std::string path = "/deep/" + std::string(400, 'x');
  EXPECT_TRUE(Refused("evt.type = openat and fd.name startswith /deep/", "evt.type=openat fd.name=" + path));
  EXPECT_TRUE(Refused("evt.type = openat and fd.name endswith xx", "evt.type=openat fd.name=" + path));
}

TEST(KernelPolicy, PmatchAndSimpleGlobsAreTextsAndPrefixes) {
  constexpr std::string_view kPmatch = "evt.type = openat and fd.name pmatch (/var/run, /root)";
  EXPECT_TRUE(Refused(kPmatch, "evt.type=openat fd.name=/var/run"));
  EXPECT_TRUE(Refused(kPmatch, "evt.type=openat fd.name=/var/run/docker.sock"));
  EXPECT_FALSE(Refused(kPmatch, "evt.type=openat fd.name=/var/runx"));
  constexpr std::string_view kGlob = "evt.type = openat and fd.name glob '*/release_agent'";
  EXPECT_TRUE(Refused(kGlob, "evt.type=openat fd.name=/cg/release_agent"));
  EXPECT_FALSE(Refused(kGlob, "evt.type=openat fd.name=/cg/release_agent2"));
}

TEST(KernelPolicy, HostOrContainer) {
  constexpr std::string_view kRule = "evt.type = mount and container.id != host";
  EXPECT_TRUE(Refused(kRule, "evt.type=mount container.id=0123456789ab", VD_KIND_MOUNT));
  EXPECT_FALSE(Refused(kRule, "evt.type=mount container.id=host", VD_KIND_MOUNT));
}

TEST(KernelPolicy, NetworksNestAndFamiliesAreApart) {
  constexpr std::string_view kRule =
      "evt.type = connect and fd.snet in (10.0.0.0/8, fe80::/10) and not fd.snet in (10.1.0.0/16, 10.2.3.4/32)";
  EXPECT_TRUE(Refused(kRule, "evt.type=connect fd.snet=10.9.9.9", VD_KIND_CONNECT));
  EXPECT_FALSE(Refused(kRule, "evt.type=connect fd.snet=10.1.9.9", VD_KIND_CONNECT));
  EXPECT_FALSE(Refused(kRule, "evt.type=connect fd.snet=10.2.3.4", VD_KIND_CONNECT));
  EXPECT_TRUE(Refused(kRule, "evt.type=connect fd.snet=10.2.3.5", VD_KIND_CONNECT));
  EXPECT_TRUE(Refused(kRule, "evt.type=connect fd.snet=fe80::1", VD_KIND_CONNECT));
  EXPECT_FALSE(Refused(kRule, "evt.type=connect fd.snet=2001::1", VD_KIND_CONNECT));
  constexpr std::string_view kAllV6 = "evt.type = connect and fd.snet in (0::/0)";
  EXPECT_TRUE(Refused(kAllV6, "evt.type=connect fd.snet=2001::1", VD_KIND_CONNECT));
  EXPECT_FALSE(Refused(kAllV6, "evt.type=connect fd.snet=10.9.9.9", VD_KIND_CONNECT));
}

TEST(KernelPolicy, DecidesSignalsByTheirTargetAndTheirName) {
  constexpr std::string_view kRule =
      "evt.type = kill and signal.target.exepath = /usr/sbin/agent and evt.arg.sig in (SIGKILL, SIGTERM)";
  EXPECT_TRUE(
      Refused(kRule, "evt.type=kill signal.target.exepath=/usr/sbin/agent evt.arg.sig=SIGKILL", VD_KIND_SIGNAL));
  EXPECT_FALSE(
      Refused(kRule, "evt.type=kill signal.target.exepath=/usr/sbin/agent evt.arg.sig=SIGHUP", VD_KIND_SIGNAL));
  EXPECT_FALSE(
      Refused(kRule, "evt.type=kill signal.target.exepath=/usr/sbin/other evt.arg.sig=SIGKILL", VD_KIND_SIGNAL));
  EXPECT_THAT(ErrorOf(Deny("evt.type = kill and signal.target.name = sshd")), HasSubstr("use signal.target.exepath"));
}

TEST(KernelPolicy, DecidesAttributesMemoryAndServicesByWhatTheirHooksKnow) {
  constexpr std::string_view kXattr =
      "evt.type = setxattr and xattr.name startswith security. and fs.path.name startswith /etc/";
  EXPECT_TRUE(
      Refused(kXattr, "evt.type=setxattr xattr.name=security.capability fs.path.name=/etc/x", VD_KIND_FILE_XATTR));
  EXPECT_FALSE(Refused(kXattr, "evt.type=setxattr xattr.name=user.x fs.path.name=/etc/x", VD_KIND_FILE_XATTR));
  constexpr std::string_view kMemory =
      "evt.type in (mmap, mprotect) and mem.is_anonymous = true and mem.is_writable = true";
  EXPECT_TRUE(Refused(kMemory, "evt.type=mmap mem.is_anonymous=true mem.is_writable=true", VD_KIND_MEMORY));
  EXPECT_FALSE(Refused(kMemory, "evt.type=mmap mem.is_anonymous=true mem.is_writable=false", VD_KIND_MEMORY));
  constexpr std::string_view kUring = "evt.type = io_uring_setup and io_uring.operation = sqpoll";
  EXPECT_TRUE(Refused(kUring, "evt.type=io_uring_setup io_uring.operation=sqpoll", VD_KIND_IO_URING));
  EXPECT_FALSE(Refused(kUring, "evt.type=io_uring_setup io_uring.operation=setup", VD_KIND_IO_URING));
  constexpr std::string_view kLockdown = "evt.type = locked_down and lockdown.reason in (dev_mem, kcore)";
  EXPECT_TRUE(Refused(kLockdown, "evt.type=locked_down lockdown.reason=kcore", VD_KIND_LOCKED_DOWN));
  EXPECT_FALSE(Refused(kLockdown, "evt.type=locked_down lockdown.reason=perf", VD_KIND_LOCKED_DOWN));
}

TEST(KernelPolicy, DecidesAUnixSocketByItsFile) {
  constexpr std::string_view kRule =
      "evt.type = connect and socket.path exists and not socket.path startswith /run/mine/";
  EXPECT_TRUE(Refused(kRule, "evt.type=connect socket.path=/run/docker.sock", VD_KIND_CONNECT));
  EXPECT_FALSE(Refused(kRule, "evt.type=connect socket.path=/run/mine/a", VD_KIND_CONNECT));
  EXPECT_FALSE(Refused(kRule, "evt.type=connect", VD_KIND_CONNECT));
}

TEST(KernelPolicy, AConditionThatIsOnlyATypeRefusesAllOfIt) {
  EXPECT_TRUE(Refused("evt.type = bpf", "evt.type=bpf", VD_KIND_BPF));
  EXPECT_NE(PolicyOf(Deny("evt.type = bpf"))->kinds[VD_KIND_BPF].tables, 0u);
}

TEST(KernelPolicy, AnOriginThatIsNoSystemCallOfTheKindCountsAsItsFirst) {
  const auto policy = PolicyOf(Deny("evt.type = openat"));
  PolicySubject subject;
  subject.values[VD_TABLE_SYSCALL] = uint64_t{425};  // io_uring_setup
  EXPECT_EQ(Decide(*policy, VD_KIND_FILE_OPEN, subject).verdict, VD_VERDICT_DENY);
  EXPECT_EQ(Decide(*PolicyOf(Deny("evt.type = open")), VD_KIND_FILE_OPEN, subject).verdict, VD_VERDICT_ALLOW);
}

TEST(KernelPolicy, OfOtherKindsOnlyTheirConstantsCount) {
  // Nothing is opened by a connect, so evt.is_open_write is false there, and fd.num is decided by nobody.
  constexpr std::string_view kRule = "evt.type in (connect, openat) and evt.is_open_write = false";
  EXPECT_TRUE(Refused(kRule, "evt.type=connect evt.is_open_write=false", VD_KIND_CONNECT));
  EXPECT_TRUE(Refused(kRule, "evt.type=openat evt.is_open_write=false", VD_KIND_FILE_OPEN));
  EXPECT_FALSE(Refused(kRule, "evt.type=openat evt.is_open_write=true", VD_KIND_FILE_OPEN));
}

TEST(KernelPolicy, TheFirstEnforcedRuleDecides) {
  const std::string rules = RuleText("evt.type = mount", "  action: deny\n  mode: monitor\n", "watch") +
                            RuleText("evt.type = mount and proc.name = cat", "  action: kill\n", "kill cat") +
                            RuleText("evt.type = mount and proc.name in (cat, dog)", "  action: deny\n", "no pets");
  const PolicyDecision cat = DecisionOn(rules, "evt.type=mount proc.name=cat", VD_KIND_MOUNT);
  EXPECT_EQ(cat.verdict, VD_VERDICT_KILL);
  EXPECT_EQ(cat.policy_id, 2u);
  const PolicyDecision dog = DecisionOn(rules, "evt.type=mount proc.name=dog", VD_KIND_MOUNT);
  EXPECT_EQ(dog.verdict, VD_VERDICT_DENY);
  EXPECT_EQ(dog.policy_id, 3u);
  const PolicyDecision cow = DecisionOn(rules, "evt.type=mount proc.name=cow", VD_KIND_MOUNT);
  EXPECT_EQ(cow.verdict, VD_VERDICT_WOULD_DENY);
  EXPECT_EQ(cow.policy_id, 1u);
}

TEST(KernelPolicy, GlobalMonitorModeEnforcesNothing) {
  EXPECT_EQ(
      DecisionOn(RuleText("evt.type = mount", "  action: kill\n"), "evt.type=mount", VD_KIND_MOUNT, Mode::kMonitor)
          .verdict,
      VD_VERDICT_WOULD_KILL);
}

TEST(KernelPolicy, DisabledRulesRefuseNothing) {
  EXPECT_TRUE(PolicyOf(RuleText("evt.type = mount", "  action: deny\n  enabled: false\n"))->empty());
}

TEST(KernelPolicy, ExecIsDecidedOnce) {
  const auto policy = PolicyOf(Deny("evt.type in (execve, execveat) and proc.exepath startswith /tmp/"));
  EXPECT_TRUE(policy->verdict_kinds().test(VD_KIND_EXEC));
  EXPECT_EQ(policy->verdict_kinds().count(), 1u);
}

TEST(KernelPolicy, OneOfTheAncestorsIsEnough) {
  const auto policy = PolicyOf(Deny("evt.type = openat and proc.aname = sh and proc.aexepath startswith /opt/"));
  PolicySubject subject;
  subject.values[VD_TABLE_SYSCALL] = uint64_t{257};
  subject.ancestors = {{VD_TABLE_COMM, "init"}, {VD_TABLE_COMM, "sh"}, {VD_TABLE_EXE, "/bin/sh"}};
  EXPECT_EQ(Decide(*policy, VD_KIND_FILE_OPEN, subject).verdict, VD_VERDICT_ALLOW);
  subject.ancestors.emplace_back(VD_TABLE_EXE, "/opt/tool");
  EXPECT_EQ(Decide(*policy, VD_KIND_FILE_OPEN, subject).verdict, VD_VERDICT_DENY);
  EXPECT_TRUE(policy->AsksForAncestors());
  EXPECT_FALSE(policy->refuses() && policy->HasClauses(VD_POLICY_ANCESTORS) &&
               policy->kinds[VD_POLICY_ANCESTORS].enforced.live != 0);
}

TEST(KernelPolicy, AConditionOfManyRulesIsAskedOnce) {
  std::string rules;
  for (int i = 0; i < 100; ++i)
    rules += Deny("evt.type = mount and proc.aname in (sh, bash) and proc.name = p" + std::to_string(i), "r" + std::to_string(i));
  EXPECT_EQ(PolicyOf(rules)->traits.size(), 1u);
}

TEST(KernelPolicy, AnEndThatBeginsWithinTheBeginningIsNoMatch) {
  constexpr std::string_view kRule = "evt.type = openat and fd.name glob '/ab*b/c'";
  EXPECT_FALSE(Refused(kRule, "evt.type=openat fd.name=/ab/c", VD_KIND_FILE_OPEN));
  EXPECT_TRUE(Refused(kRule, "evt.type=openat fd.name=/abb/c", VD_KIND_FILE_OPEN));
  EXPECT_TRUE(PolicyOf(Deny(kRule))->traits.empty());  // told by tables alone
}

TEST(KernelPolicy, ASetOfAGlobIsOneByte) {
  constexpr std::string_view kRule = "evt.type = openat and fd.name glob '/key[0-9][!.]*.pem'";
  EXPECT_TRUE(Refused(kRule, "evt.type=openat fd.name=/key1a.pem", VD_KIND_FILE_OPEN));
  EXPECT_FALSE(Refused(kRule, "evt.type=openat fd.name=/keya1.pem", VD_KIND_FILE_OPEN));
  EXPECT_FALSE(Refused(kRule, "evt.type=openat fd.name=/key1..pem", VD_KIND_FILE_OPEN));
  // Equal ones are one of the four that there is room for.
  constexpr std::string_view kFive = "evt.type = openat and fd.name glob '/[ab][ab][ab][ab][ab]?'";
  EXPECT_TRUE(Refused(kFive, "evt.type=openat fd.name=/ababab", VD_KIND_FILE_OPEN));
}

TEST(KernelPolicy, AlternativesOfOneTableAreOneClause) {
  const auto policy =
      PolicyOf(Deny("evt.type = openat and (fd.name = /a or fd.name startswith /b or fd.name in (/c, /d)) and "
                    "(proc.name = x or proc.name = y)"));
  EXPECT_EQ(policy->kinds[VD_KIND_FILE_OPEN].all.word[0], 1u);
}

// ---- errors ----

TEST(KernelPolicyErrors, NameTheConditionTheReasonAndThePlace) {
  EXPECT_THAT(
      ErrorOf(Deny("evt.type = openat and fd.num >= 0")),
      AllOf(HasSubstr("rules.yaml:3:"), HasSubstr("error: rule 'r' says deny, but no hook can decide `fd.num>=0`: ")));
}

TEST(KernelPolicyErrors, AreGivenAllAtOnce) {
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and evt.res = SUCCESS and proc.cmdline contains x", "a") +
                      Deny("evt.type = mount and proc.sname = sh", "b")),
              AllOf(HasSubstr("`evt.res=SUCCESS`"), HasSubstr("`proc.cmdline contains x`"), HasSubstr("rule 'b'"),
                    HasSubstr("`proc.sname=sh`")));
}

TEST(KernelPolicyErrors, WhatCannotHappenForAKindIsNoError) {
  EXPECT_EQ(ErrorOf(Deny("evt.type = connect and socket.family = AF_UNIX or evt.type = openat and fd.name = /x")),
            "no error");
  EXPECT_EQ(ErrorOf(Deny("evt.type = openat and (fd.name = /x or evt.type = connect and fd.num >= 0)")), "no error");
}

TEST(KernelPolicyErrors, AskForEventTypes) {
  EXPECT_THAT(ErrorOf(Deny("proc.name = cat")), HasSubstr("add `evt.type in (...)`"));
}

TEST(KernelPolicyErrors, NameTypesThatNoHookCanRefuse) {
  EXPECT_THAT(ErrorOf(Deny("evt.type in (openat, clone)")),
              AllOf(HasSubstr("no hook can refuse clone"), Not(HasSubstr("openat,"))));
}

std::string Kill(std::string_view condition, std::string_view more = "", std::string_view name = "r") {
  return RuleText(condition, "  action: kill\n" + std::string(more), name);
}

TEST(KernelPolicy, KillsForACallThatNoHookSees) {
  const std::string rule = Kill("evt.type in (memfd_create, setsid) and proc.name = bad and container.id != host");
  constexpr std::string_view kBad = "evt.type=memfd_create proc.name=bad container.id=3ad7b26ded6d";
  EXPECT_EQ(DecisionOn(rule, kBad, VD_KIND_SYSCALL).verdict, VD_VERDICT_KILL_AFTER);
  EXPECT_EQ(DecisionOn(rule, kBad, VD_KIND_SYSCALL, Mode::kMonitor).verdict, VD_VERDICT_WOULD_KILL_AFTER);
  for (std::string_view other : {"evt.type=prctl proc.name=bad container.id=3ad7b26ded6d",
                                 "evt.type=memfd_create proc.name=good container.id=3ad7b26ded6d",
                                 "evt.type=memfd_create proc.name=bad container.id=host"}) {
    EXPECT_EQ(DecisionOn(rule, other, VD_KIND_SYSCALL).verdict, VD_VERDICT_ALLOW) << other;
  }
}

TEST(KernelPolicy, RefusesAndKillsWhereThereIsAHookAndKillsAfterWhereThereIsNone) {
  const std::string rule = Kill("evt.type in (openat, memfd_create) and proc.name = bad");
  EXPECT_EQ(DecisionOn(rule, "evt.type=openat proc.name=bad", VD_KIND_FILE_OPEN).verdict, VD_VERDICT_KILL);
  EXPECT_EQ(DecisionOn(rule, "evt.type=memfd_create proc.name=bad", VD_KIND_SYSCALL).verdict, VD_VERDICT_KILL_AFTER);
}

TEST(KernelPolicyErrors, SayThatACallWithoutAHookCanBeKilledFor) {
  EXPECT_THAT(ErrorOf(Deny("evt.type in (openat, memfd_create)")),
              AllOf(HasSubstr("no hook can refuse memfd_create; say 'action: kill'"), HasSubstr("(kill-after)"),
                    Not(HasSubstr("openat,"))));
  EXPECT_THAT(ErrorOf(Kill("evt.type in (openat, clone)")), HasSubstr("no hook can refuse clone; take it out"));
}

TEST(KernelPolicyErrors, NameWhatIsNotInlineWhereThatIsRequired) {
  EXPECT_THAT(
      ErrorOf(Kill("evt.type in (openat, memfd_create)", "  require: inline\n")),
      AllOf(HasSubstr("it says 'require: inline', and no hook can refuse memfd_create"), HasSubstr("kill-after")));
  EXPECT_EQ(ErrorOf(Kill("evt.type = openat and fd.name = /x", "  require: inline\n")), "no error");
}

TEST(KernelPolicyErrors, OfACallWithoutAHookSayWhatIsNotCompared) {
  EXPECT_THAT(ErrorOf(Kill("evt.type = memfd_create and evt.arg.flags = MFD_CLOEXEC and evt.res = SUCCESS")),
              AllOf(HasSubstr("nothing in the kernel can decide `evt.arg.flags=MFD_CLOEXEC`: of memfd_create it is no "
                              "number of 32 bits"),
                    HasSubstr("`evt.res=SUCCESS`: results are not compared")));
  EXPECT_THAT(ErrorOf(Kill("evt.type = memfd_create and evt.arg.fd = 3")), HasSubstr("no number of 32 bits"));
  EXPECT_THAT(ErrorOf(Kill("evt.type = memfd_create and evt.arg.request = 1")), HasSubstr("none of the rule's calls"));
  EXPECT_THAT(ErrorOf(Kill("evt.type = ioctl and evt.arg.request startswith 54")), HasSubstr("use = or in"));
}

vd_verdict OnCall(std::string_view condition, std::string_view event) {
  return DecisionOn(Kill(condition), event, VD_KIND_SYSCALL).verdict;
}

TEST(KernelPolicy, ComparesNumbersAmongTheArgumentsOfACallWithoutAHook) {
  constexpr std::string_view kRequest = "evt.type = ioctl and evt.arg.request in (5412, 541D)";
  EXPECT_EQ(OnCall(kRequest, "evt.type=ioctl evt.arg.request=5412"), VD_VERDICT_KILL_AFTER);
  EXPECT_EQ(OnCall(kRequest, "evt.type=ioctl evt.arg.request=541D"), VD_VERDICT_KILL_AFTER);
  EXPECT_EQ(OnCall(kRequest, "evt.type=ioctl evt.arg.request=5413"), VD_VERDICT_ALLOW);
  constexpr std::string_view kOther = "evt.type = ioctl and not evt.arg.request = 5412";
  EXPECT_EQ(OnCall(kOther, "evt.type=ioctl evt.arg.request=5412"), VD_VERDICT_ALLOW);
  EXPECT_EQ(OnCall(kOther, "evt.type=ioctl evt.arg.request=5413"), VD_VERDICT_KILL_AFTER);
  constexpr std::string_view kOption = "evt.type = prctl and evt.arg.option = PR_SET_NAME";
  EXPECT_EQ(OnCall(kOption, "evt.type=prctl evt.arg.option=PR_SET_NAME"), VD_VERDICT_KILL_AFTER);
  EXPECT_EQ(OnCall(kOption, "evt.type=prctl evt.arg.option=PR_GET_NAME"), VD_VERDICT_ALLOW);
}

TEST(KernelPolicy, ComparesTheArgumentOfEachCallWhereThatHasIt) {
  constexpr std::string_view kPid = "evt.type in (pidfd_open, setpgid, setsid) and evt.arg.pid != 7";
  EXPECT_EQ(OnCall(kPid, "evt.type=pidfd_open evt.arg.pid=7"), VD_VERDICT_ALLOW);
  EXPECT_EQ(OnCall(kPid, "evt.type=setpgid evt.arg.pid=-1"), VD_VERDICT_KILL_AFTER);
  EXPECT_EQ(OnCall(kPid, "evt.type=setsid"), VD_VERDICT_ALLOW);  // it has none
  constexpr std::string_view kNot = "evt.type in (pidfd_open, setsid) and not evt.arg.pid = 7";
  EXPECT_EQ(OnCall(kNot, "evt.type=setsid"), VD_VERDICT_KILL_AFTER);
  EXPECT_EQ(OnCall(kNot, "evt.type=pidfd_open evt.arg.pid=7"), VD_VERDICT_ALLOW);
  EXPECT_EQ(OnCall(kNot, "evt.type=pidfd_open evt.arg.pid=8"), VD_VERDICT_KILL_AFTER);
  constexpr std::string_view kFd = "evt.type in (fchdir, ioctl, splice) and (evt.arg.fd = 3 or evt.arg.fd_out = 4)";
  EXPECT_EQ(OnCall(kFd, "evt.type=fchdir evt.arg.fd=3"), VD_VERDICT_KILL_AFTER);
  EXPECT_EQ(OnCall(kFd, "evt.type=splice evt.arg.fd_out=4 evt.arg.fd_in=3"), VD_VERDICT_KILL_AFTER);
  EXPECT_EQ(OnCall(kFd, "evt.type=splice evt.arg.fd_out=3 evt.arg.fd_in=3"), VD_VERDICT_ALLOW);
  EXPECT_EQ(OnCall(kFd, "evt.type=ioctl evt.arg.fd=4"), VD_VERDICT_ALLOW);
}

TEST(KernelPolicyErrors, OperatorsAndTransformersThatTheKernelDoesNotHave) {
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and fd.name contains shadow")),
              HasSubstr("a path that may begin and end with anything is not, as its folders could not be guarded"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and fd.name icontains shadow")),
              HasSubstr("`icontains` is not evaluated there"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and tolower(fd.name) = /x")), HasSubstr("transformers"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and fd.name glob '/[a-b][a-c][a-d][a-e][a-f]'")),
              HasSubstr("more than 4 different [...]"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and proc.aname[2] = sh")), HasSubstr("without one, all ancestors are"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and proc.aname contains sh")), HasSubstr("of ancestors only a text"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = execve and thread.cap_effective contains CAP_SYS_ADMIN")),
              HasSubstr("what it will have is not known before"));
  EXPECT_THAT(ErrorOf(Deny("evt.type in (mount, move_mount) and evt.arg.flags contains MS_BIND")),
              HasSubstr("use evt.type = mount"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = mount and evt.arg.flags contains 'MS_BIND|MS_REC'")), HasSubstr("ask for one name"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = mount and evt.arg.flags contains 5")), HasSubstr("a part of a number"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = mount and evt.arg.flags startswith MS_")), HasSubstr("use contains, = or in"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and container.duration > 5")), HasSubstr("it changes while"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and user.uid > 5")), HasSubstr("use = or in"));
}

TEST(KernelPolicyErrors, NameTheBoundThatIsExceeded) {
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and fd.name = /" + std::string(300, 'x'))),
              HasSubstr("longer than the 243"));
  std::string product = "evt.type = openat";
  for (const char* field : {"fd.name", "proc.name", "proc.pname", "proc.exepath"}) {
    product += " and (";
    for (int i = 0; i < 3; ++i) {
      product += (i == 0 ? "" : " or ") + std::string(field) + " = /v" + std::to_string(i) +
                 " and user.uid = " + std::to_string(i);
    }
    product += ")";
  }
  EXPECT_THAT(ErrorOf(Deny(product)), HasSubstr("more than 64 alternatives for file_open"));
  std::string many;
  for (int i = 0; i <= VD_MAX_CLAUSES; ++i)
    many += Deny("evt.type = mount and proc.name = p" + std::to_string(i), "r" + std::to_string(i));
  EXPECT_THAT(ErrorOf(many), HasSubstr("more than 2048 alternatives for mount"));
  std::string traits;
  for (int i = 0; i <= VD_MAX_TRAITS; ++i)
    traits += Deny("evt.type = mount and proc.aname = p" + std::to_string(i), "r" + std::to_string(i));
  EXPECT_THAT(ErrorOf(traits), HasSubstr("more than 64 conditions of which each is asked about by itself"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and fd.name glob '/" + std::string(VD_MAX_GLOB, '?') + "'")),
              HasSubstr("longer than the 120"));
}

TEST(KernelPolicyErrors, ARuleThatCanNeverRefuseSaysSo) {
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and fd.name = /x and not fd.name exists and fd.name in ()")),
              HasSubstr("false at every hook"));
}

TEST(KernelPolicyErrors, NameFieldsOnTheRightAndTransformers) {
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and fd.name = val(proc.exepath)")),
              AllOf(HasSubstr("no hook can decide `fd.name = val(proc.exepath)`"), HasSubstr("two fields")));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and not fd.name startswith tolower(proc.cwd)")),
              HasSubstr("no hook can decide `fd.name startswith tolower(proc.cwd)`"));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and concat(proc.name, fd.name) = ab")),
              AllOf(HasSubstr("concat(proc.name, fd.name)"), HasSubstr("transformers are not evaluated there")));
  EXPECT_THAT(ErrorOf(Deny("evt.type = openat and getopt((proc.name), \"n\") intersects (n)")),
              HasSubstr("transformers are not evaluated there"));
}

}  // namespace
}  // namespace vedette
