// SPDX-License-Identifier: Apache-2.0
#include "sensor/program_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "bpf/abi/config.h"
#include "sensor/event/event_kind.h"

namespace vedette {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// A kernel that has everything, but for `missing`.
KernelFacts Kernel(bool bpf_lsm, std::set<std::string> missing = {}) {
  KernelFacts out;
  out.has_function = [missing](std::string_view name) { return !missing.contains(std::string(name)); };
  out.has_tracepoint = out.has_function;
  out.bpf_lsm = bpf_lsm;
  return out;
}

Interest In(std::initializer_list<EventKind> kinds, std::initializer_list<EventKind> verdicts = {}) {
  Interest out;
  for (EventKind kind : kinds) out.kinds.set(kind);
  for (EventKind kind : verdicts) out.verdict_kinds.set(kind);
  return out;
}

std::vector<std::string> NamesOf(const ProgramPlan& plan) {
  std::vector<std::string> out;
  for (const ProgramPlan::Item& item : plan.load) out.emplace_back(item.program->name);
  return out;
}

TEST(ProgramPlan, LoadsOnlyTheLifecycleForNoInterest) {
  auto plan = PlanPrograms({}, Kernel(true));
  ASSERT_TRUE(plan.ok()) << plan.status();
  for (const ProgramPlan::Item& item : plan->load) EXPECT_TRUE(item.program->always) << item.program->name;
  EXPECT_EQ(plan->deferred_kinds, 0u);
  EXPECT_THAT(NamesOf(*plan), Contains("vd_process_exec"));
}

TEST(ProgramPlan, LoadsTheHookAndTheResultsOfAnEventThatIsWanted) {
  auto plan = PlanPrograms(In({VD_KIND_FILE_OPEN}), Kernel(true));
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(NamesOf(*plan), Contains("vd_file_open"));
  EXPECT_THAT(NamesOf(*plan), Contains("vd_exit_openat"));
  EXPECT_THAT(NamesOf(*plan), Not(Contains("vd_path_unlink")));
  EXPECT_EQ(plan->event_kinds, VD_KIND_BIT(FILE_OPEN));
  EXPECT_EQ(plan->deferred_kinds, VD_KIND_BIT(FILE_OPEN));
}

TEST(ProgramPlan, LoadsWhatLearnsOnlyToLearn) {
  auto plan = PlanPrograms(In({VD_KIND_FILE_OPEN}), Kernel(true));
  EXPECT_THAT(NamesOf(*plan), Not(Contains("vd_learn_enter")));
  Interest learn = In({VD_KIND_FILE_OPEN});
  learn.uses = true;
  plan = PlanPrograms(learn, Kernel(true));
  EXPECT_THAT(NamesOf(*plan), Contains("vd_learn_enter"));
  EXPECT_THAT(NamesOf(*plan), Contains("vd_learn_capable"));
  EXPECT_THAT(PlanPrograms(learn, Kernel(true, {"sys_enter"})).status().ToString(), HasSubstr("use --no-calls"));
}

TEST(ProgramPlan, AsksForSelfProtectionOfAnOpenOnce) {
  Interest judged = In({}, {VD_KIND_FILE_OPEN});
  judged.self_protection = true;
  auto plan = PlanPrograms(judged, Kernel(true));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->self_opens);
  EXPECT_THAT(NamesOf(*plan), Contains("vd_self_unlink"));
  EXPECT_THAT(NamesOf(*plan), Not(Contains("vd_self_file_open")));

  Interest only_told = In({VD_KIND_FILE_OPEN}, {VD_KIND_EXEC});  // vd_file_open goes when the agent does
  only_told.self_protection = true;
  plan = PlanPrograms(only_told, Kernel(true));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_FALSE(plan->self_opens);
  EXPECT_THAT(NamesOf(*plan), Contains("vd_self_file_open"));
}

std::vector<std::string> DecidingNamesOf(const ProgramPlan& plan) {
  std::vector<std::string> out;
  for (const ProgramPlan::Item& item : plan.load) {
    if (Decides(plan, item)) out.emplace_back(item.program->name);
  }
  return out;
}

// What goes on without the agent: no more than a verdict needs.
TEST(ProgramPlan, KnowsWhatDecides) {
  auto plan =
      PlanPrograms(In({VD_KIND_FILE_OPEN, VD_KIND_FILE_UNLINK, VD_KIND_CREDS}, {VD_KIND_FILE_OPEN}), Kernel(true));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(DecidingNamesOf(*plan),
              testing::UnorderedElementsAre("vd_task_alloc", "vd_bprm_check_security", "vd_process_exec",
                                            "vd_process_exit", "vd_file_open", "vd_open_creates"));
}

TEST(ProgramPlan, DecidesOnCredentialsByHooksThatAreAlwaysThere) {
  auto plan = PlanPrograms(In({}, {VD_KIND_CREDS}), Kernel(true));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(DecidingNamesOf(*plan), testing::IsSupersetOf({"vd_task_fix_setuid", "vd_task_fix_setgid",
                                                             "vd_task_fix_setgroups", "vd_capset"}));
}

TEST(ProgramPlan, LoadsNoResultsForAVerdictAlone) {
  auto plan = PlanPrograms(In({}, {VD_KIND_FILE_OPEN}), Kernel(true));
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(NamesOf(*plan), Contains("vd_file_open"));
  EXPECT_THAT(NamesOf(*plan), Not(Contains("vd_exit_openat")));
  EXPECT_EQ(plan->verdict_kinds, VD_KIND_BIT(FILE_OPEN));
  EXPECT_EQ(plan->deferred_kinds, 0u);
}

TEST(ProgramPlan, LoadsWhatOnlyDecidesForVerdictsOnly) {
  EXPECT_THAT(NamesOf(*PlanPrograms(In({VD_KIND_SETNS}), Kernel(true))), Not(Contains("vd_capable")));
  EXPECT_THAT(NamesOf(*PlanPrograms(In({VD_KIND_SETNS}, {VD_KIND_SETNS}), Kernel(true))), Contains("vd_capable"));
}

TEST(ProgramPlan, LoadsOfCallsWithoutAHookThoseThatAreWanted) {
  Interest interest = In({VD_KIND_SYSCALL});
  interest.calls.set(*FindEventType("userfaultfd"));
  auto plan = PlanPrograms(interest, Kernel(true));
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(NamesOf(*plan), Contains("vd_exit_call_userfaultfd"));
  EXPECT_THAT(NamesOf(*plan), Contains("vd_exit_call_userfaultfd_ia32"));
  EXPECT_THAT(NamesOf(*plan), Not(Contains("vd_exit_call_prctl")));
  EXPECT_EQ(plan->deferred_kinds, 0u);  // no hook holds a record back for them
}

TEST(ProgramPlan, WatchesAWantedCallByTheResultProbeWhereProgramsCouldBeSkipped) {
  Interest interest = In({VD_KIND_SYSCALL});
  interest.calls.set(*FindEventType("prctl"));
  KernelFacts kernel = Kernel(true);
  kernel.skips_programs = true;
  auto plan = PlanPrograms(interest, kernel);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->result_functions, (std::vector<std::string>{"__x64_sys_prctl", "__ia32_sys_prctl"}));
}

// What goes on without the agent is what kills, not what only tells of a call.
TEST(ProgramPlan, JudgesAtTheEndOfCallsThatAreKilledFor) {
  Interest interest = In({VD_KIND_SYSCALL}, {VD_KIND_SYSCALL});
  for (const char* call : {"prctl", "memfd_create", "setsid", "ioctl"}) interest.calls.set(*FindEventType(call));
  for (const char* call : {"memfd_create", "setsid", "ioctl"}) interest.killed_calls.set(*FindEventType(call));
  auto plan = PlanPrograms(interest, Kernel(true));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(NamesOf(*plan), Contains("vd_exit_call_prctl"));
  EXPECT_THAT(
      DecidingNamesOf(*plan),
      testing::UnorderedElementsAre("vd_task_alloc", "vd_bprm_check_security", "vd_process_exec", "vd_process_exit",
                                    "vd_exit_call_memfd_create", "vd_exit_call_memfd_create_ia32",
                                    "vd_exit_call_setsid", "vd_exit_call_ioctl", "vd_exit_call_ioctl_ia32"));
  EXPECT_TRUE(plan->warnings.empty());
  KernelFacts skipping = Kernel(true);
  skipping.skips_programs = true;
  plan = PlanPrograms(interest, skipping);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->deciding_functions,
              testing::UnorderedElementsAre("__x64_sys_memfd_create", "__ia32_sys_memfd_create", "__do_sys_setsid",
                                            "__x64_sys_ioctl", "__ia32_compat_sys_ioctl"));
  EXPECT_THAT(plan->result_functions, testing::UnorderedElementsAre("__x64_sys_prctl", "__ia32_sys_prctl"));
}

TEST(ProgramPlan, SaysWhereACallIsNotKilledFor) {
  Interest interest = In({VD_KIND_SYSCALL}, {VD_KIND_SYSCALL});
  interest.calls.set(*FindEventType("memfd_create"));
  interest.killed_calls.set(*FindEventType("memfd_create"));
  auto plan = PlanPrograms(interest, Kernel(true, {"__x64_sys_memfd_create", "__ia32_sys_memfd_create"}));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->warnings, Contains(HasSubstr("this kernel has no function __x64_sys_memfd_create")));
}

TEST(ProgramPlan, NotesWhatAHookNeedsWhereverItTellsOrDecides) {
  auto told = PlanPrograms(In({VD_KIND_FILE_XATTR}), Kernel(true));
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_THAT(NamesOf(*told), Contains("vd_want_write"));
  EXPECT_THAT(NamesOf(*told), Contains("vd_exit_call_setxattr"));
  EXPECT_EQ(told->deferred_kinds, VD_KIND_BIT(FILE_XATTR));
  auto decided = PlanPrograms(In({}, {VD_KIND_FILE_XATTR}), Kernel(true));
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_THAT(DecidingNamesOf(*decided), Contains("vd_want_write"));
  EXPECT_THAT(DecidingNamesOf(*decided), Contains("vd_inode_setxattr"));
}

TEST(ProgramPlan, DoesWithoutAHookThatOnlyNewerKernelsHave) {
  KernelFacts kernel = Kernel(true);
  auto everything = kernel.has_function;
  kernel.has_function = [everything](std::string_view name) {
    return everything(name) && name != "bpf_lsm_uring_allowed" && name != "bpf_lsm_file_truncate";
  };
  auto plan = PlanPrograms(In({VD_KIND_IO_URING}, {VD_KIND_IO_URING, VD_KIND_FILE_TRUNCATE}), kernel);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->warnings.empty());
  EXPECT_THAT(NamesOf(*plan), Contains("vd_path_truncate"));
  EXPECT_THAT(NamesOf(*plan), Not(Contains("vd_file_truncate")));
}

TEST(ProgramPlan, WatchesTheEntryOfSystemCallsOnlyWhereItIsNeeded) {
  EXPECT_THAT(NamesOf(*PlanPrograms(In({VD_KIND_FILE_OPEN}, {VD_KIND_MOUNT, VD_KIND_CAPABLE}), Kernel(true))),
              Not(Contains("vd_sys_enter")));
  const auto plan = PlanPrograms(In({VD_KIND_SYSCALL_ENTRY}), Kernel(true));
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(NamesOf(*plan), Contains("vd_sys_enter"));
  for (const ProgramPlan::Item& item : plan->load) {
    if (item.program->name != "vd_sys_enter") continue;
    EXPECT_TRUE(Decides(*plan, item));  // it goes on without the agent
  }
}

TEST(ProgramPlan, WatchesTheEntryOfSystemCallsByAProbeWhereProgramsCouldBeSkipped) {
  KernelFacts kernel = Kernel(true);
  EXPECT_THAT(NamesOf(*PlanPrograms(In({VD_KIND_SYSCALL_ENTRY}), kernel)), Not(Contains("vd_sys_enter_on")));
  kernel.skips_programs = true;
  const auto plan = PlanPrograms(In({VD_KIND_SYSCALL_ENTRY}), kernel);
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(NamesOf(*plan), Contains("vd_sys_enter_on"));
  for (const ProgramPlan::Item& item : plan->load) {
    EXPECT_EQ(item.probe, item.program->name == "vd_sys_enter" ? "vd_probe_sys_enter" : item.probe);
  }
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(ProgramPlan, NeedsNoProgramForContainerEvents) {
  auto plan = PlanPrograms(In({VD_KIND_CONTAINER}), Kernel(true));
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(ProgramPlan, PutsTheLifecycleFirstAndTheIteratorNext) {
  Interest all;
  all.kinds.set();
  all.kinds.reset(VD_KIND_NONE);
  all.calls = TypesOfKind(VD_KIND_SYSCALL);
  auto plan = PlanPrograms(all, Kernel(true));
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->warnings.empty());
  int stage = 0;
  for (const ProgramPlan::Item& item : plan->load) {
    int now = item.program->way == ProgramWay::kIter ? 1 : item.program->always ? 0 : 2;
    EXPECT_GE(now, stage) << item.program->name;
    stage = now;
  }
  EXPECT_EQ(stage, 2);
}

TEST(ProgramPlan, TakesFmodRetWhereBpfIsNoActiveLsm) {
  auto plan = PlanPrograms(In({VD_KIND_FILE_OPEN}), Kernel(false));
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->modify_return);
  for (const ProgramPlan::Item& item : plan->load) {
    EXPECT_EQ(item.modify_return, item.program->way == ProgramWay::kLsm) << item.program->name;
    if (item.modify_return) {
      EXPECT_EQ(item.function, SecurityFunctionOf(item.program->target));
    }
  }
  EXPECT_EQ(SecurityFunctionOf("file_open"), "security_file_open");
  EXPECT_EQ(SecurityFunctionOf("bprm_check_security"), "security_bprm_check");
  EXPECT_EQ(SecurityFunctionOf("userns_create"), "security_create_user_ns");
}

TEST(ProgramPlan, WarnsOfAHookThatIsMissingForEventsOnly) {
  auto plan = PlanPrograms(In({VD_KIND_FILE_UNLINK}), Kernel(true, {"bpf_lsm_path_unlink"}));
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->warnings.size(), 1u);
  EXPECT_THAT(plan->warnings[0], HasSubstr("no hook path_unlink"));
  EXPECT_THAT(plan->warnings[0], HasSubstr("file_unlink"));
}

TEST(ProgramPlan, RefusesToEnforceWhereTheHookIsMissing) {
  auto plan = PlanPrograms(In({}, {VD_KIND_FILE_UNLINK}), Kernel(true, {"bpf_lsm_path_unlink"}));
  EXPECT_THAT(plan.status().ToString(), HasSubstr("cannot be enforced here"));
  EXPECT_THAT(plan.status().ToString(), HasSubstr("file_unlink"));
}

TEST(ProgramPlan, RefusesAVerdictThatNoHookDecides) {
  EXPECT_THAT(PlanPrograms(In({}, {VD_KIND_EXIT}), Kernel(true)).status().ToString(),
              HasSubstr("no hook decides process_exit"));
  EXPECT_TRUE(PlanPrograms(In({}, {VD_KIND_EXEC}), Kernel(true)).ok());
}

TEST(ProgramPlan, CannotDoWithoutTheLifecycle) {
  EXPECT_THAT(PlanPrograms({}, Kernel(true, {"sched_process_exec"})).status().ToString(),
              HasSubstr("no process can be followed"));
}

TEST(ProgramPlan, TakesASystemCallThatDoesNotExistForGranted) {
  auto plan = PlanPrograms(In({VD_KIND_FILE_CHMOD}), Kernel(true, {"__x64_sys_fchmodat2"}));
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->warnings.empty());
  EXPECT_THAT(NamesOf(*plan), Not(Contains("vd_exit_fchmodat2")));
}

TEST(ProgramPlan, TakesProbesWhereTheKernelCouldSkipPrograms) {
  KernelFacts kernel = Kernel(true);
  kernel.skips_programs = true;
  auto plan = PlanPrograms(In({VD_KIND_FILE_OPEN}), kernel);
  ASSERT_TRUE(plan.ok());
  std::vector<std::string> probes;
  for (const ProgramPlan::Item& item : plan->load) {
    if (!item.probe.empty()) probes.push_back(std::string(item.probe) + " on " + item.function);
  }
  EXPECT_THAT(probes, ::testing::UnorderedElementsAre("vd_probe_fork on wake_up_new_task",
                                                      "vd_probe_exec on finalize_exec", "vd_probe_exit on exit_files"));
  EXPECT_THAT(plan->result_functions, Contains("__x64_sys_openat"));
  EXPECT_THAT(NamesOf(*plan), Not(Contains("vd_exit_openat")));
  EXPECT_EQ(plan->deferred_kinds, VD_KIND_BIT(FILE_OPEN));
}

TEST(ProgramPlan, LetsThreadsSendTheirResultsWhereTheKernelHasTaskWork) {
  KernelFacts kernel = Kernel(true);
  kernel.skips_programs = kernel.has_task_work = true;
  Interest interest = In({VD_KIND_FILE_OPEN, VD_KIND_CONNECT, VD_KIND_FILE_XATTR, VD_KIND_RECVFROM}, {VD_KIND_MOUNT});
  auto plan = PlanPrograms(interest, kernel);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->return_kinds, VD_KIND_BIT(FILE_OPEN) | VD_KIND_BIT(CONNECT));
  EXPECT_EQ(plan->deferred_kinds, plan->return_kinds | VD_KIND_BIT(FILE_XATTR));
  EXPECT_THAT(plan->result_functions, Not(Contains("__x64_sys_openat")));
  EXPECT_THAT(plan->result_functions, Contains("__x64_sys_setxattr"));
  EXPECT_THAT(plan->result_functions, Contains("__x64_sys_recvfrom"));
  // A call that fails before a hook has nothing waiting.
  interest.failed_opens = true;
  plan = PlanPrograms(interest, kernel);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->return_kinds, VD_KIND_BIT(CONNECT));
  EXPECT_THAT(plan->result_functions, Contains("__x64_sys_openat"));
}

TEST(Programs, AreNamedOnce) {
  std::set<std::string_view> names;
  for (const ProgramInfo& program : AllPrograms()) EXPECT_TRUE(names.insert(program.name).second) << program.name;
}

// There the kernel skips one fmod_ret program while another task is preempted in it.
TEST(ProgramPlan, SaysWhenAVerdictMayBeSkipped) {
  for (bool bpf_lsm : {false, true}) {
    for (bool preempts : {false, true}) {
      KernelFacts kernel = Kernel(bpf_lsm);
      kernel.skips_programs = preempts;
      const auto only_events = PlanPrograms(In({VD_KIND_FILE_OPEN}), kernel);
      ASSERT_TRUE(only_events.ok()) << only_events.status();
      EXPECT_TRUE(only_events->warnings.empty());
      const auto plan = PlanPrograms(In({}, {VD_KIND_FILE_OPEN}), kernel);
      ASSERT_TRUE(plan.ok()) << plan.status();
      ASSERT_EQ(plan->warnings.size(), !bpf_lsm && preempts ? 1u : 0u);
      if (!plan->warnings.empty()) {
        EXPECT_THAT(plan->warnings[0], HasSubstr("boot with bpf in lsm="));
      }
    }
  }
}

}  // namespace
}  // namespace vedette
