// SPDX-License-Identifier: Apache-2.0
#include "sensor/event_stream.h"

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

void EventStream::Learn(std::span<const std::byte> record) {
  std::optional<std::variant<Container, CgroupPath>> context = ReadContextRecord(record);
  if (!context) {
    ++stats_.malformed;
  } else if (const auto* container = std::get_if<Container>(&*context)) {
    containers_.SetMetadata(*container);
  } else if (const auto* cgroup = std::get_if<CgroupPath>(&*context)) {
    containers_.LearnCgroup(cgroup->cgroup_id, cgroup->path);
  }
}

// The lifecycle records change the table before they are delivered: an exec's process is the new image.
void EventStream::Track(const vd_header& header) {
  switch (header.kind) {
    case VD_KIND_FORK:
      return processes_.OnFork(reinterpret_cast<const vd_fork&>(header));
    case VD_KIND_EXEC:
      return processes_.OnExec(reinterpret_cast<const vd_exec&>(header));
    case VD_KIND_EXIT:
      return processes_.OnExit(reinterpret_cast<const vd_exit&>(header));
    case VD_KIND_CREDS:
      return processes_.OnCreds(reinterpret_cast<const vd_creds_change&>(header));
    default:
      return;
  }
}

void EventStream::Feed(std::span<const std::byte> record, const EventSource::Sink& sink) {
  if (IsContextRecord(record)) return Learn(record);
  const vd_header* header = nullptr;
  if (Decode(record, header) != DecodeError::kNone) {
    ++stats_.malformed;
    return;
  }
  Track(*header);
  if ((header->flags & VD_F_SEED) != 0) return;
  Event event;
  event.header = header;
  event.process = processes_.Acting(*header);
  // Without an exec id the kernel has counted it (VD_LOSS_NO_STATE).
  if (event.process == nullptr && header->exec_id != 0) ++stats_.unknown_process;
  event.host = &host_;
  event.domains = domains_.get();
  event.number = ++number_;
  event.time_ns = static_cast<int64_t>(header->time_ns + static_cast<uint64_t>(boot_to_realtime_ns_));
  event.type = TypeOf(*header);
  ++stats_.delivered[header->kind];
  if (sink) sink(event);
}

SourceStats EventStream::Stats() const {
  SourceStats out = stats_;
  ProcessTable::Stats processes = processes_.stats();
  out.processes = processes.images;
  out.processes_evicted = processes.evicted;
  out.containers = containers_.size();
  return out;
}

}  // namespace vedette
