// SPDX-License-Identifier: Apache-2.0
//
// ContainerId: what a cgroup path says about the container a process is in. A pure function over a table of
// the runtimes' naming schemes; works for cgroup v1 and v2, cgroupfs and systemd drivers. Any thread.
//
// Whether a task is in a container at all is not decided here: the kernel's VD_F_CONTAINER flag is (a process of
// the host may sit in a container's cgroup, and a cgroup may have any name). The path only names the container.
#ifndef VEDETTE_SENSOR_CONTAINER_ID_H_
#define VEDETTE_SENSOR_CONTAINER_ID_H_

#include <string>
#include <string_view>

namespace vedette {

struct ContainerId {
  std::string full_id;      // empty: the path names nothing
  std::string runtime;      // docker, containerd, cri-o, podman, runc, crun, lxc, systemd-nspawn, unknown
  std::string pod_uid;      // Kubernetes, else empty
  bool recognised = false;  // one of the known schemes; false: full_id is the leaf's name
};

// Longest name that is kept; what is beyond is cut.
inline constexpr size_t kMaxContainerId = 128;

// `path` is from the root of the hierarchy. Of nested containers, the innermost.
ContainerId ContainerIdOfCgroup(std::string_view path);

// What rules see as container.id: as Falco, the first 12 characters of a hash; names are left whole.
std::string ShortContainerId(std::string_view full_id);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CONTAINER_ID_H_
