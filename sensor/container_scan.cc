// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_scan.h"

#include <sys/stat.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "sensor/cgroup.h"
#include "sensor/container_id.h"
#include "sensor/proc_scan.h"

namespace vedette {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kAtOnce = 128;  // less than a lookup's queue holds

struct Place {
  uint64_t device = 0, inode = 0;
  bool operator==(const Place&) const = default;
};
Place PlaceOf(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return {};
  return {st.st_dev, st.st_ino};
}

std::set<std::string> CgroupsOfContainers() {
  const Place host_root = PlaceOf("/proc/1/root/."), host_mounts = PlaceOf("/proc/1/ns/mnt");
  const ProcScan proc;
  std::set<std::string> out;
  std::error_code error;
  std::filesystem::directory_iterator dir("/proc", error), end;
  for (; !error && dir != end; dir.increment(error)) {
    const std::string name = dir->path().filename().string();
    uint32_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size()) continue;
    const std::string process = "/proc/" + name;
    if (PlaceOf(process + "/ns/mnt") == host_mounts || PlaceOf(process + "/root/.") == host_root) continue;
    out.insert(proc.CgroupOf(pid));
  }
  return out;
}

}  // namespace

std::vector<RunningContainer> FindRunningContainers(ContainerLookup::Load load, std::chrono::milliseconds deadline) {
  const auto end = Clock::now() + deadline;
  std::multimap<std::string, uint64_t> cgroups;  // by container
  std::map<std::string, Container> containers;
  for (const std::string& path : CgroupsOfContainers()) {
    const ContainerId id = ContainerIdOfCgroup(path);
    const uint64_t cgroup = CgroupId(path);
    if (id.full_id.empty() || cgroup == 0) continue;
    cgroups.emplace(id.full_id, cgroup);
    Container& container = containers[id.full_id];
    container.full_id = id.full_id;
    container.id = ShortContainerId(id.full_id);
    container.runtime = id.runtime;
    container.pod_uid = id.pod_uid;
  }
  std::vector<RunningContainer> out;
  if (containers.empty()) return out;
  auto lookup = std::make_unique<ContainerLookup>(std::move(load));
  auto next = containers.begin();
  while (Clock::now() < end) {
    for (size_t n = lookup->waiting(); n < kAtOnce && next != containers.end(); ++n, ++next) lookup->Ask(next->second);
    const bool all = next == containers.end() && lookup->waiting() == 0;
    for (Container& found : lookup->Collect()) {
      if (!found.known) continue;
      const auto [first, last] = cgroups.equal_range(found.full_id);
      for (auto it = first; it != last; ++it) out.push_back({found, it->second});
    }
    if (all) return out;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  static_cast<void>(lookup.release());  // its thread hangs in a file system: it is not waited for
  return out;
}

}  // namespace vedette
