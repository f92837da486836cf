// SPDX-License-Identifier: Apache-2.0
//
// Agent: the wiring of a source of events, the engine and the outputs, live or from a file, and nothing but wiring. Run
// is called by the event thread; Stop and RequestReload by any.
#ifndef VEDETTE_CLI_AGENT_H_
#define VEDETTE_CLI_AGENT_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cli/config.h"
#include "cli/rule_bundle.h"
#include "engine/engine.h"
#include "engine/mode_override.h"
#include "outputs/dispatcher.h"
#include "sensor/event_source.h"

namespace vedette {

struct AgentReport {
  SourceStats source;
  EngineStats engine;
  std::vector<SinkStats> sinks;
  uint64_t reloads = 0, failed_reloads = 0;
};

class Agent {
 public:
  // Makes the kernel ready for a rule set: called at a reload, before the engine takes it. An error keeps the former.
  using Apply = std::function<absl::Status(const RuleBundle&)>;

  // Opens the outputs. `config` is complete, `hostname` goes into alerts.
  static absl::StatusOr<std::unique_ptr<Agent>> Create(const Config& config, std::string hostname);
  ~Agent();

  // Evaluates the rules on the source's events until it ends, fails or is stopped. Then delivers what is queued.
  // `idle`: called between events, about ten times a second.
  absl::Status Run(EventSource& source, RuleBundle bundle, const Apply& apply, const std::function<void()>& idle = {});

  // Refuse or only alert, from now on: between events, while it runs. The request is of `vedette mode`. What has
  // changed, for the log.
  struct ModeRequest {
    Mode mode = Mode::kMonitor;
    std::string rule, profile;  // empty both: as the configuration's `mode`, and no other override is left
  };
  absl::StatusOr<std::string> SetMode(const ModeRequest& request);

  void Notify(Alert alert);    // one that no rule makes; event thread, before or during Run
  void Stop();                 // ends Run
  void RequestReload();        // of the rules and of the files that outputs write to
  AgentReport Report() const;  // after Run
  EngineStats EngineStatistics() const { return engine_->Stats(); }  // at any time

 private:
  Agent(Config config, std::string hostname);
  absl::Status AddOutputs();
  void Reload(const Apply& apply);
  void SetRules(std::shared_ptr<const RuleSet> rules);
  BundleResult LoadRules() const;
  void WatchUndecided(EventSource& source);

  const Config config_;
  const std::string hostname_;
  std::atomic<EventSource*> source_{nullptr};
  std::atomic<bool> stop_{false}, reload_{false};
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Engine> engine_;
  uint32_t next_policy_id_ = 1;  // no rule of the running set or of the one before has it or a greater one
  RuleBundle bundle_;            // that runs
  const Apply* apply_ = nullptr;  // during Run
  ModeOverrides overrides_;
  AgentReport report_;
  UndecidedCounts undecided_told_{};
  std::chrono::steady_clock::time_point undecided_next_{};
};

std::string HostName();

}  // namespace vedette
#endif  // VEDETTE_CLI_AGENT_H_
