// SPDX-License-Identifier: Apache-2.0
//
// NamedPath: one path of an event in both its forms. *Asked* is what the caller asked for, as text: its name, joined to
// the directory it is relative to, without ".", ".." and repeated slashes, links not followed. This is what Falco's
// fd.name, fs.path.* and evt.arg.* mean. *Resolved* is where the kernel found the object: what a verdict compares, and
// what fd.realpath and fs.realpath.* show. A view of the event's record. Thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_NAMED_PATH_H_
#define VEDETTE_SENSOR_EVENT_NAMED_PATH_H_

#include <string_view>

#include "sensor/event/event.h"
#include "sensor/event/text_writer.h"

namespace vedette {

struct NamedPath {
  std::string_view resolved;  // "": no hook saw the object
  std::string_view raw;       // as it was passed; "": not known, or the call takes no name
  std::string_view base;      // where a relative raw starts; "": not known
  bool same = false;          // the resolved path is what was asked for

  explicit operator bool() const { return !resolved.empty() || !raw.empty(); }

  // What was asked for, as far as it needs no putting together; "" if it does.
  std::string_view AskedWhole() const { return same || !CanJoin() ? resolved : std::string_view(); }
  // False when it is not known.
  bool AppendAsked(TextWriter& out) const;

 private:
  bool CanJoin() const { return !raw.empty() && (raw.front() == '/' || !base.empty()); }
};

// Of an open whose name, as it was asked for, is the path that the kernel resolved: that path. "" otherwise.
inline std::string_view PlainNameOfOpen(const Event& event) {
  if (event.kind() != VD_KIND_FILE_OPEN) return {};
  const auto& r = event.record<vd_file_open>();
  return (r.name_flags & VD_NAME_ELSEWHERE) == 0 ? event.String(r.file.path) : std::string_view();
}

// Empty where the event has no such path. Of an open, and of fchmod, fchown and finit_module, the file; of a path
// change what is changed; of a mount, the mount point.
NamedPath NameOf(const Event& event);
// Of a rename, link or mount what is renamed, linked or mounted; of a symbolic link, its text.
NamedPath SourceOf(const Event& event);
// The new name of a rename or link, the symbolic link, the mount point.
NamedPath TargetOf(const Event& event);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_NAMED_PATH_H_
