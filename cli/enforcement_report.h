// SPDX-License-Identifier: Apache-2.0
//
// EnforcementReport: what is said of enforcement that outlives its agent: by `vedette status` and `unload`, in the log
// and in alerts of the next agent. Pure functions, any thread.
#ifndef VEDETTE_CLI_ENFORCEMENT_REPORT_H_
#define VEDETTE_CLI_ENFORCEMENT_REPORT_H_

#include <cstdint>
#include <string>

#include "engine/alert.h"
#include "sensor/enforcement_state.h"
#include "sensor/event_source.h"

namespace vedette {

struct BootClock {
  uint64_t now_ns = 0;           // CLOCK_BOOTTIME
  int64_t boot_realtime_ns = 0;  // CLOCK_REALTIME at boot
  static BootClock Now();
};

std::string StatusText(const EnforcementState& state, const std::string& pin_dir, const BootClock& clock);
std::string StatusJson(const EnforcementState& state, const std::string& pin_dir, const BootClock& clock);

// One line: "took over from process 12 (vedette 0.1.0), which ended 3 s ago: 5 refusals nobody was told of (…), …".
std::string TakeoverLine(const EnforcementState& former, const BootClock& clock);
// "Vedette internal: no agent ran", if there is something that no agent has seen.
bool HasGap(const EnforcementState& former);
Alert MakeGapAlert(const EnforcementState& former, const BootClock& clock, const std::string& hostname);

// "Vedette internal: allowed undecided": `counts` operations since the last such alert.
Alert MakeUndecidedAlert(const UndecidedCounts& counts, int64_t now_ns, const std::string& hostname);

}  // namespace vedette
#endif  // VEDETTE_CLI_ENFORCEMENT_REPORT_H_
