// SPDX-License-Identifier: Apache-2.0
//
// Alert: one rule that matched one event. Owns everything it says; moved from the engine through the outputs' queues.
#ifndef VEDETTE_ENGINE_ALERT_H_
#define VEDETTE_ENGINE_ALERT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rules/rule_set.h"

namespace vedette {

using AlertValue = std::variant<std::monostate, bool, int64_t, std::string>;  // monostate: null

struct Alert {
  std::string id;       // UUIDv7 (RFC 9562), stable across retries
  int64_t time_ns = 0;  // CLOCK_REALTIME, of the event
  std::string rule;
  Priority priority = Priority::kDebug;
  std::string source;  // "syscall"
  std::string hostname;
  std::string output;                                      // the formatted line, without time and priority
  std::vector<std::pair<std::string, AlertValue>> fields;  // output_fields, in the order of the output, each once
  std::vector<std::string> tags;
  Action action = Action::kAlert;
  vd_verdict verdict = VD_VERDICT_ALLOW;  // what the kernel did
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_ALERT_H_
