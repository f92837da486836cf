// SPDX-License-Identifier: Apache-2.0
//
// ContextRecord: what the live sensor learnt from files of the host and a replay cannot: a container's metadata, a
// cgroup's path. It travels to the Tap, and so into recordings, between the kernel's records: a vd_header with a kind
// of its own, then JSON. Read as any other hostile input.
#ifndef VEDETTE_SENSOR_CONTEXT_RECORD_H_
#define VEDETTE_SENSOR_CONTEXT_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sensor/event/process.h"

namespace vedette {

// Far above any vd_kind: these records never come from the kernel.
inline constexpr uint16_t kContextKind = 0xfffe;

struct CgroupPath {
  uint64_t cgroup_id = 0;
  std::string path;
};

bool IsContextRecord(std::span<const std::byte> record);

std::vector<std::byte> MakeContextRecord(const Container& container);
std::vector<std::byte> MakeContextRecord(const CgroupPath& cgroup);

std::optional<std::variant<Container, CgroupPath>> ReadContextRecord(std::span<const std::byte> record);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CONTEXT_RECORD_H_
