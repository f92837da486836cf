// SPDX-License-Identifier: Apache-2.0
//
// OciContainer: a container that its runtime is making, as the runtime tells its hooks (OCI runtime specification,
// "State"), and how `vedette oci-hook` tells the agent: one JSON object {id, pid, bundle}, ended by the end of the
// stream; the answer is "ok" or what is wrong. The texts are others': bounded, never throws. Plain functions; any
// thread.
#ifndef VEDETTE_SENSOR_OCI_CONTAINER_H_
#define VEDETTE_SENSOR_OCI_CONTAINER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sensor/container_scan.h"

namespace vedette {

inline constexpr size_t kMaxOciState = 1 << 20;  // bytes; it has the container's annotations in it
inline constexpr size_t kMaxOciId = 1024;

struct OciContainer {
  std::string id;
  uint32_t pid = 0;    // in the initial pid namespace: the process that will be the container's first
  std::string bundle;  // absolute; "": not told
};

// From a hook's stdin. An error says which member is wrong.
absl::StatusOr<OciContainer> ParseOciState(std::string_view json);
std::string ToJson(const OciContainer& container);

struct IntroducedContainer : RunningContainer {
  std::string cgroup_path;
};

// What the runtimes' files tell of it, and its cgroup, which has to be its own: nobody else's process is in it. Reads
// files, so not for the event thread.
absl::StatusOr<IntroducedContainer> ResolveOciContainer(const OciContainer& oci);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_OCI_CONTAINER_H_
