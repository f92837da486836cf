// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/agent.h"
#include "cli/commands.h"
#include "cli/event_file.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/terminal.h"

namespace vedette {
namespace {

struct ReplayFlags : Flags {
  std::string file;
  bool partial = false;
};

int Replay(const ReplayFlags& flags) {
  Signals signals;
  std::optional<Config> config = ResolveConfig(flags);
  if (!config) return kExitError;
  BundleResult loaded = LoadBundle(*config);
  PrintError(Describe(loaded, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (!loaded.bundle) {
    PrintError(Summary(loaded) + "\n");
    return kExitError;
  }
  absl::StatusOr<EventFile> opened = OpenEventFile(flags.file, flags.partial, *loaded.bundle->rules);
  if (!opened.ok()) return Fail(opened.status());
  absl::StatusOr<std::unique_ptr<Agent>> agent = Agent::Create(*config, opened->hostname);
  if (!agent.ok()) return Fail(agent.status());
  signals.Start({.stop = [&](int) { (*agent)->Stop(); }, .reload = {}});
  absl::Status status = (*agent)->Run(*opened->source, std::move(*loaded.bundle), {});
  signals.Finish();
  Say(status.ok() ? "replayed" : "replay ended early");
  AgentReport report = (*agent)->Report();
  report.engine.verdict_disagreements = 0;  // what was recorded was decided by other rules, or by none
  PrintError(Summarize(report));
  return status.ok() ? kExitOk : Fail(status);
}

}  // namespace

Runner DeclareReplay(CLI::App& command) {
  auto flags = std::make_shared<ReplayFlags>();
  command.add_option("FILE", flags->file, "A recording, or JSON lines of events; - is stdin")
      ->required()
      ->option_text(" ");
  command.add_flag("--partial", flags->partial, "Of a damaged recording, replay what is whole");
  DeclareRuleFlags(command, *flags);
  DeclareAlertFlags(command, *flags);
  return [flags] { return Replay(*flags); };
}

}  // namespace vedette
