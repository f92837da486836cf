// SPDX-License-Identifier: Apache-2.0
//
// EventKind, EventKinds (a set of them), EventType and Interest: which events there are, which values of
// evt.type each can have, and which of them the loaded rules need. Derived from bpf/abi/events.def and the
// system call table; nothing here is written twice. Immutable, thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_EVENT_KIND_H_
#define VEDETTE_SENSOR_EVENT_EVENT_KIND_H_

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/abi/records.h"

namespace vedette {

using EventKind = vd_kind;
using EventKinds = std::bitset<VD_KIND_COUNT>;

struct EventKindInfo {
  EventKind kind;
  std::string_view name;  // "file_open"
  vd_lane lane;
  uint32_t fixed_size;                      // bytes before the strings
  std::span<const std::string_view> types;  // values of evt.type, the default first
  std::string_view doc;
};

const EventKindInfo& Info(EventKind kind);  // kind in [1, VD_KIND_COUNT)
std::span<const EventKindInfo> AllEventKinds();

// evt.type: a system call's name. Its id is the x86-64 number; the few types that are no system call
// (procexit) have ids from 1024.
using EventTypeId = uint16_t;
inline constexpr EventTypeId kMaxEventTypes = 1280;
using EventTypes = std::bitset<kMaxEventTypes>;

std::optional<EventTypeId> FindEventType(std::string_view name);  // any system call of x86-64, known to us or not
std::string_view EventTypeName(EventTypeId id);                   // "" if there is none
EventKinds KindsOfType(EventTypeId id);                           // empty: Vedette has no such event (yet)
EventTypes TypesOfKind(EventKind kind);

// evt.type of a record: its system call if that is one of the kind's types, else the kind's first type. Whoever
// asks it of every event holds one of these.
class EventTyper {
 public:
  EventTyper();
  EventTypeId TypeOf(const vd_header& header) const {
    if (header.kind >= VD_KIND_COUNT) return 0;
    const uint32_t nr = header.syscall_nr;
    return nr < kMaxEventTypes && kinds_[nr].test(header.kind) ? static_cast<EventTypeId>(nr) : defaults_[header.kind];
  }

 private:
  const EventKinds* const kinds_;      // of each type
  const EventTypeId* const defaults_;  // of each kind
};
inline EventTypeId TypeOf(const vd_header& header) { return EventTyper().TypeOf(header); }

// What the sensor has to attach and deliver. Built by the engine from a rule set.
struct Interest {
  EventKinds kinds;                   // to be delivered
  EventKinds verdict_kinds;           // to be decided in the kernel
  bool failed_opens = false;          // file_open also for opens that no hook saw (ENOENT …)
  EventTypes calls;                   // of the kind syscall: which system calls
  EventTypes killed_calls;            // of these, those that a rule kills for
  bool environments = false;          // process_exec with the environment
  bool exec_details = false;          // process_exec with what ExecDetails holds
  bool containers = false;            // the kernel decides by what is known of containers
  bool ancestors = false;             // the kernel decides by what a process descends from
  bool call_policies = false;         // profiles decide on system calls
  bool capable_of_all = false;        // verdicts on capabilities are about processes without a profile, too
  bool self_protection = false;      // the programs that guard the agent are loaded, for when rules refuse
  std::vector<std::string> profiles;  // their names; not empty: programs are asked for theirs when they start
  bool profiled_only = false;         // of the bulk lane, only what processes under one of them do
  bool uses = false;                  // which system calls and capabilities these use, see bpf/abi/learn.h
  std::vector<std::string> domains;   // to be resolved, each once: what fd.sip.name and its like are compared with
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_EVENT_KIND_H_
