// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/agent.h"
#include "cli/commands.h"
#include "cli/control_server.h"
#include "cli/enforcement_report.h"
#include "cli/live_source.h"
#include "cli/rule_bundle.h"
#include "cli/self_protection_report.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/terminal.h"
#include "engine/engine.h"
#include "rules/field_resolver.h"

namespace vedette {
namespace {

using Clock = std::chrono::steady_clock;

// What the outputs' own fields need, which no rule names. They were checked when the agent was made.
Interest WithOutputs(Interest interest, const Config& config) {
  for (const std::string& field : config.append_fields) AddInterest(ResolveFieldText(field).ref, interest);
  return interest;
}

// What nobody was there to see.
void TellOfFormer(LiveSource& source, Agent& agent) {
  const std::optional<EnforcementState> former = source.TakeFormer();
  if (!former) return;
  const BootClock clock = BootClock::Now();
  Say(TakeoverLine(*former, clock));
  if (!source.pinned()) Say("these rules refuse nothing: what it enforced has ended");
  if (HasGap(*former)) agent.Notify(MakeGapAlert(*former, clock, HostName()));
}

// Whoever may edit these decides what is refused.
GuardedPaths GuardedOf(const RuleBundle& bundle, const Config& config) {
  GuardedPaths out;
  out.files = bundle.rules->files;
  if (!config.file.empty()) out.files.push_back(config.file);
  std::error_code error;
  for (const std::string& path : config.rules) {
    if (std::filesystem::is_directory(path, error)) out.directories.push_back(path);
  }
  return out;
}

// Tells each attempt on the agent, and that somebody has switched its protection off or on.
class GuardWatch {
 public:
  GuardWatch(LiveSource& source, Agent& agent) : source_(source), agent_(agent), guard_(source.guard()) {}

  void Look() {
    const BootClock clock = BootClock::Now();
    for (const LiveAttempt& attempt : source_.TakeAttempts()) {
      agent_.Notify(MakeTamperAlert(attempt, clock, HostName()));
    }
    const LiveSource::Guard now = source_.guard();
    const LiveSource::Guard before = std::exchange(guard_, now);
    if (now == before || now == LiveSource::Guard::kNone) return;
    const bool on = now == LiveSource::Guard::kOn;
    if (on && before == LiveSource::Guard::kNone) return;
    Say(on ? "self-protection is on again" : "self-protection was switched off by `vedette self-protection off`");
    agent_.Notify(MakeGuardAlert(on, clock, HostName()));
  }

 private:
  LiveSource& source_;
  Agent& agent_;
  LiveSource::Guard guard_;
};

// `vedette mode`.
absl::StatusOr<std::string> ChangeMode(LiveSource& source, Agent& agent, const nlohmann::json& request,
                                       const ControlPeer& peer) {
  auto text = [&](const char* key) {
    const auto it = request.find(key);
    return it != request.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  Agent::ModeRequest wanted{Mode::kMonitor, text("rule"), text("profile")};
  if (!ParseMode(text("mode"), wanted.mode)) {
    return absl::InvalidArgumentError(std::string("\"mode\" is neither monitor nor enforce"));
  }
  absl::StatusOr<std::string> changed;
  if (const std::string id = text("container"); !id.empty()) {
    changed = source.SetContainerMode(id, wanted.mode);
    if (changed.ok()) {
      changed = fmt::format("container {}: {}", *changed,
                            wanted.mode == Mode::kMonitor ? "nothing is refused, what would be is told"
                                                          : "refused as the rules say");
    }
  } else {
    changed = agent.SetMode(wanted);
  }
  if (!changed.ok()) return changed;
  Say(fmt::format("mode changed by process {}: {}", peer.pid, *changed));
  agent.Notify(MakeModeAlert(*changed, wanted.mode, peer, BootClock::Now(), HostName()));
  return changed;
}

// What `vedette status` cannot read from maps. Bounded: the answer is one line.
std::string StatsOf(const Agent& agent) {
  constexpr size_t kMostRules = 16;
  constexpr size_t kMostBytes = 120;
  const EngineStats stats = agent.EngineStatistics();
  nlohmann::json by_rule = nlohmann::json::object();
  for (const auto& [rule, n] : stats.disagreements_by_rule) {
    if (by_rule.size() < kMostRules) by_rule[rule.substr(0, kMostBytes)] = n;
  }
  return nlohmann::json{{"disagreements", stats.verdict_disagreements}, {"disagreements_by_rule", by_rule}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// An agent is small and stays: of a huge page it would use a part, and nobody else the rest.
void UseSmallPages() { prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); }

int Run(const Flags& flags) {
  UseSmallPages();
  Signals signals;
  std::optional<Config> config = ResolveConfig(flags);
  if (!config) return kExitError;
  BundleResult loaded = LoadBundle(*config);
  PrintError(Describe(loaded, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (!loaded.bundle) {
    PrintError(Summary(loaded) + "\n");
    return kExitError;
  }
  absl::StatusOr<std::unique_ptr<Agent>> agent = Agent::Create(*config, HostName());
  if (!agent.ok()) return Fail(agent.status());
  auto source = LiveSource::Open(WithOutputs(loaded.bundle->interest, *config), loaded.bundle->policy,
                                 {config->prefilter, config->pin_dir, config->on_stop, VEDETTE_VERSION, config->hook_socket,
                                  config->self_protection, GuardedOf(*loaded.bundle, *config)});
  if (!source.ok()) return Fail(source.status());

  int stopped_by = 0;
  signals.Start({.stop =
                     [&](int signal) {
                       stopped_by = signal;
                       (*agent)->Stop();
                     },
                 .reload = [&] { (*agent)->RequestReload(); }});
  Say(fmt::format("{}; {}", Summary(loaded),
                  config->mode == Mode::kMonitor ? "monitor: nothing is refused" : "enforcing"));
  for (const std::string& note : (*source)->Notes()) Say(note);
  TellOfFormer(**source, **agent);
  Say("ready");
  const auto start = Clock::now();
  auto apply = [&](const RuleBundle& bundle) {
    absl::Status changed = (*source)->Change(bundle.interest, bundle.policy, GuardedOf(bundle, *config));
    TellOfFormer(**source, **agent);
    return changed;
  };
  GuardWatch watch(**source, **agent);
  std::unique_ptr<ControlServer> control;
  if (config->control_socket != kNoControlSocket) {
    auto opened = ControlServer::Open(
        config->control_socket, {{"mode", [&](const nlohmann::json& request, const ControlPeer& peer) {
                                    return ChangeMode(**source, **agent, request, peer);
                                  }},
                                 {"stats", [&](const nlohmann::json&, const ControlPeer&) { return StatsOf(**agent); }}});
    if (opened.ok()) control = *std::move(opened);
    if (!opened.ok()) Say(fmt::format("no control socket: {}", std::string(opened.status().message())));
  }
  absl::Status status = (*agent)->Run(**source, std::move(*loaded.bundle), apply, [&] {
    watch.Look();
    if (control != nullptr) control->Serve();
  });
  control.reset();
  signals.Finish();
  status.Update((*source)->End());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start).count();
  const std::string by = stopped_by == 0 ? "" : fmt::format(" by SIG{}", sigabbrev_np(stopped_by));
  Say(fmt::format("ended{} after {} s", by, seconds));
  PrintError(Summarize((*agent)->Report()));
  if ((*source)->pinned()) Say("enforcement goes on without an agent, until the next start or `vedette unload`");
  return status.ok() ? kExitOk : Fail(status);
}

}  // namespace

Runner DeclareRun(CLI::App& command) {
  auto flags = std::make_shared<Flags>();
  DeclareRuleFlags(command, *flags);
  DeclareModeFlag(command, *flags);
  DeclareOnStopFlag(command, *flags);
  DeclarePinDirFlag(command, *flags);
  DeclareHookSocketFlag(command, *flags);
  DeclarePrefilterFlag(command, *flags);
  DeclareSelfProtectionFlag(command, *flags);
  DeclareControlSocketFlag(command, *flags);
  DeclareAlertFlags(command, *flags);
  return [flags] { return Run(*flags); };
}

}  // namespace vedette
