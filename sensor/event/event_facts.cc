// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/event_facts.h"

#include <cerrno>

#include "sensor/event/path_text.h"

namespace vedette {
namespace {

bool Refused(const vd_header& h) { return h.verdict == VD_VERDICT_DENY || h.verdict == VD_VERDICT_KILL; }

}  // namespace

std::optional<int64_t> ResultByKind(const Event& event) {
  const vd_header& h = *event.header;
  if (Refused(h)) return -EPERM;
  if (event.synthetic != nullptr) return std::nullopt;
  if (h.kind == VD_KIND_EXEC) return 0;
  if (h.kind == VD_KIND_FORK) return event.record<vd_fork>().child_pid;
  return std::nullopt;
}

int64_t ToRealtime(const Event& event, uint64_t boot_ns) {
  // Unsigned arithmetic: hostile times wrap around instead of being undefined.
  return static_cast<int64_t>(static_cast<uint64_t>(event.time_ns) - event.header->time_ns + boot_ns);
}

const vd_object* ObjectOf(const Event& event) {
  switch (event.kind()) {
    case VD_KIND_FILE_OPEN:
      return Present(event.record<vd_file_open>().file);
    case VD_KIND_EXEC:
      return Present(event.record<vd_exec>().exe);
    case VD_KIND_EXEC_FAILED:
      return Present(event.record<vd_exec_failed>().exe);
    case VD_KIND_MODULE:
      return Present(event.record<vd_module>().file);
    case VD_KIND_FILE_UNLINK:
    case VD_KIND_FILE_RENAME:
    case VD_KIND_FILE_LINK:
    case VD_KIND_FILE_SYMLINK:
    case VD_KIND_FILE_CHMOD:
    case VD_KIND_FILE_CHOWN:
    case VD_KIND_FILE_MKNOD:
    case VD_KIND_FILE_MKDIR:
    case VD_KIND_CHROOT:
      return Present(event.record<vd_path_change>().file);
    case VD_KIND_FILE_TRUNCATE:
    case VD_KIND_FILE_XATTR:
    case VD_KIND_FILE_TIMES:
    case VD_KIND_MEMORY:
      return Present(event.record<vd_file_call>().file);
    default:
      return nullptr;
  }
}

const vd_object* RefusedExe(const Event& event) {
  if (event.kind() != VD_KIND_EXEC_FAILED || event.header->verdict == VD_VERDICT_ALLOW) return nullptr;
  return Present(event.record<vd_exec_failed>().exe);
}

std::string_view RefusedName(const Event& event) {
  constexpr size_t kMaxComm = 15;
  if (RefusedExe(event) == nullptr) return "";
  return FileNameOf(event.String(event.record<vd_exec_failed>().filename)).substr(0, kMaxComm);
}

}  // namespace vedette
