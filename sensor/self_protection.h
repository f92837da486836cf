// SPDX-License-Identifier: Apache-2.0
//
// SelfProtection: what the programs of bpf/self.bpf.c guard (bpf/abi/self.h), and what they have refused. They are attached
// while rules refuse, and go on without the agent. Owned by the live source; event thread.
//
// Files are told to the kernel by opening them, as only it knows by what numbers it meets them again: so the programs are attached
// before Guard() is called.
#ifndef VEDETTE_SENSOR_SELF_PROTECTION_H_
#define VEDETTE_SENSOR_SELF_PROTECTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bpf/abi/self.h"
#include "sensor/bpf_object.h"
#include "sensor/pin_dir.h"
#include "sensor/ring_reader.h"
#include "sensor/self_attempt.h"

namespace vedette {

class SelfProtection {
 public:
  static absl::StatusOr<std::unique_ptr<SelfProtection>> Open(const BpfObject& object);
  ~SelfProtection();

  // The programs are attached: from now on they refuse.
  absl::Status Start(const BpfObject& object);
  // From now on nothing is refused, also not by what stays attached to judge opens.
  void Stop();
  // From now on exactly this is guarded, with the directories above it; also the program itself and its control group. What does
  // not exist is left out. ResourceExhausted: more than VD_SELF_MAX_OBJECTS, and the former stays.
  absl::Status Guard(const GuardedPaths& paths);
  // false: somebody has switched it off by SetSelf().
  bool on() const;
  uint64_t refused() const;

  // What has been refused since the last call.
  std::vector<SelfAttempt> TakeAttempts();

 private:
  SelfProtection() = default;
  absl::Status AddIds(const BpfObject& object);
  absl::Status Register(const std::string& path, uint32_t classes);
  absl::Status RegisterAll(const GuardedPaths& paths);
  void ForgetOlder();

  vd_self* self_ = nullptr;  // mapped
  int objects_ = -1, ids_ = -1;  // of the object
  uint32_t epoch_ = 0;
  std::unique_ptr<RingReader> ring_;
  std::vector<SelfAttempt> read_;
};

// Of programs without an agent, by their pinned map; NotFound: they have none. How many attempts they refused.
struct PinnedSelf {
  bool on = false;
  uint64_t refused = 0, told = 0;
};
absl::StatusOr<PinnedSelf> ReadSelf(const PinDir::Generation& generation);
absl::Status SetSelf(const PinDir::Generation& generation, bool on);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_SELF_PROTECTION_H_
