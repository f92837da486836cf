// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/policy_report.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/terminal.h"

namespace vedette {
namespace {

int Check(const Flags& flags, bool kernel) {
  std::optional<Config> config = ResolveConfig(flags);
  if (!config) return kExitError;
  BundleResult result = LoadBundle(*config);
  PrintError(Describe(result, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (result.bundle && kernel) {
    const PolicyReport report = ReportPolicy(*result.bundle->rules, result.bundle->policy);
    PrintOut((flags.json ? PolicyJson : PolicyText)(report));
    return kExitOk;
  }
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
  auto kernel = std::make_shared<bool>(false);
  auto* of_kernel = command.add_flag(
      "--kernel", *kernel, "Say of each rule that refuses which hooks decide it, by which tables, at what cost");
  command.add_flag("--json", flags->json, "That as one JSON object")->needs(of_kernel);
  return [flags, kernel] { return Check(*flags, *kernel); };
}

}  // namespace vedette
