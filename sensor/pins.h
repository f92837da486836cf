// SPDX-License-Identifier: Apache-2.0
//
// Pins: keeps enforcement going when its agent ends, by pinning the links of the programs that decide and the maps they
// read (docs/decisions/0009-…), and takes over what a former agent has left. Owned by the live source; event thread.
// ReadEnforcement and Unload are for the commands, without an agent.
#ifndef VEDETTE_SENSOR_PINS_H_
#define VEDETTE_SENSOR_PINS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "sensor/bpf_object.h"
#include "sensor/bpf_source.h"
#include "sensor/enforcement_state.h"
#include "sensor/pin_dir.h"

namespace vedette {

class Former;

class Pins {
 public:
  // Looks at what is there. `enforce`: these rules refuse something, so the directory has to be ours: an error if
  // another agent has it, or if nothing can be pinned there.
  static absl::StatusOr<std::unique_ptr<Pins>> Open(const std::string& directory, std::string version, bool enforce);
  ~Pins();

  // What the programs of `options` have to know of those they take over from.
  void AddFormer(BpfSource::Options& options) const;

  // All hooks of `object` are active: pins what decides, if `enforce`, then removes what was there before, in this
  // order, so that at each moment one of the two decides. Again at a reload: what is as it should be stays.
  absl::Status Settle(const BpfObject& object, bool enforce);
  // Nothing outlives this process any more.
  absl::Status Withdraw();

  // What of the directory is ours.
  std::vector<std::string> Directories() const;

  bool pinned() const { return mine_.has_value(); }
  // Who else enforces here, while these rules refuse nothing: "" if nobody.
  const std::string& other() const { return other_; }
  // What was there before, once it has been removed; given once.
  std::optional<EnforcementState> TakeFormer() { return std::exchange(former_state_, std::nullopt); }

 private:
  Pins(std::string directory, std::string version);
  absl::StatusOr<PinDir::Lock> LockDirectory(bool enforce) const;
  absl::Status Own(bool enforce);
  absl::Status FindFormers();
  absl::Status Pin(const BpfObject& object);
  absl::Status CopyNames(const BpfObject& object);
  absl::Status Retire();

  const PinDir directory_;
  const std::string version_;
  std::optional<PinDir::Lock> lock_;
  std::string other_;
  std::vector<std::unique_ptr<Former>> formers_;  // oldest first
  std::optional<EnforcementState> former_state_;
  std::optional<PinDir::Generation> mine_;
};

// What is pinned there, and whether an agent is at it. Nothing pinned is no error.
absl::StatusOr<EnforcementState> ReadEnforcement(const std::string& directory);

struct Unloaded {
  EnforcementState state;  // before
  PinDir::Removed removed;
  bool ended = true;  // false: the kernel still had programs of it after 5 s
};
// Switches self-protection of what is pinned there off or on. False: nothing there has any.
absl::StatusOr<bool> SetSelfProtection(const std::string& directory, bool on);
// Removes everything. FailedPrecondition while an agent runs.
absl::StatusOr<Unloaded> Unload(const std::string& directory);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_PINS_H_
