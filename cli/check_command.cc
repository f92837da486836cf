// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/terminal.h"

namespace vedette {
namespace {

int Check(const Flags& flags) {
  std::optional<Config> config = ResolveConfig(flags);
  if (!config) return kExitError;
  BundleResult result = LoadBundle(*config);
  PrintError(Describe(result, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (result.bundle) {
    PrintOut(Summary(result) + "\n");
    return kExitOk;
  }
  PrintError(Summary(result) + "\n");
  return kExitError;
}

}  // namespace

Runner DeclareCheck(CLI::App& command) {
  auto flags = std::make_shared<Flags>();
  DeclareRuleFlags(command, *flags);
  DeclareColorFlag(command, *flags);
  return [flags] { return Check(*flags); };
}

}  // namespace vedette
