// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

Interest Of(std::string_view condition, std::string_view more = "") {
  return InterestOf(*RulesFrom(RuleText(condition, more)));
}

TEST(Interest, LifecycleIsAlwaysThere) {
  const Interest interest = InterestOf(RuleSet{});
  for (EventKind k : {VD_KIND_FORK, VD_KIND_EXEC, VD_KIND_EXIT, VD_KIND_CREDS}) EXPECT_TRUE(interest.kinds.test(k));
  EXPECT_EQ(interest.kinds.count(), 4u);
  EXPECT_TRUE(interest.verdict_kinds.none());
}

TEST(Interest, HasTheKindsThatRulesName) {
  const Interest interest = Of("evt.type in (connect, openat)");
  EXPECT_TRUE(interest.kinds.test(VD_KIND_CONNECT));
  EXPECT_TRUE(interest.kinds.test(VD_KIND_FILE_OPEN));
  EXPECT_FALSE(interest.kinds.test(VD_KIND_MOUNT));
  EXPECT_TRUE(interest.verdict_kinds.none());
}

TEST(Interest, OfCallsWithoutAHookIsInThoseThatRulesName) {
  const Interest interest = Of("evt.type in (prctl, userfaultfd)");
  EXPECT_TRUE(interest.kinds.test(VD_KIND_SYSCALL));
  EXPECT_EQ(interest.calls.count(), 2u);
  EXPECT_TRUE(interest.calls.test(*FindEventType("prctl")));
  EXPECT_TRUE(interest.calls.test(*FindEventType("userfaultfd")));
  EXPECT_TRUE(Of("evt.type = openat").calls.none());
  EXPECT_FALSE(Of("evt.type = openat").kinds.test(VD_KIND_SYSCALL));
}

TEST(Interest, OfACallThatIsKilledForIsInItsVerdict) {
  const Interest interest = Of("evt.type in (memfd_create, mkdir)", "  action: kill\n");
  EXPECT_TRUE(interest.verdict_kinds.test(VD_KIND_SYSCALL));
  EXPECT_TRUE(interest.verdict_kinds.test(VD_KIND_FILE_MKDIR));
  EXPECT_TRUE(interest.calls.test(*FindEventType("memfd_create")));
  EXPECT_TRUE(interest.killed_calls.test(*FindEventType("memfd_create")));
  EXPECT_EQ(interest.killed_calls.count(), 1u);
  EXPECT_TRUE(Of("evt.type = memfd_create").killed_calls.none());
  EXPECT_TRUE(Of("evt.type = memfd_create").verdict_kinds.none());
}

TEST(Interest, InTheWorkingDirectoryTakesItsChanges) {
  const Interest interest = Of("evt.type = openat and proc.cwd startswith /tmp");
  EXPECT_TRUE(interest.kinds.test(VD_KIND_SYSCALL));
  EXPECT_EQ(interest.calls.count(), 2u);
  EXPECT_TRUE(interest.calls.test(*FindEventType("fchdir")));
}

TEST(Interest, FieldsThatOnlyTheConfigurationAddsCountToo) {
  const auto rules = RulesFrom(RuleText("evt.type = openat"), {.additions = {{.fields = {{"dir", "in %proc.cwd"}}}}});
  EXPECT_TRUE(InterestOf(*rules).calls.test(*FindEventType("fchdir")));
}

TEST(Interest, DisabledRulesNeedNothing) {
  EXPECT_FALSE(Of("evt.type = connect", "  enabled: false\n").kinds.test(VD_KIND_CONNECT));
}

TEST(Interest, EnvironmentsAreCapturedOnlyWhereAFieldNeedsThem) {
  EXPECT_FALSE(Of("evt.type = execve and proc.name = cat").environments);
  EXPECT_TRUE(Of("evt.type = execve and proc.env contains LD_PRELOAD").environments);
  EXPECT_TRUE(Of("evt.type = openat and not proc.aenv[HOME] = /root").environments);
  EXPECT_TRUE(Of("evt.type = openat and len(proc.env[PATH]) > 1000").environments);
  EXPECT_FALSE(Of("evt.type = execve and proc.env contains LD_PRELOAD", "  enabled: false\n").environments);
  OutputPart part;
  part.field.field = FindField("proc.env").field;
  Rule shows;
  shows.output.push_back(part);
  RuleSet set;
  set.nodes.push_back({Node::Kind::kOr, 0, {}});
  set.rules.push_back(shows);
  EXPECT_TRUE(InterestOf(set).environments);
}

TEST(Interest, DetailsOfAnExecAreCapturedOnlyWhereAFieldNeedsThem) {
  EXPECT_FALSE(Of("evt.type = execve and proc.name = cat").exec_details);
  EXPECT_TRUE(Of("evt.type = execve and proc.stdin.type in (ipv4, ipv6)").exec_details);
  EXPECT_TRUE(Of("evt.type = openat and proc.vmsize > 1000").exec_details);
  EXPECT_TRUE(Of("evt.type = execve and proc.exe_ino.ctime_duration_pidns_start > 0").exec_details);
  EXPECT_FALSE(Of("evt.type = execve and proc.exe_ino.ctime_duration_proc_start > 0").exec_details);
}

TEST(Interest, DomainsAreTheWholeNamesThatAddressesAreComparedWith) {
  EXPECT_TRUE(Of("evt.type = connect and fd.sip = 192.0.2.1").domains.empty());
  EXPECT_EQ(Of("evt.type = connect and (fd.sip.name in (b.test, a.test) or fd.cip.name = c.test or "
               "not fd.rip.name != a.test)")
                .domains,
            (std::vector<std::string>{"a.test", "b.test", "c.test"}));
  EXPECT_TRUE(Of("evt.type = connect and fd.sip.name endswith .test").domains.empty());
  EXPECT_TRUE(Of("evt.type = connect and fd.sip.name = a.test", "  enabled: false\n").domains.empty());
}

TEST(Interest, VerdictsAreForTheKindsOfRulesThatRefuse) {
  const Interest interest = Of("evt.type = mount", "  action: deny\n");
  EXPECT_TRUE(interest.verdict_kinds.test(VD_KIND_MOUNT));
  EXPECT_EQ(interest.verdict_kinds.count(), 1u);
}

TEST(Interest, ARefusedExecIsDecidedAtExecAndReportedAsFailed) {
  const Interest interest = Of("evt.type = execve and proc.exepath = /tmp/x", "  action: kill\n");
  EXPECT_TRUE(interest.verdict_kinds.test(VD_KIND_EXEC));
  EXPECT_FALSE(interest.verdict_kinds.test(VD_KIND_EXEC_FAILED));
  EXPECT_TRUE(interest.kinds.test(VD_KIND_EXEC_FAILED));
}

TEST(Interest, OpensThatFailAreOnlyWantedByRulesThatCanMatchThem) {
  EXPECT_TRUE(Of("evt.type = openat and fd.name = /etc/shadow").failed_opens);
  EXPECT_TRUE(Of("evt.type = openat and evt.res = EACCES").failed_opens);
  EXPECT_TRUE(Of("evt.type = openat and not fd.num >= 0").failed_opens);
  EXPECT_TRUE(Of("evt.type = openat and evt.rawres < 0").failed_opens);
  EXPECT_TRUE(Of("evt.type = openat and fd.num = -1").failed_opens);
  EXPECT_TRUE(Of("evt.type = openat and (fd.num >= 0 or proc.name = cat)").failed_opens);
  EXPECT_FALSE(Of("evt.type = openat and fd.num >= 0 and fd.name = /etc/shadow").failed_opens);
  EXPECT_FALSE(Of("evt.type = openat and evt.res = SUCCESS").failed_opens);
  EXPECT_FALSE(Of("evt.type = openat and evt.rawres >= 0").failed_opens);
  EXPECT_FALSE(
      Of("evt.type = openat and not (fd.num = -1 or proc.name = cat) and fd.num exists and fd.num > -1").failed_opens);
  EXPECT_FALSE(Of("(evt.type = openat and fd.num >= 0) or evt.type = connect").failed_opens);
  EXPECT_FALSE(Of("evt.type = connect").failed_opens);
}

}  // namespace
}  // namespace vedette
