// SPDX-License-Identifier: Apache-2.0
//
// LiveSource: the kernel as a source of events and as the place where verdicts fall; or, in a build without BPF, the
// error that says so. Event thread, save Stop().
#ifndef VEDETTE_CLI_LIVE_SOURCE_H_
#define VEDETTE_CLI_LIVE_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sensor/capabilities.h"
#include "sensor/event/event_kind.h"
#include "sensor/event/kernel_policy.h"
#include "sensor/event_source.h"

namespace vedette {

bool HasBpfSupport();

// OK if what `interest` needs can be loaded and attached here; else one line that says what is missing and what to do.
absl::Status CheckLive(const Interest& interest);
std::vector<Capability> ProbeLive();

class LiveSource : public EventSource {
 public:
  // Every hook that `interest` needs is active, deciding by `policy`, when this returns.
  // `prefilter`: what is given to Mute() is not reported again.
  static absl::StatusOr<std::unique_ptr<LiveSource>> Open(const Interest& interest, const KernelPolicy& policy,
                                                          bool prefilter);

  // For a reload. On error everything stays as it was.
  virtual absl::Status Change(const Interest& interest, const KernelPolicy& policy) = 0;

  // What is loaded, and each thing that this kernel cannot give, for the log.
  virtual std::vector<std::string> Notes() const = 0;
};

}  // namespace vedette
#endif  // VEDETTE_CLI_LIVE_SOURCE_H_
