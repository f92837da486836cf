// SPDX-License-Identifier: Apache-2.0
//
// LiveSource: the kernel as a source of events and as the place where verdicts fall; or, in a build without BPF, the
// error that says so. Event thread, save Stop().
#ifndef VEDETTE_CLI_LIVE_SOURCE_H_
#define VEDETTE_CLI_LIVE_SOURCE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/config.h"
#include "sensor/capabilities.h"
#include "sensor/enforcement_state.h"
#include "sensor/event/event_kind.h"
#include "sensor/event/kernel_policy.h"
#include "sensor/event_source.h"
#include "sensor/self_attempt.h"
#include "sensor/cgroup_use.h"

namespace vedette {

bool HasBpfSupport();

// OK if what `interest` needs can be loaded and attached here; else one line that says what is missing and what to do.
absl::Status CheckLive(const Interest& interest);
std::vector<Capability> ProbeLive();

// What is pinned in `pin_dir`. Nothing is no error.
absl::StatusOr<EnforcementState> ReadLiveEnforcement(const std::string& pin_dir);

// Switches self-protection of what is pinned in `pin_dir` off or on, with or without an agent. False: there is none.
absl::StatusOr<bool> SetLiveSelfProtection(const std::string& pin_dir, bool on);

struct LiveUnloaded {
  EnforcementState before;
  size_t links = 0, maps = 0;  // removed
  bool ended = true;           // false: the kernel has not let go of all programs yet
};
// An error while an agent runs.
absl::StatusOr<LiveUnloaded> UnloadLive(const std::string& pin_dir);

struct LiveOptions {
  bool prefilter = false;           // what is given to Mute() is not reported again
  std::string pin_dir = kNoPinDir;  // where enforcement is kept when this process ends
  OnStop on_stop = OnStop::kKeep;
  std::string version;  // told to whoever takes over
  std::string hook_socket = kNoHookSocket;
  bool self_protection = false;  // while rules refuse
  GuardedPaths guarded = {};     // by it
};

// What self-protection has refused, with what is known of who tried.
struct LiveAttempt {
  SelfAttempt attempt;
  std::string container_id, command_line;  // empty: not known
};

class LiveSource : public EventSource {
 public:
  // Every hook that `interest` needs is active, deciding by `policy`, when this returns; and what a former agent has
  // left in the pin_dir, gone.
  static absl::StatusOr<std::unique_ptr<LiveSource>> Open(const Interest& interest, const KernelPolicy& policy,
                                                          const LiveOptions& options);

  // For a reload. On error everything stays as it was.
  virtual absl::Status Change(const Interest& interest, const KernelPolicy& policy, const GuardedPaths& guarded) = 0;

  // What is loaded, and each thing that this kernel cannot give, for the log.
  virtual std::vector<std::string> Notes() const = 0;

  // What Open() or Change() has taken over and nobody has been told of yet; nothing: there was nothing.
  virtual std::optional<EnforcementState> TakeFormer() = 0;
  // Does what on_stop says; at the end of Run(), and for a source that is stopped before it.
  virtual absl::Status End() = 0;
  // Nothing is refused in the container from now on, only told; or refused again. Its whole id.
  virtual absl::StatusOr<std::string> SetContainerMode(const std::string& id, Mode mode) = 0;
  // What self-protection has refused since the last call; between events.
  virtual std::vector<LiveAttempt> TakeAttempts() = 0;
  // Whether self-protection is in force; kOff: by `vedette self-protection off`.
  enum class Guard : uint8_t { kNone, kOn, kOff };
  virtual Guard guard() const = 0;
  // With Interest::uses: which system calls and capabilities processes under a profile have used so far.
  virtual std::vector<CgroupUse> Uses() const = 0;
  // Whether enforcement goes on without this process.
  virtual bool pinned() const = 0;
};

}  // namespace vedette
#endif  // VEDETTE_CLI_LIVE_SOURCE_H_
