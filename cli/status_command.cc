// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/enforcement_report.h"
#include "cli/live_source.h"
#include "cli/settings.h"
#include "cli/terminal.h"

namespace vedette {
namespace {

int Show(const Flags& flags) {
  std::optional<Config> config = ResolveConfigWithoutRules(flags);
  if (!config) return kExitError;
  absl::StatusOr<EnforcementState> state = EnforcementState{};
  if (config->pin_dir != kNoPinDir) state = ReadLiveEnforcement(config->pin_dir);
  if (!state.ok()) return Fail(state.status());
  PrintOut((flags.json ? StatusJson : StatusText)(*state, config->pin_dir, BootClock::Now()));
  return kExitOk;
}

}  // namespace

Runner DeclareStatus(CLI::App& command) {
  auto flags = std::make_shared<Flags>();
  DeclareConfigFlag(command, *flags);
  DeclarePinDirFlag(command, *flags);
  command.add_flag("--json", flags->json, "As one JSON object");
  return [flags] { return Show(*flags); };
}

}  // namespace vedette
