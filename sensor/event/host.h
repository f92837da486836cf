// SPDX-License-Identifier: Apache-2.0
//
// Host: what fields need to know of the machine: its name, its users and groups. Loaded at start, so that no event
// touches the disk; Refresh() reads again what has changed. Owned by whoever makes events (an EventSource), which sets
// Event::host; used and refreshed on the event thread, between events: a refresh ends the life of the strings handed
// out.
#ifndef VEDETTE_SENSOR_EVENT_HOST_H_
#define VEDETTE_SENSOR_EVENT_HOST_H_

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "sensor/event/user_database.h"

namespace vedette {

class Host {
 public:
  Host() = default;  // knows nothing: names are "<NA>"

  // Reads `root`/etc/passwd and `root`/etc/group; a file that cannot be read counts as empty.
  static Host Load(std::string root = "");
  // For tests and recordings.
  Host(std::string hostname, UserDatabase users) : hostname_(std::move(hostname)), users_(std::move(users)) {}

  // Reads the files again if one was changed or replaced since (two stat calls if not). True if it did.
  bool Refresh();

  std::string_view hostname() const { return hostname_; }
  const UserDatabase& users() const { return users_; }

 private:
  // What tells one state of a file from another.
  struct FileState {
    ino_t ino = 0;
    off_t size = 0;
    int64_t mtime_ns = 0;
    friend bool operator==(const FileState&, const FileState&) = default;
  };
  static FileState StateOf(const std::string& path);
  void Read();

  std::string hostname_;
  UserDatabase users_;
  std::optional<std::string> root_;  // none: nothing to refresh
  FileState passwd_, group_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_HOST_H_
