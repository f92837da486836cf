// SPDX-License-Identifier: Apache-2.0
//
// Capabilities: what this kernel and this process's privileges give Vedette, and what is lost where something is
// missing; the table of `vedette doctor`. Reads files and makes probe calls; loads no program of ours. Any thread.
#ifndef VEDETTE_SENSOR_CAPABILITIES_H_
#define VEDETTE_SENSOR_CAPABILITIES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sensor/event/event_kind.h"
#include "sensor/program_plan.h"

namespace vedette {

struct Capability {
  enum class Status : uint8_t { kYes, kFallback, kNo };
  std::string name;
  Status status = Status::kNo;
  bool required = false;  // without it nothing runs
  std::string detail;     // what was found
  std::string lost;       // when not kYes
  std::string remedy;
};

std::vector<Capability> ProbeCapabilities();

// The plan for this kernel. The error is one line that says what is missing and what to do.
absl::StatusOr<ProgramPlan> PlanForThisKernel(const Interest& interest);

// OK if what `interest` needs can be loaded and attached here; else one line that says what is missing and what to do.
absl::Status CheckCanRun(const Interest& interest);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CAPABILITIES_H_
