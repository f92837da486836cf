// SPDX-License-Identifier: Apache-2.0
#include "sensor/program_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "bpf/abi/config.h"
#include "fmt/format.h"

namespace vedette {
namespace {

#define VD_WAY_LSM ProgramWay::kLsm
#define VD_WAY_FEXIT ProgramWay::kFexit
#define VD_WAY_FENTRY ProgramWay::kFentry
#define VD_WAY_TP_BTF ProgramWay::kTpBtf
#define VD_WAY_ITER ProgramWay::kIter
#define VD_WAY_CGROUP ProgramWay::kCgroup
constexpr ProgramInfo MakeInfo(std::string_view name, ProgramWay way, std::string_view target, uint64_t kinds,
                               uint64_t all, uint64_t verdicts_only, uint64_t where_present, uint64_t self,
                               uint64_t learning, uint64_t lineage) {
  const bool always = kinds == all;
  const auto has = [&](uint64_t flag) { return !always && (kinds & flag) != 0; };
  return {name,
          way,
          target,
          kinds & ~(verdicts_only | where_present | self | learning | lineage),
          always,
          has(verdicts_only),
          has(where_present),
          has(self),
          has(learning),
          has(lineage)};
}

#define VD_PROGRAM(program, WAY, target, KINDS)                                                                        \
  MakeInfo(#program, VD_WAY_##WAY, target, (KINDS), VD_ALWAYS, VD_VERDICTS_ONLY, VD_WHERE_PRESENT, VD_SELF_PROTECTION, \
           VD_LEARNING, VD_LINEAGE),
constexpr ProgramInfo kPrograms[] = {
#include "bpf/abi/programs.def"
};
#undef VD_PROGRAM

// Hooks whose function is not security_<hook>.
constexpr std::pair<std::string_view, std::string_view> kIrregular[] = {
    {"bprm_check_security", "security_bprm_check"},
    {"userns_create", "security_create_user_ns"},
    {"settime", "security_settime64"},
};

struct Probe {
  std::string_view replaced, name, function;
};
#define VD_PROBE(program, probe, function) {#program, #probe, function},
constexpr Probe kProbes[] = {
#include "bpf/abi/probes.def"
};
#undef VD_PROBE

// No hook holds a record back for them (see programs.def), though they have exit programs.
constexpr uint64_t kNeverDeferred = VD_KIND_BIT(EXEC_FAILED) | VD_KIND_BIT(RECVFROM) | VD_KIND_BIT(SYSCALL);

// Not from a program: the event stream makes them. CAPABLE: told only when it is refused.
constexpr uint64_t kFromUserSpace = VD_KIND_BIT(CONTAINER) | VD_KIND_BIT(CAPABLE);

// What keeps vd_task_state, and sees the agent's end.
constexpr std::string_view kFollowing[] = {"vd_task_alloc", "vd_bprm_check_security", "vd_process_exec",
                                           "vd_process_exit"};

// Where opens are judged, vd_file_open asks what this one asks.
constexpr std::string_view kSelfOpens = "vd_self_file_open";

// What of the programs that are always there decides, too.
struct Deciding {
  std::string_view program;
  uint64_t kinds;
};
constexpr Deciding kDeciding[] = {{"vd_task_alloc", VD_KIND_BIT(FORK)},  // by profiles' system calls
                                  {"vd_bprm_check_security", VD_KIND_BIT(EXEC)},
                                  {"vd_task_fix_setuid", VD_KIND_BIT(CREDS)},
                                  {"vd_task_fix_setgid", VD_KIND_BIT(CREDS)},
                                  {"vd_capset", VD_KIND_BIT(CREDS)}};

// The word for a set of kinds in a message: "file_open, mount".
std::string Names(uint64_t kinds) {
  std::string out;
  for (const EventKindInfo& info : AllEventKinds()) {
    if ((kinds >> info.kind & 1) == 0) continue;
    if (!out.empty()) out += ", ";
    out += info.name;
  }
  return out;
}

// An exit program gives events, or their results; but for those that keep what verdicts need, and those that judge.
uint64_t WantedBy(const ProgramInfo& program, const ProgramPlan& plan) {
  if (program.verdicts_only) return plan.verdict_kinds;
  const bool tells = program.way == ProgramWay::kFexit && !CallOf(program);
  return tells ? plan.event_kinds : plan.event_kinds | plan.verdict_kinds;
}

// Of the programs of one system call each (calls.def), those of the calls that are wanted.
bool IsUnwantedCall(const ProgramInfo& program, const Interest& interest) {
  const std::optional<EventTypeId> call = CallOf(program);
  return call && !interest.calls.test(*call) && !interest.killed_calls.test(*call);
}

bool IsKilledFor(const ProgramInfo& program, const EventTypes& killed_calls) {
  const std::optional<EventTypeId> call = CallOf(program);
  return call && killed_calls.test(*call);
}

// Where the program would be attached on this kernel; nullopt: nowhere.
std::optional<ProgramPlan::Item> Place(const ProgramInfo& program, const KernelFacts& kernel) {
  std::string target(program.target);
  switch (program.way) {
    case ProgramWay::kLsm: {
      std::string function = kernel.bpf_lsm ? "bpf_lsm_" + target : SecurityFunctionOf(target);
      if (!kernel.has_function(function)) return std::nullopt;
      return ProgramPlan::Item{&program, std::move(function), !kernel.bpf_lsm};
    }
    case ProgramWay::kFexit:
    case ProgramWay::kFentry:
      if (!kernel.has_function(target)) return std::nullopt;
      return ProgramPlan::Item{&program, target, false};
    case ProgramWay::kTpBtf:
      if (!kernel.has_tracepoint(target)) return std::nullopt;
      return ProgramPlan::Item{&program, target, false};
    case ProgramWay::kIter:
    case ProgramWay::kCgroup:
      return ProgramPlan::Item{&program, target, false};
  }
  return std::nullopt;
}

// Whether the one program for all results stands for it (see probes.def).
bool IsResult(const ProgramInfo& program) {
  return program.way == ProgramWay::kFexit && program.name.starts_with("vd_exit_");
}

// Kinds whose exit programs do nothing but give a waiting record its result: a thread that has one can do that itself, and
// all others need no program at the end of their calls.
uint64_t ReturnKinds(const Interest& interest, const KernelFacts& kernel) {
  if (!kernel.has_task_work) return 0;
  uint64_t waiting = 0, more = kNeverDeferred;
  if (interest.failed_opens) more |= VD_KIND_BIT(FILE_OPEN);
  for (const ProgramInfo& program : kPrograms) {
    if (!IsResult(program)) continue;
    (program.name.starts_with("vd_exit_call_") ? more : waiting) |= program.kinds;
  }
  return waiting & ~more;
}

// Puts the probe in the place of a program that this kernel could skip.
void Replace(const KernelFacts& kernel, ProgramPlan::Item& item) {
  for (const Probe& probe : kProbes) {
    if (probe.replaced != item.program->name || !kernel.has_function(probe.function)) continue;
    item.probe = probe.name;
    item.function = probe.function;
  }
}

// What keeps the tracepoint in use that a probe needs, where there is none.
bool IsIdle(const ProgramInfo& program, const KernelFacts& kernel) {
  return program.name == "vd_sys_enter_on" && !(kernel.skips_programs && kernel.has_function("trace_syscall_enter"));
}

int Order(const ProgramPlan::Item& item) {
  if (item.program->way == ProgramWay::kIter) return 1;
  if (item.program->self) return 3;
  return item.program->always ? 0 : 2;
}

absl::Status Missing(const ProgramInfo& program, uint64_t verdicts, ProgramPlan& plan) {
  std::string hook = fmt::format("{} ({})", program.target, program.name);
  if (program.always) {
    return absl::UnavailableError(
        fmt::format("this kernel has no {}, without which no process can be followed; see `vedette doctor`", hook));
  }
  if (program.learning) {
    return absl::UnavailableError(
        fmt::format("this kernel has no {}: system calls and capabilities cannot be learned; use --no-calls", hook));
  }
  if (program.verdicts_only && program.way != ProgramWay::kLsm) {
    plan.warnings.push_back(fmt::format(
        "this kernel has no function {}: a file that a rule refuses by name may get another by a mount", hook));
    return absl::OkStatus();
  }
  if (IsKilledFor(program, plan.killed_calls) && !program.target.starts_with("__ia32_")) {
    plan.warnings.push_back(
        fmt::format("this kernel has no function {}: if it has that system call, nobody is killed for it", hook));
  }
  if (program.way == ProgramWay::kFexit) return absl::OkStatus();  // the system call does not exist here
  if (program.where_present) return absl::OkStatus();
  if (program.self) {
    plan.warnings.push_back(fmt::format("this kernel has no hook {}: self-protection has a gap there", hook));
    return absl::OkStatus();
  }
  if (uint64_t lost = program.kinds & verdicts; lost != 0) {
    return absl::UnavailableError(fmt::format(
        "this kernel has no hook {}: rules with `action: deny` or `kill` on {} cannot be enforced here; remove the "
        "action or use another kernel (see `vedette doctor`)",
        hook, Names(lost)));
  }
  plan.warnings.push_back(fmt::format("this kernel has no hook {}: some events of {} are not seen", hook,
                                      Names(program.kinds & plan.event_kinds)));
  return absl::OkStatus();
}

}  // namespace

std::span<const ProgramInfo> AllPrograms() { return kPrograms; }

std::optional<EventTypeId> CallOf(const ProgramInfo& program) {
  if (program.kinds != VD_KIND_BIT(SYSCALL)) return std::nullopt;
  constexpr std::string_view kBeforeName = "_sys_";  // __x64_sys_prctl, __ia32_sys_prctl, __do_sys_setsid
  const std::string_view target = program.target;
  return FindEventType(target.substr(target.find(kBeforeName) + kBeforeName.size()));
}

std::vector<std::string_view> ProbeFunctions() {
  std::vector<std::string_view> out;
  for (const Probe& probe : kProbes) out.push_back(probe.function);
  return out;
}

std::string SecurityFunctionOf(std::string_view hook) {
  for (const auto& [name, function] : kIrregular) {
    if (name == hook) return std::string(function);
  }
  return fmt::format("security_{}", hook);
}

uint64_t DecidedKinds(const ProgramInfo& program) {
  if (!program.always) return program.kinds;
  const auto* found = std::ranges::find(kDeciding, program.name, &Deciding::program);
  return found == std::end(kDeciding) ? 0 : found->kinds;
}

bool Decides(const ProgramPlan& plan, const ProgramPlan::Item& item) {
  const ProgramInfo& program = *item.program;
  if (program.self) return true;
  if (program.always && std::ranges::find(kFollowing, program.name) != std::end(kFollowing)) return true;
  if (program.kinds == VD_KIND_BIT(SYSCALL_ENTRY)) return true;  // it is there for those it kills
  if (IsKilledFor(program, plan.killed_calls)) return true;
  const bool hook = program.way == ProgramWay::kLsm || program.way == ProgramWay::kFentry || program.verdicts_only;
  return hook && (DecidedKinds(program) & plan.verdict_kinds) != 0;
}

absl::StatusOr<ProgramPlan> PlanPrograms(const Interest& interest, const KernelFacts& kernel) {
  ProgramPlan plan;
  plan.event_kinds = interest.kinds.to_ullong();
  plan.verdict_kinds = interest.verdict_kinds.to_ullong();
  plan.killed_calls = interest.killed_calls;
  uint64_t seen = VD_KIND_BIT(FORK) | VD_KIND_BIT(EXEC) | VD_KIND_BIT(EXIT) | VD_KIND_BIT(CREDS) | kFromUserSpace;
  // Kinds with a hook in the plan; of the lifecycle's, only exec is decided. A call without one is judged where it is.
  uint64_t decided = VD_KIND_BIT(SYSCALL);
  const uint64_t return_kinds = ReturnKinds(interest, kernel) & plan.event_kinds;
  for (const ProgramInfo& program : kPrograms) {
    const bool wanted = program.self       ? interest.self_protection
                        : program.learning ? interest.uses
                        : program.lineage  ? interest.ancestors
                                           : (program.kinds & WantedBy(program, plan)) != 0;
    if (!program.always && !wanted) continue;
    if (program.name == kSelfOpens && (plan.verdict_kinds & VD_KIND_BIT(FILE_OPEN)) != 0) {
      plan.self_opens = true;
      continue;
    }
    if (IsUnwantedCall(program, interest) || IsIdle(program, kernel)) continue;
    if (IsResult(program) && (program.kinds & return_kinds) != 0) {
      plan.return_kinds |= program.kinds & return_kinds;
      continue;
    }
    std::optional<ProgramPlan::Item> item = Place(program, kernel);
    if (!item) {
      if (absl::Status s = Missing(program, plan.verdict_kinds, plan); !s.ok()) return s;
      continue;
    }
    if (program.way == ProgramWay::kFexit && !program.verdicts_only)
      plan.deferred_kinds |= program.kinds & plan.event_kinds & ~kNeverDeferred;
    if (program.way == ProgramWay::kLsm) decided |= DecidedKinds(program);
    plan.modify_return |= item->modify_return;
    if (!program.always) seen |= program.kinds;
    if (kernel.skips_programs && IsResult(program)) {
      auto& functions = Decides(plan, *item) ? plan.deciding_functions : plan.result_functions;
      functions.push_back(std::move(item->function));
      continue;
    }
    if (kernel.skips_programs) Replace(kernel, *item);
    if (kernel.skips_programs && program.name == "vd_sys_enter" && item->probe.empty()) {
      plan.warnings.emplace_back(
          "this kernel may skip the entry of system calls on a busy processor: a call that is killed for there may be "
          "let "
          "pass now and then; refuse by hooks (`deny`) or by a seccomp filter");
    }
    plan.load.push_back(std::move(*item));
  }
  plan.deferred_kinds |= plan.return_kinds;
  if (uint64_t unseen = plan.event_kinds & ~seen; unseen != 0) {
    plan.warnings.push_back(fmt::format("this kernel gives no events of {}", Names(unseen)));
  }
  if (uint64_t undecided = plan.verdict_kinds & ~decided; undecided != 0) {
    return absl::UnimplementedError(fmt::format(
        "no hook decides {}: rules on it can only alert; remove `action: deny` or `kill`", Names(undecided)));
  }
  if (plan.modify_return && plan.verdict_kinds != 0 && kernel.skips_programs) {
    plan.warnings.emplace_back(
        "bpf is not in lsm=, and this kernel may preempt a verdict; what others do on that processor meanwhile is "
        "allowed: boot with bpf in lsm=");
  }
  std::stable_sort(plan.load.begin(), plan.load.end(),
                   [](const auto& a, const auto& b) { return Order(a) < Order(b); });
  return plan;
}

}  // namespace vedette
