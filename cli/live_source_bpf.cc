// SPDX-License-Identifier: Apache-2.0
//
// LiveSource over sensor/bpf_source.
#include <fmt/format.h>

#include <utility>

#include "cli/live_source.h"
#include "sensor/bpf_source.h"

namespace vedette {
namespace {

class BpfLiveSource : public LiveSource {
 public:
  BpfLiveSource(std::unique_ptr<BpfSource> source, bool prefilter)
      : source_(std::move(source)), prefilter_wanted_(prefilter) {}

  absl::Status Run(const Sink& sink, const Tap& tap, const std::function<void()>& idle) override {
    return source_->Run(sink, tap, idle);
  }
  void Mute(const Event& event) override { source_->Mute(event); }
  void Stop() override { source_->Stop(); }
  SourceStats Stats() const override { return source_->Stats(); }

  absl::Status Change(const Interest& interest, const KernelPolicy& policy) override {
    if (absl::Status status = source_->Covers(interest); !status.ok()) return status;
    source_->UnmuteAll();
    if (absl::Status status = source_->enforcer().Install(policy); !status.ok()) return status;
    source_->SetDomains(interest.domains);
    source_->SetProfiles(interest.profiles);
    return absl::OkStatus();
  }

  std::vector<std::string> Notes() const override {
    std::vector<std::string> notes = source_->warnings();
    notes.push_back(fmt::format("{} programs attached{}", source_->programs_attached(),
                                source_->uses_modify_return() ? ", verdicts by fmod_ret" : ""));
    if (prefilter_wanted_ && !source_->has_prefilter()) {
      notes.emplace_back(
          "no prefilter: /proc/kallsyms does not tell where rename_lock and mount_lock are (kernel.kptr_restrict = 2, "
          "or a "
          "kernel without CONFIG_KALLSYMS_ALL); opens that no rule is about cost more");
    }
    return notes;
  }

 private:
  std::unique_ptr<BpfSource> source_;
  const bool prefilter_wanted_;
};

}  // namespace

bool HasBpfSupport() { return true; }
absl::Status CheckLive(const Interest& interest) { return CheckCanRun(interest); }
std::vector<Capability> ProbeLive() { return ProbeCapabilities(); }

absl::StatusOr<std::unique_ptr<LiveSource>> LiveSource::Open(const Interest& interest, const KernelPolicy& policy,
                                                             bool prefilter) {
  // First, so that the usual reasons come as one line before anything is touched.
  if (absl::Status status = CheckCanRun(interest); !status.ok()) return status;
  BpfSource::Options options;
  options.interest = interest;
  options.prefilter = prefilter;
  auto source = BpfSource::Open(std::move(options));
  if (!source.ok()) return source.status();
  if (absl::Status status = (*source)->enforcer().Install(policy); !status.ok()) return status;
  if (absl::Status status = (*source)->Attach(); !status.ok()) return status;
  return std::make_unique<BpfLiveSource>(std::move(*source), prefilter);
}

}  // namespace vedette
