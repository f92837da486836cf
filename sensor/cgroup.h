// SPDX-License-Identifier: Apache-2.0
//
// Cgroups by the number that the kernel's programs know them by. Version 2 only: with version 1 alone every process has
// the same one. Plain functions; any thread; they read cgroupfs, which does not block.
#ifndef VEDETTE_SENSOR_CGROUP_H_
#define VEDETTE_SENSOR_CGROUP_H_

#include <cstdint>
#include <string>
#include <vector>

namespace vedette {

// Whether the host has the one hierarchy of version 2, mounted at /sys/fs/cgroup.
bool HasUnifiedCgroups();

// Of the cgroup at this path from the root of the hierarchy; 0: there is none.
uint64_t CgroupId(const std::string& path);
bool CgroupExists(uint64_t id);

// Whether root alone can have given this cgroup, or the one above it, the name that tells of a container (ContainerIdOfCgroup).
// In a directory that is another user's, anything may be called as another's container.
bool IsNamedByRoot(uint64_t id);

// The processes that are in it, not below it.
std::vector<uint32_t> ProcessesOfCgroup(const std::string& path);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CGROUP_H_
