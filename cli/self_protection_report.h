// SPDX-License-Identifier: Apache-2.0
//
// SelfProtectionReport: what self-protection did, in words, and the alerts of it. Pure functions; any thread.
#ifndef VEDETTE_CLI_SELF_PROTECTION_REPORT_H_
#define VEDETTE_CLI_SELF_PROTECTION_REPORT_H_

#include <string>

#include "cli/control_protocol.h"
#include "cli/enforcement_report.h"
#include "cli/live_source.h"
#include "engine/alert.h"

namespace vedette {

// "Vedette internal: tampering refused", Critical: who tried what.
Alert MakeTamperAlert(const LiveAttempt& attempt, const BootClock& clock, const std::string& hostname);
// "Vedette internal: self-protection off", Critical, or that it is on again.
Alert MakeGuardAlert(bool on, const BootClock& clock, const std::string& hostname);

// "Vedette internal: mode changed": what `vedette mode` did. Critical if less is refused than before.
Alert MakeModeAlert(const std::string& what, Mode mode, const ControlPeer& peer, const BootClock& clock,
                    const std::string& hostname);

}  // namespace vedette
#endif  // VEDETTE_CLI_SELF_PROTECTION_REPORT_H_
