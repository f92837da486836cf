// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/live_source.h"
#include "cli/settings.h"
#include "cli/terminal.h"

namespace vedette {
namespace {

int RemoveAll(const Flags& flags) {
  std::optional<Config> config = ResolveConfigWithoutRules(flags);
  if (!config) return kExitError;
  if (config->pin_dir == kNoPinDir) {
    PrintOut("nothing to remove: pin_dir is none\n");
    return kExitOk;
  }
  auto unloaded = UnloadLive(config->pin_dir);
  if (!unloaded.ok()) return Fail(unloaded.status());
  if (unloaded->links + unloaded->maps == 0) {
    PrintOut(fmt::format("nothing to remove in {}\n", config->pin_dir));
    return kExitOk;
  }
  PrintOut(fmt::format("removed {} programs and {} maps from {}\n", unloaded->links, unloaded->maps, config->pin_dir));
  for (const RuleCount& rule : unloaded->before.rules) {
    if (!rule.enforced) continue;
    PrintOut(fmt::format("no longer enforced: {} ({} refusals, {} of them not reported)\n", rule.name, rule.decided,
                         rule.Untold()));
  }
  if (unloaded->ended) return kExitOk;
  return Fail(absl::UnavailableError(
      std::string("the kernel has not let go of all programs yet; another process may hold them: bpftool prog")));
}

}  // namespace

Runner DeclareUnload(CLI::App& command) {
  auto flags = std::make_shared<Flags>();
  DeclareConfigFlag(command, *flags);
  DeclarePinDirFlag(command, *flags);
  return [flags] { return RemoveAll(*flags); };
}

}  // namespace vedette
