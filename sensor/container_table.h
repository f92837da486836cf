// SPDX-License-Identifier: Apache-2.0
//
// ContainerTable: the containers that processes live in. Owned by whoever owns the process table, which acquires a
// container for each process image and releases it again; a container nobody uses is kept for a while (its metadata
// would be fetched anew for each `docker exec`), then dropped, the longest unused first. Event thread only.
#ifndef VEDETTE_SENSOR_CONTAINER_TABLE_H_
#define VEDETTE_SENSOR_CONTAINER_TABLE_H_

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "sensor/container_lookup.h"
#include "sensor/event/process.h"

namespace vedette {

class ContainerTable {
 public:
  struct Options {
    size_t max_unused = 256;            // containers without a process that are kept
    size_t max_cgroups = 16384;         // remembered cgroup ids
    ContainerLookup::Load lookup = {};  // empty: nothing is looked up (replay, tests)
  };

  explicit ContainerTable(Options options);
  ~ContainerTable();
  ContainerTable(const ContainerTable&) = delete;
  ContainerTable& operator=(const ContainerTable&) = delete;

  // The container that a task flagged VD_F_CONTAINER is in. Never null. `cgroup` may be empty: then the path last seen
  // with `cgroup_id` counts, and if there is none the container is known by that number only.
  const Container* Acquire(std::string_view cgroup, uint64_t cgroup_id);
  const Container* Acquire(const Container* container);  // one more user of the same
  void Release(const Container* container);
  void LearnCgroup(uint64_t cgroup_id, std::string_view path);
  bool KnowsCgroup(uint64_t cgroup_id) const { return by_cgroup_.contains(cgroup_id); }

  // Metadata found elsewhere: by the lookup, or in a recording. For containers not in the table nothing happens.
  void SetMetadata(const Container& metadata);
  const Container* Find(const std::string& full_id) const;  // null if it is not in the table
  const Container* FindByPrefix(std::string_view id) const;  // null, too, if several ids begin so
  // Takes over what the lookup has found; `on_found` sees each (for recordings). Call between batches.
  void Poll(const std::function<void(const Container&)>& on_found);

  size_t size() const { return by_id_.size(); }
  uint64_t evicted() const { return evicted_; }
  uint64_t cut() const { return cut_; }        // how many containers' mounts or labels a bound has cut
  uint64_t unread() const { return unread_; }  // of how many the runtime's database could not be read
  const std::string& unread_reason() const { return unread_reason_; }  // of the last of them

 private:
  struct Entry : Container {
    uint64_t users = 0;
    std::list<Entry*>::iterator unused;  // valid while users == 0
  };
  static Entry* EntryOf(const Container* container);
  Entry* Resolve(std::string_view cgroup, uint64_t cgroup_id);
  Entry* Insert(std::string key);
  void DropOldestUnused();

  const Options options_;
  absl::flat_hash_map<std::string, std::unique_ptr<Entry>> by_id_;  // by full_id
  absl::flat_hash_map<uint64_t, Entry*> by_cgroup_;
  std::list<Entry*> unused_;  // longest unused first
  uint64_t evicted_ = 0;
  uint64_t cut_ = 0;
  uint64_t unread_ = 0;
  std::string unread_reason_;
  std::unique_ptr<ContainerLookup> lookup_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CONTAINER_TABLE_H_
