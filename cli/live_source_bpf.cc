// SPDX-License-Identifier: Apache-2.0
//
// LiveSource over sensor/bpf_source.
#include <fmt/format.h>

#include <utility>

#include "cli/live_source.h"
#include "sensor/bpf_source.h"
#include "sensor/capabilities.h"
#include "sensor/hook_socket.h"
#include "sensor/pins.h"
#include "sensor/self_protection.h"

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
      : source_(std::move(source)),
        pins_(std::move(pins)),
        options_(options),
        guarded_(options.guarded),
        refuses_(refuses) {}

  // The first time: until here what was there before decides, for a moment both do.
  absl::Status Begin() {
    absl::Status status = Settle(refuses_);
    return status.ok() || pins_ == nullptr ? status : NotPinned(status);
  }

  absl::Status Run(const Sink& sink, const Tap& tap, const std::function<void()>& idle) override {
    absl::Status status = source_->Run(sink, tap, idle);
    status.Update(End());
    return status;
  }
  // An agent that is there already keeps the socket; anything else that is wrong with it is an error.
  absl::Status Listen() {
    if (options_.hook_socket == kNoHookSocket) return absl::OkStatus();
    auto hook = HookSocket::Listen(options_.hook_socket, [this](const OciContainer& container, auto deadline) {
      return source_->Introduce(container, deadline);
    });
    if (hook.ok()) {
      hook_ = *std::move(hook);
      return absl::OkStatus();
    }
    if (!absl::IsUnavailable(hook.status())) return hook.status();
    hook_note_ = fmt::format("containers are not told of by hooks: {}", std::string(hook.status().message()));
    return absl::OkStatus();
  }

  absl::Status End() override {
    if (pins_ != nullptr && options_.on_stop == OnStop::kRemove) return pins_->Withdraw();
    // Between a stop and a start the rules may be edited; what is pinned stays guarded.
    if (!pinned() || self_ == nullptr || !refuses_) return absl::OkStatus();
    guarded_ = {};
    return Guard();
  }
  void Mute(const Event& event, MuteFor whom) override { source_->Mute(event, whom); }
  void Stop() override { source_->Stop(); }
  SourceStats Stats() const override { return source_->Stats(); }
  const UndecidedCounts& Undecided() override { return source_->Undecided(); }

  // Pinned before the first rule refuses and until the last one does not.
  absl::Status Change(const Interest& interest, const KernelPolicy& policy, const GuardedPaths& guarded) override {
    if (absl::Status status = source_->Covers(interest); !status.ok()) return status;
    guarded_ = guarded;
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
    if (!hook_note_.empty()) notes.push_back(hook_note_);
    return notes;
  }

  std::optional<EnforcementState> TakeFormer() override {
    return pins_ != nullptr ? pins_->TakeFormer() : std::nullopt;
  }
  std::vector<CgroupUse> Uses() const override { return source_->Uses(); }
  bool pinned() const override { return pins_ != nullptr && pins_->pinned(); }

  absl::StatusOr<std::string> SetContainerMode(const std::string& id, Mode mode) override {
    return source_->SetContainerMonitored(id, mode == Mode::kMonitor);
  }

  std::vector<LiveAttempt> TakeAttempts() override {
    std::vector<LiveAttempt> out;
    if (self_ == nullptr) return out;
    for (SelfAttempt& attempt : self_->TakeAttempts()) {
      LiveAttempt& live = out.emplace_back(LiveAttempt{std::move(attempt), "", ""});
      const Process* process = source_->FindProcess(live.attempt.exec_id);
      if (process == nullptr) continue;
      live.command_line = process->cmdline;
      if (process->container != nullptr) live.container_id = process->container->id;
    }
    return out;
  }

  LiveSource::Guard guard() const override {
    if (self_ == nullptr || !guarding_) return LiveSource::Guard::kNone;
    return self_->on() ? LiveSource::Guard::kOn : LiveSource::Guard::kOff;
  }

 private:
  // Pinned with what guards it, and guarded once its pins are there.
  absl::Status Settle(bool enforce) {
    if (enforce) {
      if (absl::Status status = StartGuard(); !status.ok()) return status;
    }
    if (pins_ != nullptr) {
      if (absl::Status status = pins_->Settle(source_->object(), enforce); !status.ok()) return status;
    }
    if (enforce) return Guard();
    if (self_ != nullptr) self_->Stop();
    source_->object().DetachSelf();
    guarding_ = false;
    return absl::OkStatus();
  }

  absl::Status StartGuard() {
    if (guarding_ || !source_->object().has_self()) return absl::OkStatus();
    if (self_ == nullptr) {
      auto self = SelfProtection::Open(source_->object());
      if (!self.ok()) return self.status();
      self_ = *std::move(self);
    }
    if (absl::Status status = source_->object().AttachSelf(); !status.ok()) return status;
    guarding_ = true;
    return self_->Start(source_->object());
  }

  absl::Status Guard() {
    if (self_ == nullptr) return absl::OkStatus();
    GuardedPaths all = guarded_;
    if (pins_ != nullptr) {
      for (std::string& directory : pins_->Directories()) all.directories.push_back(std::move(directory));
    }
    return self_->Guard(all);
  }

  std::unique_ptr<BpfSource> source_;
  const std::unique_ptr<Pins> pins_;  // null: nothing is to be pinned
  const LiveOptions options_;
  GuardedPaths guarded_;
  std::unique_ptr<SelfProtection> self_;  // null: never needed
  bool guarding_ = false;                 // its programs are attached
  bool refuses_;  // the policy in force has a rule that refuses
  std::string hook_note_;
  std::unique_ptr<HookSocket> hook_;  // last: its thread uses the source
};

}  // namespace

bool HasBpfSupport() { return true; }
absl::Status CheckLive(const Interest& interest) { return CheckCanRun(interest); }
std::vector<Capability> ProbeLive() { return ProbeCapabilities(); }

absl::StatusOr<EnforcementState> ReadLiveEnforcement(const std::string& pin_dir) { return ReadEnforcement(pin_dir); }

absl::StatusOr<bool> SetLiveSelfProtection(const std::string& pin_dir, bool on) {
  return SetSelfProtection(pin_dir, on);
}

absl::StatusOr<LiveUnloaded> UnloadLive(const std::string& pin_dir) {
  auto unloaded = Unload(pin_dir);
  if (!unloaded.ok()) return unloaded.status();
  return LiveUnloaded{std::move(unloaded->state), unloaded->removed.links, unloaded->removed.maps, unloaded->ended};
}

absl::StatusOr<std::unique_ptr<LiveSource>> LiveSource::Open(const Interest& interest, const KernelPolicy& policy,
                                                             const LiveOptions& live) {
  BpfSource::Options options;
  options.interest = interest;
  // Rules in monitor mode may be switched to refuse.
  options.interest.self_protection = live.self_protection && interest.verdict_kinds.any();
  // First, so that the usual reasons come as one line before anything is touched. It reads all of the kernel's types,
  // so once.
  auto plan = PlanForThisKernel(options.interest);
  if (!plan.ok()) return plan.status();
  options.plan = *std::move(plan);
  std::unique_ptr<Pins> pins;
  if (live.pin_dir != kNoPinDir) {
    auto opened = Pins::Open(live.pin_dir, live.version, policy.refuses());
    if (!opened.ok()) return opened.status();
    pins = *std::move(opened);
  }
  options.prefilter = live.prefilter;
  if (pins != nullptr) pins->AddFormer(options);
  auto source = BpfSource::Open(std::move(options));
  if (!source.ok()) return source.status();
  if (absl::Status status = (*source)->enforcer().Install(policy); !status.ok()) return status;
  if (absl::Status status = (*source)->Attach(); !status.ok()) return status;
  auto out = std::make_unique<BpfLiveSource>(std::move(*source), std::move(pins), live, policy.refuses());
  if (absl::Status status = out->Begin(); !status.ok()) return status;
  if (absl::Status status = out->Listen(); !status.ok()) return status;
  return out;
}

}  // namespace vedette
