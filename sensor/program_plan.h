// SPDX-License-Identifier: Apache-2.0
//
// ProgramPlan: which BPF programs to load and attach, and how, for what the rules need on what the kernel has. A pure
// function of the list in bpf/abi/programs.def, the interest, and the kernel's facts; needs no libbpf. Any thread.
#ifndef VEDETTE_SENSOR_PROGRAM_PLAN_H_
#define VEDETTE_SENSOR_PROGRAM_PLAN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sensor/event/event_kind.h"

namespace vedette {

enum class ProgramWay : uint8_t { kLsm, kFexit, kFentry, kTpBtf, kIter, kCgroup };

struct ProgramInfo {
  std::string_view name;
  ProgramWay way;
  std::string_view target;
  uint64_t kinds;      // bit per EventKind
  bool always;         // lifecycle: needed for any event at all
  bool verdicts_only;  // no event comes from it
  bool where_present;  // nothing is lost where the kernel does not have it
  bool self;           // self-protection: attached by itself, while rules refuse
  bool learning;       // nor from this one: for Interest::uses
  bool lineage;        // likewise, for Interest::ancestors
};

std::span<const ProgramInfo> AllPrograms();
// The system call that a program of a kind without a hook is at the end of; nothing of other programs.
std::optional<EventTypeId> CallOf(const ProgramInfo& program);
// Kernel functions that probes (bpf/abi/probes.def) would be attached to.
std::vector<std::string_view> ProbeFunctions();

// The kernel function whose return value an LSM hook's verdict becomes: security_<hook>, but for a few.
std::string SecurityFunctionOf(std::string_view hook);

// What of the running kernel decides; from its BTF and securityfs, or made up in a test.
struct KernelFacts {
  std::function<bool(std::string_view)> has_function;    // in the kernel's BTF
  std::function<bool(std::string_view)> has_tracepoint;  // its btf_trace_ type
  bool bpf_lsm = false;                                  // "bpf" among the active LSMs
  bool skips_programs = false;                           // preempts kernel code: probes.def applies
  bool has_task_work = false;                            // a thread can be made to come by at its call's end
};

struct ProgramPlan {
  struct Item {
    const ProgramInfo* program;
    std::string function;         // kernel function, where attaching names one
    bool modify_return;           // an LSM program retyped to fmod_ret on `function`
    std::string_view probe = {};  // what is loaded instead, by kprobe.multi on `function`; see probes.def
  };
  std::vector<Item> load;                       // lifecycle programs first, then the iterator, then the others
  std::vector<std::string> result_functions;    // where vd_probe_result stands for their exit programs
  std::vector<std::string> deciding_functions;  // where it stands for those of calls that are killed for
  uint64_t event_kinds = 0, verdict_kinds = 0, deferred_kinds = 0, return_kinds = 0;  // for vd_config
  EventTypes killed_calls;
  bool modify_return = false;  // the fallback is in use
  bool self_opens = false;     // the program that judges opens asks for self-protection, too
  std::vector<std::string> warnings;
};

// The kinds that the program's verdicts are about: bit per EventKind. What is always loaded decides only some.
uint64_t DecidedKinds(const ProgramInfo& program);

// Whether the verdicts of the plan need the program: its hook decides, or it follows processes for those that do. These
// go on when the agent has ended; all others only tell.
bool Decides(const ProgramPlan& plan, const ProgramPlan::Item& item);

// An error if a lifecycle program or one that a verdict needs cannot be attached; what only lessens events is a
// warning.
absl::StatusOr<ProgramPlan> PlanPrograms(const Interest& interest, const KernelFacts& kernel);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_PROGRAM_PLAN_H_
