// SPDX-License-Identifier: Apache-2.0
//
// EnforcementState: what is pinned, in the words of `vedette status`. Plain data.
#ifndef VEDETTE_SENSOR_ENFORCEMENT_STATE_H_
#define VEDETTE_SENSOR_ENFORCEMENT_STATE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sensor/hook_counts.h"
#include "sensor/rule_counts.h"

namespace vedette {

struct EnforcementState {
  bool agent = false;                 // one runs and has the directory
  size_t generations = 0;             // 1; more when a takeover was cut short; 0: nothing is pinned
  std::vector<std::string> programs;  // pinned, in the order of attaching
  size_t maps = 0;

  // Of the newest complete generation, where it tells.
  uint32_t pid = 0;
  std::string version;
  bool readable = false;                                // its layout is this program's: what follows is known
  uint64_t since_ns = 0, attached_ns = 0, gone_ns = 0;  // CLOCK_BOOTTIME, see vd_owner
  std::vector<RuleCount> rules;
  HookCounts hooks;  // since attached_ns
  // Of all generations:
  uint64_t unseen = 0;     // events that no agent was there to read
  uint64_t undecided = 0;  // operations allowed, as it could not be decided

  // Events that the rules find otherwise than the kernel decided, as the running agent counts them; nothing: not asked.
  std::optional<uint64_t> disagreements;
  std::vector<std::pair<std::string, uint64_t>> disagreements_by_rule;
  std::vector<std::string> monitored;  // containers in monitor mode, by `vedette mode`
  // Self-protection: whether it is there and on; attempts that it refused, and of these those that no agent has told.
  bool self_loaded = false, self_on = false;
  uint64_t self_refused = 0, self_untold = 0;

  bool enforcing() const { return !programs.empty(); }
  uint64_t Untold() const {
    uint64_t sum = 0;
    for (const RuleCount& rule : rules) sum += rule.Untold();
    return sum;
  }
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_ENFORCEMENT_STATE_H_
