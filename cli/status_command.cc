// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/control_protocol.h"
#include "cli/enforcement_report.h"
#include "cli/live_source.h"
#include "cli/settings.h"
#include "cli/terminal.h"

namespace vedette {
namespace {

// What the running agent knows beyond what is pinned. Without an answer it stays unknown.
void AskForMore(const Config& config, EnforcementState& state) {
  if (!state.agent || config.control_socket == kNoControlSocket) return;
  auto answer = AskAgent(config.control_socket, {{"version", kControlVersion}, {"command", "stats"}});
  if (!answer.ok()) return;
  const nlohmann::json stats = nlohmann::json::parse(*answer, nullptr, /*allow_exceptions=*/false);
  if (!stats.is_object() || !stats.contains("disagreements") || !stats["disagreements"].is_number_unsigned()) return;
  state.disagreements = stats["disagreements"].get<uint64_t>();
  if (!stats.contains("disagreements_by_rule")) return;
  for (const auto& [rule, n] : stats["disagreements_by_rule"].items()) {
    if (n.is_number_unsigned()) state.disagreements_by_rule.emplace_back(rule, n.get<uint64_t>());
  }
}

int Show(const Flags& flags) {
  std::optional<Config> config = ResolveConfigWithoutRules(flags);
  if (!config) return kExitError;
  absl::StatusOr<EnforcementState> state = EnforcementState{};
  if (config->pin_dir != kNoPinDir) state = ReadLiveEnforcement(config->pin_dir);
  if (!state.ok()) return Fail(state.status());
  AskForMore(*config, *state);
  PrintOut((flags.json ? StatusJson : StatusText)(*state, config->pin_dir, BootClock::Now()));
  return kExitOk;
}

}  // namespace

Runner DeclareStatus(CLI::App& command) {
  auto flags = std::make_shared<Flags>();
  DeclareConfigFlag(command, *flags);
  DeclarePinDirFlag(command, *flags);
  DeclareControlSocketFlag(command, *flags);
  command.add_flag("--json", flags->json, "As one JSON object");
  return [flags] { return Show(*flags); };
}

}  // namespace vedette
