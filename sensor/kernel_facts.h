// SPDX-License-Identifier: Apache-2.0
//
// What the running kernel has: its BTF's functions and tracepoints, and its active security modules. Read once, at
// start (about 10 MB for a moment). Any thread.
#ifndef VEDETTE_SENSOR_KERNEL_FACTS_H_
#define VEDETTE_SENSOR_KERNEL_FACTS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "sensor/program_plan.h"

namespace vedette {

// An error if the kernel publishes no BTF.
absl::StatusOr<KernelFacts> ReadKernelFacts();

// The text of securityfs' lsm file ("lockdown,capability,landlock,yama,bpf"), whether or not securityfs is mounted;
// nullopt if it cannot be had.
std::optional<std::string> ActiveSecurityModules();
bool ListHas(std::string_view comma_separated, std::string_view name);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_KERNEL_FACTS_H_
