// SPDX-License-Identifier: Apache-2.0
#include "sensor/event_stream.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "sensor/context_record.h"
#include "sensor/event/decoder.h"

namespace vedette {

EventStream::EventStream(Options options)
    : containers_(std::move(options.containers)),
      processes_(std::move(options.processes), &containers_),
      boot_to_realtime_ns_(options.boot_to_realtime_ns),
      host_(std::move(options.host)) {}

// Fills in what is left: `event` has its header and its process.
[[gnu::always_inline]] inline void EventStream::Deliver(Event& event, const EventSource::Sink& sink) {
  event.host = &host_;
  event.domains = domains_.get();
  event.profiles = profiles_.get();
  event.number = ++number_;
  event.time_ns = static_cast<int64_t>(event.header->time_ns + static_cast<uint64_t>(boot_to_realtime_ns_));
  event.type = typer_.TypeOf(*event.header);
  if (event.number == 1) times_.first_ns = event.time_ns;
  event.times = &times_;
  ++stats_.delivered[event.header->kind];
  if (sink) sink(event);
  times_.previous_ns = std::max(times_.previous_ns, event.time_ns);
}

void EventStream::Learn(std::span<const std::byte> record, const EventSource::Sink& sink) {
  std::optional<std::variant<Container, CgroupPath>> context = ReadContextRecord(record);
  if (!context) {
    ++stats_.malformed;
  } else if (const auto* container = std::get_if<Container>(&*context)) {
    containers_.SetMetadata(*container);
    processes_.AllChanged();
    if (scope_) AssignProfiles(*container);
    Announce(*container, sink);
  } else if (const auto* cgroup = std::get_if<CgroupPath>(&*context)) {
    containers_.LearnCgroup(cgroup->cgroup_id, cgroup->path);
  }
}

void EventStream::PollContainers(const std::function<void(const Container&)>& on_found, const EventSource::Sink& sink) {
  containers_.Poll([&](const Container& container) {
    processes_.AllChanged();
    if (on_found) on_found(container);
    Announce(container, sink);
  });
}

void EventStream::Introduce(const Container& metadata, std::string_view cgroup, uint64_t cgroup_id,
                            const EventSource::Sink& sink) {
  containers_.LearnCgroup(cgroup_id, cgroup);
  const Container* container = containers_.Find(metadata.full_id);
  if (container == nullptr) return;
  const bool known = container->known;
  containers_.SetMetadata(metadata);
  processes_.AllChanged();
  if (!known) Announce(metadata, sink);
}

// Its process is the container's first that is left, or one of which nothing is known.
void EventStream::Announce(const Container& metadata, const EventSource::Sink& sink) {
  const Container* container = containers_.Find(metadata.full_id);
  if (container == nullptr) return;
  Process unknown;
  unknown.in_container = true;
  unknown.container = container;
  const Process* process = processes_.FirstIn(*container);
  vd_container record{};
  record.h.size = sizeof(record);
  record.h.kind = VD_KIND_CONTAINER;
  record.h.via = VD_VIA_KERNEL;
  record.h.flags = VD_F_CONTAINER;
  record.h.syscall_nr = VD_NO_SYSCALL;
  record.h.time_ns = newest_ns_;
  if (process != nullptr) {
    record.h.pid = record.h.tid = process->pid;
    record.h.exec_id = process->exec_id;
    record.h.cgroup_id = process->cgroup_id;
    record.h.uid = process->creds.euid;
  }
  Event event;
  event.header = &record.h;
  event.process = process != nullptr ? process : &unknown;
  Deliver(event, sink);
}

// The lifecycle records change the table before they are delivered: an exec's process is the new image.
void EventStream::Track(const vd_header& header) {
  switch (header.kind) {
    case VD_KIND_FORK:
      return processes_.OnFork(reinterpret_cast<const vd_fork&>(header));
    case VD_KIND_EXEC: {
      const auto& record = reinterpret_cast<const vd_exec&>(header);
      const Process* former = scope_ ? processes_.FindPid(header.pid) : nullptr;
      const uint32_t profile = former != nullptr ? former->profile : 0;
      processes_.OnExec(record);
      if (scope_) AssignProfile(record, profile);
      return;
    }
    case VD_KIND_EXIT:
      return processes_.OnExit(reinterpret_cast<const vd_exit&>(header));
    case VD_KIND_CREDS:
      return processes_.OnCreds(reinterpret_cast<const vd_creds_change&>(header));
    case VD_KIND_SYSCALL:
      return processes_.OnCall(reinterpret_cast<const vd_call&>(header));
    case VD_KIND_CONTAINER:
      return processes_.OnProfile(reinterpret_cast<const vd_container&>(header));
    default:
      return;
  }
}

uint32_t EventStream::Known(uint32_t profile) const {
  return profile != 0 && profiles_ != nullptr && !profiles_->NameOf(profile).empty() ? profile : 0;
}

// `former`: the profile of what the process was before. A seed is its first record: there it is the parent's.
void EventStream::AssignProfile(const vd_exec& record, uint32_t former) {
  const Process* process = processes_.Find(record.h.exec_id);
  if (process == nullptr) return;
  if (former == 0 && (record.h.flags & VD_F_SEED) != 0) {
    const Process* parent = processes_.Find(record.parent_exec_id);
    if (parent == nullptr) parent = processes_.FindPid(record.parent_pid);
    if (parent != nullptr) former = parent->profile;
  }
  const uint32_t caller = former != 0 ? former : Known(record.caller_profile);
  uint32_t profile = caller != 0 ? caller : Known(record.profile);
  if (profile == 0) profile = ScopeOf(record, *process);
  processes_.SetProfile(record.h.exec_id, profile, caller);
}

// Process 1 and kernel threads are under none.
uint32_t EventStream::ScopeOf(const vd_exec& record, const Process& process) const {
  if (process.pid == 1 || process.exe_path.empty()) return 0;
  Event event;
  event.header = &record.h;
  event.process = &process;
  event.host = &host_;
  event.time_ns = static_cast<int64_t>(record.h.time_ns + static_cast<uint64_t>(boot_to_realtime_ns_));
  event.type = typer_.TypeOf(record.h);
  return scope_(event);
}

// What a scope asks of a container is known later than its first program has begun.
void EventStream::AssignProfiles(const Container& known) {
  const Container* container = containers_.Find(known.full_id);
  if (container == nullptr) return;
  for (const Process* process : processes_.WithoutProfile(*container)) {
    vd_exec record{};
    record.h.kind = VD_KIND_EXEC;
    record.h.size = sizeof(record);
    record.h.syscall_nr = VD_NO_SYSCALL;
    record.h.time_ns = newest_ns_;
    record.h.exec_id = process->exec_id;
    record.h.pid = record.h.tid = process->pid;
    record.h.uid = process->creds.euid;
    record.h.flags = VD_F_CONTAINER;
    if (const uint32_t profile = ScopeOf(record, *process)) {
      processes_.SetProfile(process->exec_id, profile, process->caller_profile);
    }
  }
}

void EventStream::Feed(std::span<const std::byte> record, const EventSource::Sink& sink) {
  if (IsContextRecord(record)) return Learn(record, sink);
  const vd_header* header = nullptr;
  if (Decode(record, header) != DecodeError::kNone) {
    ++stats_.malformed;
    return;
  }
  newest_ns_ = std::max<uint64_t>(newest_ns_, header->time_ns);
  Track(*header);
  if ((header->flags & VD_F_SEED) != 0) return;
  Event event;
  event.header = header;
  event.process = processes_.Acting(*header);
  if (event.process != nullptr) event.process_version = processes_.VersionOf(*event.process);
  // Without an exec id the kernel has counted it (VD_LOSS_NO_STATE).
  if (event.process == nullptr && header->exec_id != 0) ++stats_.unknown_process;
  Deliver(event, sink);
}

SourceStats EventStream::Stats() const {
  SourceStats out = stats_;
  ProcessTable::Stats processes = processes_.stats();
  out.processes = processes.images;
  out.processes_evicted = processes.evicted;
  out.arguments_cut = processes.args_cut;
  out.environments_dropped = processes.environments_dropped;
  out.details_dropped = processes.details_dropped;
  out.containers = containers_.size();
  out.containers_cut = containers_.cut();
  out.containers_unread = containers_.unread();
  out.containers_unread_reason = containers_.unread_reason();
  return out;
}

}  // namespace vedette
