// SPDX-License-Identifier: Apache-2.0
//
// Summary: what a run saw and lost, on one screen. Pure.
#ifndef VEDETTE_CLI_SUMMARY_H_
#define VEDETTE_CLI_SUMMARY_H_

#include <string>

#include "cli/agent.h"

namespace vedette {

// Lines that begin with two blanks: events, alerts, losses (each kind and reason that is not zero, or "none"), outputs.
std::string Summarize(const AgentReport& report);
// "seen 12, muted 10, refused 1, sent 2, lost 0" of a kind; "" if no hook of it has run.
std::string HooksOf(const HookCounts& hooks, size_t kind);

std::string SummarizeSource(const AgentReport& report);  // events and losses only

}  // namespace vedette
#endif  // VEDETTE_CLI_SUMMARY_H_
