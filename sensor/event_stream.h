// SPDX-License-Identifier: Apache-2.0
//
// EventStream: records in, events out. What live and replayed records have in common: decode, update the process and
// container tables, attach the acting process, convert the time, deliver, count. One kind of event is made here: that a
// container's metadata became known. Owned by an EventSource; event thread
// only.
#ifndef VEDETTE_SENSOR_EVENT_STREAM_H_
#define VEDETTE_SENSOR_EVENT_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "sensor/container_table.h"
#include "sensor/event/domain_names.h"
#include "sensor/event/host.h"
#include "sensor/event/profile_names.h"
#include "sensor/event_source.h"
#include "sensor/process_table.h"

namespace vedette {

class EventStream {
 public:
  struct Options {
    ProcessTable::Options processes;
    ContainerTable::Options containers;
    int64_t boot_to_realtime_ns = 0;
    Host host = {};  // names of the machine the records come from, its users and groups
  };

  explicit EventStream(Options options);

  // `record`: 8-byte aligned, otherwise anything at all. Seeds and context records update state only.
  void Feed(std::span<const std::byte> record, const EventSource::Sink& sink);

  bool Knows(uint64_t exec_id) const { return processes_.Find(exec_id) != nullptr; }
  // Every record up to `boot_ns` has been fed: who ended before may be forgotten.
  void Advance(uint64_t boot_ns) { processes_.Advance(boot_ns); }
  void SetClock(int64_t boot_to_realtime_ns) { boot_to_realtime_ns_ = boot_to_realtime_ns; }
  // Between records: reads the names of users and groups again if they have changed.
  void RefreshHost() {
    if (host_.Refresh()) processes_.AllChanged();
  }
  // Between records: what the rule set's profiles are called.
  void SetProfiles(std::span<const std::string> names) { profiles_ = std::make_unique<const ProfileNames>(names); }
  // Where no kernel has decided it under these rules (a recording): `scope` says which profile a program comes under
  // when it starts, or had been started, 0: none. As in the kernel its process and those that this creates stay under
  // it. What the records say counts where it is one of SetProfiles()'s names. Before the first record.
  using Scope = std::function<uint32_t(const Event& exec)>;
  void SetScopes(Scope scope) { scope_ = std::move(scope); }
  // Between records: what the names in the rules resolve to.
  void SetDomains(std::shared_ptr<const DomainNames> domains) { domains_ = std::move(domains); }
  // Between records: takes over looked-up container metadata; `on_found` sees each, `sink` the event that it makes.
  void PollContainers(const std::function<void(const Container&)>& on_found, const EventSource::Sink& sink);

  // Between records: a container that has been told of before it runs.
  void Introduce(const Container& metadata, std::string_view cgroup, uint64_t cgroup_id, const EventSource::Sink& sink);

  // Without the kernel's losses.
  SourceStats Stats() const;
  // By its whole id or the beginning of it that only one has; null: there is none, or several.
  const Container* FindContainer(std::string_view id) const { return containers_.FindByPrefix(id); }
  const ProcessTable& processes() const { return processes_; }

 private:
  void Learn(std::span<const std::byte> record, const EventSource::Sink& sink);
  void Announce(const Container& metadata, const EventSource::Sink& sink);
  void Deliver(Event& event, const EventSource::Sink& sink);
  void Track(const vd_header& header);
  void AssignProfile(const vd_exec& record, uint32_t former);
  void AssignProfiles(const Container& known);
  uint32_t ScopeOf(const vd_exec& record, const Process& process) const;
  uint32_t Known(uint32_t profile) const;

  const EventTyper typer_;
  ContainerTable containers_;
  ProcessTable processes_;
  int64_t boot_to_realtime_ns_;
  Host host_;
  std::shared_ptr<const DomainNames> domains_;
  std::unique_ptr<const ProfileNames> profiles_;
  Scope scope_;
  uint64_t number_ = 0;
  EventTimes times_;
  uint64_t newest_ns_ = 0;  // CLOCK_BOOTTIME of what has been fed
  SourceStats stats_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_STREAM_H_
