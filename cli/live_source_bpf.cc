// SPDX-License-Identifier: Apache-2.0
//
// LiveSource over sensor/bpf_source.
#include <fmt/format.h>

#include <utility>

#include "cli/live_source.h"
#include "sensor/bpf_source.h"
#include "sensor/pins.h"

namespace vedette {
namespace {

// Why rules would be in force and not survive this process.
absl::Status NotPinned(const absl::Status& why) {
  return absl::Status(why.code(),
                      fmt::format("{} (enforcement would end with this process; if that is wanted: --pin-dir none)",
                                  std::string(why.message())));
}

class BpfLiveSource : public LiveSource {
 public:
  BpfLiveSource(std::unique_ptr<BpfSource> source, std::unique_ptr<Pins> pins, const LiveOptions& options, bool refuses)
      : source_(std::move(source)), pins_(std::move(pins)), options_(options), refuses_(refuses) {}

  absl::Status Run(const Sink& sink, const Tap& tap, const std::function<void()>& idle) override {
    absl::Status status = source_->Run(sink, tap, idle);
    status.Update(End());
    return status;
  }
  absl::Status End() override {
    return pins_ != nullptr && options_.on_stop == OnStop::kRemove ? pins_->Withdraw() : absl::OkStatus();
  }
  void Mute(const Event& event) override { source_->Mute(event); }
  void Stop() override { source_->Stop(); }
  SourceStats Stats() const override { return source_->Stats(); }
  const UndecidedCounts& Undecided() override { return source_->Undecided(); }

  // Pinned before the first rule refuses and until the last one does not.
  absl::Status Change(const Interest& interest, const KernelPolicy& policy) override {
    if (absl::Status status = source_->Covers(interest); !status.ok()) return status;
    if (policy.refuses()) {
      if (absl::Status status = Settle(true); !status.ok()) return NotPinned(status);
    }
    source_->UnmuteAll();
    if (absl::Status status = source_->enforcer().Install(policy); !status.ok()) {
      if (!refuses_) Settle(false).IgnoreError();
      return status;
    }
    refuses_ = policy.refuses();
    source_->SetDomains(interest.domains);
    source_->SetProfiles(interest.profiles);
    return refuses_ ? absl::OkStatus() : Settle(false);
  }

  std::vector<std::string> Notes() const override {
    std::vector<std::string> notes = source_->warnings();
    notes.push_back(fmt::format("{} programs attached{}", source_->programs_attached(),
                                source_->uses_modify_return() ? ", verdicts by fmod_ret" : ""));
    if (options_.prefilter && !source_->has_prefilter()) {
      notes.emplace_back(
          "no prefilter: /proc/kallsyms does not tell where rename_lock and mount_lock are (kernel.kptr_restrict = 2, "
          "or a kernel without CONFIG_KALLSYMS_ALL); opens that no rule is about cost more");
    }
    if (pins_ != nullptr && !pins_->other().empty()) notes.push_back(pins_->other());
    return notes;
  }

  std::optional<EnforcementState> TakeFormer() override {
    return pins_ != nullptr ? pins_->TakeFormer() : std::nullopt;
  }
  std::vector<CgroupUse> Uses() const override { return source_->Uses(); }
  bool pinned() const override { return pins_ != nullptr && pins_->pinned(); }

 private:
  absl::Status Settle(bool enforce) {
    return pins_ != nullptr ? pins_->Settle(source_->object(), enforce) : absl::OkStatus();
  }

  std::unique_ptr<BpfSource> source_;
  const std::unique_ptr<Pins> pins_;  // null: nothing is to be pinned
  const LiveOptions options_;
  bool refuses_;  // the policy in force has a rule that refuses
};

}  // namespace

bool HasBpfSupport() { return true; }
absl::Status CheckLive(const Interest& interest) { return CheckCanRun(interest); }
std::vector<Capability> ProbeLive() { return ProbeCapabilities(); }

absl::StatusOr<EnforcementState> ReadLiveEnforcement(const std::string& pin_dir) { return ReadEnforcement(pin_dir); }

absl::StatusOr<LiveUnloaded> UnloadLive(const std::string& pin_dir) {
  auto unloaded = Unload(pin_dir);
  if (!unloaded.ok()) return unloaded.status();
  return LiveUnloaded{std::move(unloaded->state), unloaded->removed.links, unloaded->removed.maps, unloaded->ended};
}

absl::StatusOr<std::unique_ptr<LiveSource>> LiveSource::Open(const Interest& interest, const KernelPolicy& policy,
                                                             const LiveOptions& live) {
  // First, so that the usual reasons come as one line before anything is touched.
  if (absl::Status status = CheckCanRun(interest); !status.ok()) return status;
  std::unique_ptr<Pins> pins;
  if (live.pin_dir != kNoPinDir) {
    auto opened = Pins::Open(live.pin_dir, live.version, policy.refuses());
    if (!opened.ok()) return opened.status();
    pins = *std::move(opened);
  }
  BpfSource::Options options;
  options.interest = interest;
  options.prefilter = live.prefilter;
  if (pins != nullptr) pins->AddFormer(options);
  auto source = BpfSource::Open(std::move(options));
  if (!source.ok()) return source.status();
  if (absl::Status status = (*source)->enforcer().Install(policy); !status.ok()) return status;
  if (absl::Status status = (*source)->Attach(); !status.ok()) return status;
  // Only now: until here what was there decides, for a moment both do.
  if (pins != nullptr) {
    if (absl::Status status = pins->Settle((*source)->object(), policy.refuses()); !status.ok())
      return NotPinned(status);
  }
  return std::make_unique<BpfLiveSource>(std::move(*source), std::move(pins), live, policy.refuses());
}

}  // namespace vedette
