// SPDX-License-Identifier: Apache-2.0
//
// ContainerScan: the containers that run already when an agent starts, so that the kernel knows them before it decides
// by its rules. From /proc: a process is in one if neither its mount namespace nor its root directory is the host's, as
// the kernel has it. Blocks up to a deadline: for the start only.
#ifndef VEDETTE_SENSOR_CONTAINER_SCAN_H_
#define VEDETTE_SENSOR_CONTAINER_SCAN_H_

#include <chrono>
#include <cstdint>
#include <vector>

#include "sensor/container_lookup.h"
#include "sensor/event/process.h"

namespace vedette {

struct RunningContainer {
  Container container;
  uint64_t cgroup = 0;
};

// Those of which `load` has found everything; the rest becomes known as any other, or stays unknown.
std::vector<RunningContainer> FindRunningContainers(ContainerLookup::Load load, std::chrono::milliseconds deadline);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CONTAINER_SCAN_H_
