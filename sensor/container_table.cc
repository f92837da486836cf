// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_table.h"

#include <utility>

#include "fmt/format.h"
#include "sensor/container_id.h"

namespace vedette {
namespace {

// With cgroup v1 only, the kernel gives every task the id of the (unused) v2 root: it tells nothing.
constexpr uint64_t kRootCgroup = 1;

}  // namespace

ContainerTable::ContainerTable(Options options) : options_(std::move(options)) {
  if (options_.lookup) lookup_ = std::make_unique<ContainerLookup>(options_.lookup);
}

ContainerTable::~ContainerTable() = default;

// Every Container that leaves this table is the base of an Entry of it.
ContainerTable::Entry* ContainerTable::EntryOf(const Container* container) {
  return static_cast<Entry*>(const_cast<Container*>(container));
}

const Container* ContainerTable::Acquire(std::string_view cgroup, uint64_t cgroup_id) {
  return Acquire(Resolve(cgroup, cgroup_id));
}

const Container* ContainerTable::Acquire(const Container* container) {
  if (container == nullptr) return nullptr;
  Entry* entry = EntryOf(container);
  if (entry->users++ == 0) unused_.erase(entry->unused);
  return entry;
}

void ContainerTable::Release(const Container* container) {
  if (container == nullptr) return;
  Entry* entry = EntryOf(container);
  if (--entry->users > 0) return;
  entry->unused = unused_.insert(unused_.end(), entry);
  if (unused_.size() > options_.max_unused) DropOldestUnused();
}

ContainerTable::Entry* ContainerTable::Resolve(std::string_view cgroup, uint64_t cgroup_id) {
  // A cgroup keeps its name: the id is enough once the path was seen.
  if (cgroup.empty()) {
    if (auto it = by_cgroup_.find(cgroup_id); it != by_cgroup_.end()) return it->second;
  }
  ContainerId id = ContainerIdOfCgroup(cgroup);
  bool named = !id.full_id.empty();
  if (!named) id.full_id = fmt::format("cgroup-{}", cgroup_id);
  auto it = by_id_.find(id.full_id);
  Entry* entry = it != by_id_.end() ? it->second.get() : nullptr;
  if (entry == nullptr) {
    entry = Insert(id.full_id);
    entry->runtime = id.runtime;
    entry->pod_uid = id.pod_uid;
    if (named && lookup_ != nullptr) lookup_->Ask(*entry);
  }
  if (named && cgroup_id > kRootCgroup) {
    if (by_cgroup_.size() >= options_.max_cgroups) by_cgroup_.clear();  // a cache: paths come again
    by_cgroup_[cgroup_id] = entry;
  }
  return entry;
}

ContainerTable::Entry* ContainerTable::Insert(std::string key) {
  auto owned = std::make_unique<Entry>();
  Entry* entry = owned.get();
  entry->full_id = key;
  entry->id = ShortContainerId(key);
  entry->unused = unused_.insert(unused_.end(), entry);
  by_id_.emplace(std::move(key), std::move(owned));
  return entry;
}

void ContainerTable::DropOldestUnused() {
  Entry* entry = unused_.front();
  unused_.pop_front();
  absl::erase_if(by_cgroup_, [entry](const auto& item) { return item.second == entry; });
  by_id_.erase(by_id_.find(entry->full_id));
  ++evicted_;
}

void ContainerTable::LearnCgroup(uint64_t cgroup_id, std::string_view path) {
  if (!path.empty()) Release(Acquire(path, cgroup_id));  // bounded as any container that nobody uses
}

void ContainerTable::SetMetadata(const Container& metadata) {
  auto it = by_id_.find(metadata.full_id);
  if (it == by_id_.end()) return;
  Container& container = *it->second;
  if (metadata.details.cut && !container.details.cut) ++cut_;
  if (!metadata.details.unread.empty() && container.details.unread.empty()) {
    ++unread_;
    unread_reason_ = metadata.details.unread;
  }
  std::string pod_uid = std::move(container.pod_uid);
  std::string id = std::move(container.id);
  container = metadata;
  container.id = std::move(id);
  if (container.pod_uid.empty()) container.pod_uid = std::move(pod_uid);
}

const Container* ContainerTable::Find(const std::string& full_id) const {
  auto it = by_id_.find(full_id);
  return it == by_id_.end() ? nullptr : it->second.get();
}

const Container* ContainerTable::FindByPrefix(std::string_view id) const {
  const Container* found = nullptr;
  for (const auto& [full_id, entry] : by_id_) {
    if (id.empty() || !full_id.starts_with(id)) continue;
    if (full_id == id) return entry.get();
    if (found != nullptr) return nullptr;
    found = entry.get();
  }
  return found;
}

void ContainerTable::Poll(const std::function<void(const Container&)>& on_found) {
  if (lookup_ == nullptr) return;
  for (const Container& found : lookup_->Collect()) {
    SetMetadata(found);
    if (on_found) on_found(found);
  }
}

}  // namespace vedette
