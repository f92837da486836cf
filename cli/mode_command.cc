// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/control_protocol.h"
#include "cli/settings.h"
#include "cli/terminal.h"

namespace vedette {
namespace {

struct Wanted {
  std::string mode, rule, profile, container;
  bool all = false;
};

int Ask(const Flags& flags, const Wanted& wanted) {
  std::optional<Config> config = ResolveConfigWithoutRules(flags);
  if (!config) return kExitError;
  if (config->control_socket == kNoControlSocket) {
    return Fail(absl::FailedPreconditionError(std::string("control_socket is none: the agent cannot be reached")));
  }
  nlohmann::json request = {{"version", kControlVersion}, {"command", "mode"}, {"mode", wanted.mode}};
  if (!wanted.rule.empty()) request["rule"] = wanted.rule;
  if (!wanted.profile.empty()) request["profile"] = wanted.profile;
  if (!wanted.container.empty()) request["container"] = wanted.container;
  absl::StatusOr<std::string> answer = AskAgent(config->control_socket, request);
  if (!answer.ok()) return Fail(answer.status());
  PrintOut(*answer + "\n");
  return kExitOk;
}

}  // namespace

Runner DeclareMode(CLI::App& command) {
  auto flags = std::make_shared<Flags>();
  auto wanted = std::make_shared<Wanted>();
  DeclareConfigFlag(command, *flags);
  DeclareControlSocketFlag(command, *flags);
  command.add_option("MODE", wanted->mode, "monitor: refuse nothing, tell what would be; enforce: as the rules say")
      ->required()
      ->check(CLI::IsMember({"monitor", "enforce"}))
      ->option_text("monitor|enforce");
  auto* of = command.add_option_group("of", "Of what: one of these");
  of->add_option("--rule", wanted->rule, "A rule, by its name")->type_name("NAME");
  of->add_option("--profile", wanted->profile, "A profile, by its name")->type_name("NAME");
  of->add_option("--container", wanted->container, "A running container, by its id or the beginning of it")->type_name("ID");
  of->add_flag("--all", wanted->all, "All; what was asked for single ones is forgotten");
  of->require_option(1);
  return [flags, wanted] { return Ask(*flags, *wanted); };
}

}  // namespace vedette
