// SPDX-License-Identifier: Apache-2.0
#include "cli/agent.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "cli/enforcement_report.h"
#include "cli/terminal.h"
#include "rules/field_resolver.h"

namespace vedette {
namespace {
constexpr std::chrono::seconds kDeliveryDeadline{5};
// Of the next rule set: from here on they begin anew, long after the sets that had the first ones.
constexpr uint32_t kMaxPolicyId = 1u << 30;
constexpr std::chrono::seconds kUndecidedEvery{1};   // is looked at
constexpr std::chrono::seconds kUndecidedQuiet{10};  // after an alert

int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}
}  // namespace

Agent::Agent(Config config, std::string hostname) : config_(std::move(config)), hostname_(std::move(hostname)) {}
Agent::~Agent() = default;

absl::StatusOr<std::unique_ptr<Agent>> Agent::Create(const Config& config, std::string hostname) {
  std::unique_ptr<Agent> agent(new Agent(config, hostname));
  EngineOptions options;
  options.matching = config.rule_matching;
  options.threshold = config.priority;
  options.hostname = std::move(hostname);
  for (const std::string& field : config.append_fields) {
    ResolvedField resolved = ResolveFieldText(field);
    if (!resolved.ok()) return absl::InvalidArgumentError(resolved.error);
    options.appended_fields.push_back(std::move(resolved.ref));
  }
  if (absl::Status status = agent->AddOutputs(); !status.ok()) return status;
  Dispatcher* dispatcher = agent->dispatcher_.get();
  agent->engine_ =
      std::make_unique<Engine>(std::move(options), [dispatcher](Alert alert) { dispatcher->Send(std::move(alert)); });
  return agent;
}

absl::Status Agent::AddOutputs() {
  Dispatcher::Callbacks callbacks;
  callbacks.log = [](const std::string& line) { Say(line); };
  callbacks.gone = [this](const std::string& sink) {  // stdout's reader: there is nobody to alert any more
    Say(fmt::format("output {}: its reader is gone", sink));
    Stop();
  };
  dispatcher_ = std::make_unique<Dispatcher>(std::move(callbacks));
  for (const OutputConfig& output : config_.outputs) {
    auto route = MakeRoute(output);
    if (!route.ok()) return route.status();
    dispatcher_->Add(std::move(*route));
  }
  return absl::OkStatus();
}

void Agent::Stop() {
  stop_ = true;
  if (EventSource* source = source_.load(); source != nullptr) source->Stop();
}

void Agent::RequestReload() {
  dispatcher_->Reopen();
  reload_ = true;
}

absl::Status Agent::Run(EventSource& source, RuleBundle bundle, const Apply& apply,
                        const std::function<void()>& more_idle) {
  SetRules(bundle.rules);
  bundle_ = std::move(bundle);
  apply_ = &apply;
  source_ = &source;
  auto idle = [&] {
    if (stop_) source.Stop();
    if (reload_.exchange(false)) Reload(apply);
    WatchUndecided(source);
    if (more_idle) more_idle();
  };
  auto on_event = [&](const Event& event) {
    if (const MuteFor mute = engine_->OnEvent(event); mute != MuteFor::kNobody) source.Mute(event, mute);
  };
  absl::Status status = stop_ ? absl::OkStatus() : source.Run(on_event, {}, idle);
  source_ = nullptr;
  apply_ = nullptr;
  undecided_next_ = {};
  WatchUndecided(source);
  if (more_idle) more_idle();
  report_.source = source.Stats();
  dispatcher_->Stop(kDeliveryDeadline);
  return status;
}

void Agent::Notify(Alert alert) { dispatcher_->Send(std::move(alert)); }

// Rules that refuse fail open, and say so.
void Agent::WatchUndecided(EventSource& source) {
  const auto now = std::chrono::steady_clock::now();
  if (now < undecided_next_) return;
  undecided_next_ = now + kUndecidedEvery;
  const UndecidedCounts& counts = source.Undecided();
  if (counts == undecided_told_) return;
  UndecidedCounts since{};
  for (size_t kind = 0; kind < counts.size(); ++kind) since[kind] = counts[kind] - undecided_told_[kind];
  undecided_told_ = counts;
  undecided_next_ = now + kUndecidedQuiet;
  Notify(MakeUndecidedAlert(since, Now(), hostname_));
}

void Agent::Reload(const Apply& apply) {
  BundleResult loaded = LoadRules();
  PrintError(Describe(loaded, /*color=*/false));
  absl::Status applied;
  if (loaded.bundle && apply) applied = apply(*loaded.bundle);
  if (!loaded.bundle || !applied.ok()) {
    ++report_.failed_reloads;
    std::string why = loaded.bundle ? std::string(applied.message()) : Summary(loaded);
    return Say(fmt::format("reload failed, the running rules stay: {}", why));
  }
  ++report_.reloads;
  SetRules(loaded.bundle->rules);
  bundle_ = *loaded.bundle;
  Say(fmt::format("reloaded: {}", Summary(loaded)));
}

// With what has been overridden since the start.
BundleResult Agent::LoadRules() const {
  Config config = config_;
  config.mode = overrides_.all.value_or(config_.mode);
  BundleResult loaded = LoadBundle(config, next_policy_id_);
  if (loaded.bundle) ApplyOverrides(overrides_, *loaded.bundle->rules, loaded.bundle->policy);
  return loaded;
}

absl::StatusOr<std::string> Agent::SetMode(const ModeRequest& request) {
  if (apply_ == nullptr || !*apply_) return absl::UnavailableError(std::string("the agent does not run"));
  ModeOverrides wanted = overrides_;
  std::string what = "all rules";
  if (!request.rule.empty()) {
    if (absl::Status s = CheckRuleToOverride(*bundle_.rules, request.rule); !s.ok()) return s;
    wanted.rules[request.rule] = request.mode;
    what = fmt::format("rule '{}'", request.rule);
  } else if (!request.profile.empty()) {
    if (absl::Status s = CheckProfileToOverride(*bundle_.rules, request.profile); !s.ok()) return s;
    wanted.profiles[request.profile] = request.mode;
    what = fmt::format("profile '{}'", request.profile);
  } else {
    wanted = {request.mode, {}, {}};
  }
  RuleBundle changed = bundle_;
  absl::StatusOr<KernelPolicy> policy = CompileKernelPolicy(*bundle_.rules, wanted.all.value_or(config_.mode));
  if (!policy.ok()) return policy.status();
  changed.policy = *std::move(policy);
  ApplyOverrides(wanted, *changed.rules, changed.policy);
  if (absl::Status applied = (*apply_)(changed); !applied.ok()) return applied;
  overrides_ = std::move(wanted);
  bundle_ = std::move(changed);
  return fmt::format("{}: {}", what,
                     request.mode == Mode::kMonitor ? "nothing is refused, what would be is told"
                                                    : "refused as the rules say");
}

void Agent::SetRules(std::shared_ptr<const RuleSet> rules) {
  const uint64_t next = uint64_t{rules->first_policy_id} + rules->rules.size();
  next_policy_id_ = next < kMaxPolicyId ? static_cast<uint32_t>(next) : 1;
  engine_->SetRules(std::move(rules));
}

AgentReport Agent::Report() const {
  AgentReport report = report_;
  report.engine = engine_->Stats();
  report.sinks = dispatcher_->Stats();
  return report;
}

std::string HostName() {
  char name[256] = {};
  if (gethostname(name, sizeof(name) - 1) != 0) return "";
  return name;
}

}  // namespace vedette
