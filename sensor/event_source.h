// SPDX-License-Identifier: Apache-2.0
//
// EventSource: where events come from — the kernel (bpf_source), a recording, lines of JSON. All methods are called
// by the event thread, save Stop(), which any thread may call. Sinks get each event once, in the order in which the
// process table saw it.
#ifndef VEDETTE_SENSOR_EVENT_SOURCE_H_
#define VEDETTE_SENSOR_EVENT_SOURCE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "sensor/event/event.h"
#include "sensor/event/event_facts.h"
#include "sensor/event/event_kind.h"
#include "sensor/hook_counts.h"

namespace vedette {

struct SourceStats {
  std::array<uint64_t, VD_KIND_COUNT> delivered{};
  std::array<std::array<uint64_t, VD_LOSS_COUNT>, VD_KIND_COUNT> losses{};
  uint64_t malformed = 0;        // records the decoder refused
  uint64_t unknown_process = 0;  // events whose exec id the process table does not know
  uint64_t processes = 0, processes_evicted = 0;
  uint64_t arguments_cut = 0;         // images whose arguments were cut, as the strings of all took too much room
  uint64_t environments_dropped = 0;  // images whose environment was not kept, likewise
  uint64_t details_dropped = 0;       // images whose ExecDetails were not kept, likewise
  uint64_t containers = 0;
  uint64_t containers_cut = 0;                  // whose mounts or labels were more than are kept
  uint64_t containers_unread = 0;               // whose runtime's database could not be read
  std::string containers_unread_reason;         // of the last of them
  uint64_t containers_decided = 0;              // that the kernel knows
  uint64_t containers_refused = 0;              // how often there was no room there for one
  std::array<uint64_t, VD_KIND_COUNT> muted{};  // what the kernel did not report, as no rule is about it
  HookCounts hooks;                             // of a live source
};

// By kind: operations that a rule might have refused and that were allowed, as it could not be decided.
using UndecidedCounts = std::array<uint64_t, VD_KIND_COUNT>;

class EventSource {
 public:
  using Sink = std::function<void(const Event&)>;
  // Sees every raw record, in order, before it is decoded (recordings). May be empty.
  using Tap = std::function<void(std::span<const std::byte> record)>;

  virtual ~EventSource() = default;

  // Runs until the source ends (a file), Stop() is called, or it fails. `idle` is called at least every 100 ms and
  // between batches, for what the event thread has to do besides (reload).
  virtual absl::Status Run(const Sink& sink, const Tap& tap, const std::function<void()>& idle) = 0;
  // No rule can match an event with this one's tag, by those: the source need not deliver such again. Called from the sink.
  virtual void Mute(const Event&, MuteFor) {}
  virtual void Stop() = 0;  // async-signal-safe
  virtual SourceStats Stats() const = 0;
  // Event thread. To be asked often: without a change it costs a look at memory.
  virtual const UndecidedCounts& Undecided() {
    static constexpr UndecidedCounts kNone{};
    return kNone;
  }
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_SOURCE_H_
