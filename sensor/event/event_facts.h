// SPDX-License-Identifier: Apache-2.0
//
// Internal to sensor/event: what several extractors have to know of an event. Pure functions over the view.
#ifndef VEDETTE_SENSOR_EVENT_EVENT_FACTS_H_
#define VEDETTE_SENSOR_EVENT_EVENT_FACTS_H_

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "sensor/event/event.h"
#include "sensor/event/text_writer.h"

namespace vedette {

// The result of the system call. A refused call whose record has none is one of -EPERM; an exec that took place and a fork succeeded.
std::optional<int64_t> ResultByKind(const Event& event);  // where the record holds none
inline std::optional<int64_t> ResultOf(const Event& event) {
  return event.has_result() ? std::optional<int64_t>(event.header->result) : ResultByKind(event);
}

// CLOCK_REALTIME of a CLOCK_BOOTTIME, by the event's own two times.
int64_t ToRealtime(const Event& event, uint64_t boot_ns);

// A char[16] of a record, which need not end with NUL.
template <size_t N>
std::string_view FixedText(const char (&text)[N]) {
  size_t n = 0;
  while (n < N && text[n] != '\0') ++n;
  return {text, n};
}

// For what the prefilter may leave out (bpf/lib/prefilter.h); 0: nothing.
inline uint64_t TagOf(const Event& event) {
  if (event.synthetic != nullptr) return 0;
  switch (event.kind()) {
    case VD_KIND_FILE_OPEN:
      return event.record<vd_file_open>().tag;
    case VD_KIND_SOCKET:
    case VD_KIND_CONNECT:
      return event.record<vd_socket>().tag;
    default:
      return 0;
  }
}

// By whom operations with an event's tag need not be reported again, as no rule is about them.
enum class MuteFor : uint8_t {
  kNobody,
  kItsLike,  // processes in containers, or not, as the event's is, and under the same profile
  kAll,
};

// Null of an object that no hook has seen.
inline const vd_object* Present(const vd_object& object) {
  return object.path.len != 0 || object.ino != 0 ? &object : nullptr;
}
// False of an open, an exec or a connect to a unix socket that failed before there was a file: no hook could judge it.
inline bool ReachedAHook(const Event& event) {
  if (event.synthetic != nullptr) return true;
  if (event.kind() == VD_KIND_FILE_OPEN) return Present(event.record<vd_file_open>().file) != nullptr;
  if (event.kind() == VD_KIND_CONNECT && event.record<vd_socket>().family == AF_UNIX) {
    const vd_header& h = *event.header;  // its path is what was asked for then
    return h.verdict != VD_VERDICT_ALLOW || (h.flags & VD_F_RESULT) == 0 || h.result >= 0;
  }
  return event.kind() != VD_KIND_EXEC_FAILED || Present(event.record<vd_exec_failed>().exe) != nullptr;
}
// The file a record is about; null when it has none (also: {0, 0} as path and no inode).
const vd_object* ObjectOf(const Event& event);
// What was refused at exec, so that proc.exepath and its like mean what the kernel compared; null in any other event.
const vd_object* RefusedExe(const Event& event);
// The name the process would have had: the last part of what was run, 15 bytes of it; "" in any other event. (From
// Linux 6.14 a file run by its descriptor alone is named after its directory entry; the record does not tell.)
std::string_view RefusedName(const Event& event);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_EVENT_FACTS_H_
