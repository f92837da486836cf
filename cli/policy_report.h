// SPDX-License-Identifier: Apache-2.0
//
// PolicyReport: how the kernel decides the rules that refuse: at which hooks, by which tables, at what cost, and how much of each
// bound they take. For `vedette check --kernel`. Pure functions of a rule set and its compiled policy; any thread.
#ifndef VEDETTE_CLI_POLICY_REPORT_H_
#define VEDETTE_CLI_POLICY_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "rules/rule_set.h"
#include "sensor/event/kernel_policy.h"

namespace vedette {

struct PolicyReport {
  struct Table {
    std::string value;     // the field whose values it holds: "fd.name", "fd.name backwards"
    uint32_t entries = 0;  // of this rule: values that tell something of it
    uint32_t cost = 0;     // instructions of a look-up, measured; 0: this kind of table has not been
  };
  enum class How : uint8_t {
    kMark,       // a program that starts is put under a profile
    kInline,     // refused by a hook
    kKillAfter,  // carried out and killed for: no hook is asked
  };
  struct Kind {
    std::string kind;
    How how = How::kMark;
    std::vector<std::string> hooks;     // "lsm/file_open"; of kKillAfter "fexit/__x64_sys_prctl"
    std::vector<std::string> fallback;  // without bpf in lsm=: "fmod_ret/security_file_open"
    uint32_t clauses = 0;
    std::vector<Table> tables;
    uint32_t cost = 0;  // at most, in instructions
  };
  struct Rule {
    std::string name;
    std::string action;  // deny, kill; profile: what a program that starts comes under
    bool enforced = false;
    std::vector<Kind> kinds;
  };
  struct Bound {
    std::string what;
    uint64_t used = 0, most = 0;
  };
  std::vector<Rule> rules;
  std::vector<Bound> bounds;
};

PolicyReport ReportPolicy(const RuleSet& rules, const KernelPolicy& policy);
std::string PolicyText(const PolicyReport& report);
std::string PolicyJson(const PolicyReport& report);

}  // namespace vedette
#endif  // VEDETTE_CLI_POLICY_REPORT_H_
