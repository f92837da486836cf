// SPDX-License-Identifier: Apache-2.0
//
// PinDir: the directory of a BPF file system that holds what outlives an agent. Each agent that enforces makes a
// generation there:
//   DIR/part_N/links/000_PROGRAM …, DIR/part_N/maps/MAP …    while it is being made or removed
//   DIR/gen_N/…                                             while it is whole
// Names and their order only: what the files are is for sensor/pins. N grows with time. Any thread; the lock is one
// process's.
#ifndef VEDETTE_SENSOR_PIN_DIR_H_
#define VEDETTE_SENSOR_PIN_DIR_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "sensor/owned_fd.h"

namespace vedette {

inline constexpr const char* kDefaultPinDir = "/sys/fs/bpf/vedette";

class PinDir {
 public:
  struct Generation {
    std::string path;
    bool complete = false;
  };
  struct Removed {
    size_t links = 0, maps = 0;
  };
  // Whoever has it is the one agent that enforces by this directory. Ends with the process, however that ends.
  class Lock {
   public:
    explicit Lock(OwnedFd directory) : directory_(std::move(directory)) {}

   private:
    OwnedFd directory_;
  };

  explicit PinDir(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

  // Makes it, 0700, after mounting the BPF file system at /sys/fs/bpf if it is to be below that and none is there.
  absl::Status Prepare() const;
  // That it is one that Prepare() could have made, before anything in it is believed or removed. NotFound,
  // PermissionDenied, FailedPrecondition.
  absl::Status Check() const;
  // NotFound: there is no directory. Unavailable: another process has it, and kept it for so long. PermissionDenied.
  absl::StatusOr<Lock> TryLock(std::chrono::milliseconds patience = {}) const;
  // What is there, oldest first. NotFound, PermissionDenied.
  absl::StatusOr<std::vector<Generation>> List() const;

  // An empty generation, not complete.
  absl::StatusOr<Generation> Begin(uint64_t number) const;
  absl::Status Complete(Generation& generation) const { return SetComplete(generation, true); }
  static std::string LinkPath(const Generation& generation, size_t index, std::string_view program);
  static std::string MapPath(const Generation& generation, std::string_view map);
  static std::vector<std::string> MapsOf(const Generation& generation);   // paths
  static std::vector<std::string> LinksOf(const Generation& generation);  // paths, in the order of attaching

  // The links first, last attached first removed: no hook decides without the programs that follow processes for it.
  absl::Status Remove(Generation generation, Removed* removed = nullptr) const;
  // If nothing is left in it.
  absl::Status RemoveDirectory() const;

 private:
  absl::Status SetComplete(Generation& generation, bool complete) const;

  const std::string path_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_PIN_DIR_H_
