// SPDX-License-Identifier: Apache-2.0
//
// CompileCalls: what a profile says of system calls → the kernel's table of bpf/abi/policy.h, and what has to be
// attached for it. Here is decided how each is enforced: refused at a hook, or told or killed at the call's entry. Any
// thread, no state.
#ifndef VEDETTE_ENGINE_CALL_COMPILER_H_
#define VEDETTE_ENGINE_CALL_COMPILER_H_

#include <memory>
#include <string>
#include <vector>

#include "bpf/abi/policy.h"
#include "rules/call_policy.h"
#include "sensor/event/event_kind.h"

namespace vedette {

struct CompiledCalls {
  std::unique_ptr<vd_call_policy> table;  // without policy_id, counter, monitor
  EventKinds hooks;                       // that refuse some of the calls
  bool at_entry = false;                  // some are decided at the entry
  std::vector<std::string> killed_after;  // names of calls that are killed for and carried out, sorted
  std::vector<std::string> errors;        // each a sentence; the table is not to be used then
};

CompiledCalls CompileCalls(const CallPolicy& policy);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_CALL_COMPILER_H_
