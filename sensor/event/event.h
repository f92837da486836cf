// SPDX-License-Identifier: Apache-2.0
//
// Event: one decoded record with the process that acted. A view into ring memory (or a recording's buffer), valid
// during the callback it is passed to; copying it copies pointers. Made by the decoder, which has checked
// everything an extractor reads: record() is safe to cast by kind, String() never leaves the record.
//
// An event can also be synthetic: a map of field values, from a line of JSON or a unit test. Extract() then
// answers from the map, and a field that the map does not hold is NULL.
#ifndef VEDETTE_SENSOR_EVENT_EVENT_H_
#define VEDETTE_SENSOR_EVENT_EVENT_H_

#include <cstdint>
#include <string_view>

#include "bpf/abi/records.h"
#include "sensor/event/event_kind.h"
#include "sensor/event/process.h"

namespace vedette {

class SyntheticFields;  // sensor/event/synthetic.h
class Host;             // sensor/event/host.h
class DomainNames;      // sensor/event/domain_names.h
class ProfileNames;     // sensor/event/profile_names.h

// Of the events before this one; CLOCK_REALTIME.
struct EventTimes {
  int64_t first_ns = 0;
  int64_t previous_ns = 0;  // the latest of them; 0: it is the first
};

struct Event {
  const vd_header* header = nullptr;  // never null; a synthetic event has one too, filled as far as known
  const Process* process = nullptr;   // null: not known
  const SyntheticFields* synthetic = nullptr;
  const Host* host = nullptr;              // names of the machine, its users and groups; null: "<NA>"
  const DomainNames* domains = nullptr;    // what the rules' domain names resolve to; null: nothing
  const ProfileNames* profiles = nullptr;  // what the rule set's profiles are called; null: there are none
  const EventTimes* times = nullptr;       // null: not known
  // Changes whenever a field of the process, its ancestors, its container or its users may have; 0: nothing may be
  // remembered of the process from event to event.
  uint64_t process_version = 0;
  uint64_t number = 0;   // evt.num: counts from 1
  int64_t time_ns = 0;   // CLOCK_REALTIME
  EventTypeId type = 0;  // evt.type

  EventKind kind() const { return static_cast<EventKind>(header->kind); }
  bool has_result() const { return (header->flags & VD_F_RESULT) != 0; }

  template <typename Record>
  const Record& record() const {
    return *reinterpret_cast<const Record*>(header);
  }
  std::string_view String(vd_str s) const { return {reinterpret_cast<const char*>(header) + s.offset, s.len}; }
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_EVENT_H_
