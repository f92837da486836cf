// SPDX-License-Identifier: Apache-2.0
//
// `vedette profile export`: a profile's system calls as what container runtimes take. Rules that this kernel could not
// enforce are no error here: a filter of the runtime is the remedy.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "rules/nearest_name.h"
#include "rules/oci_seccomp.h"

namespace vedette {
namespace {

struct ExportFlags : Flags {
  std::string name;
  bool complain = false;
};

int Export(const ExportFlags& flags) {
  std::optional<Config> config = ResolveConfig(flags);
  if (!config) return kExitError;
  const LoadResult loaded = LoadRuleFiles(config->rules);
  PrintError(Describe(loaded.diagnostics, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (!loaded.ok()) {
    PrintError(Summary(CountProblems(loaded.diagnostics)) + "\n");
    return kExitError;
  }
  std::vector<std::string_view> names;
  for (const Rule& rule : loaded.rules->rules) {
    if (rule.calls == nullptr) continue;
    if (rule.profile == flags.name) {
      const auto json = ExportSeccomp(*rule.calls, flags.complain);
      if (!json.ok()) return Fail(json.status());
      PrintOut(*json);
      return kExitOk;
    }
    names.push_back(rule.profile);
  }
  Say(fmt::format("no profile '{}' with 'syscalls' is loaded{}", flags.name,
                  DidYouMean(NearestName(flags.name, names))));
  return kExitError;
}

}  // namespace

Runner DeclareProfile(CLI::App& command) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* sub = command.add_subcommand("export", "Print the system calls of a profile as a seccomp profile.");
  sub->set_help_flag("-h,--help", "Print this help and exit");
  command.require_subcommand(1);
  sub->add_option("--oci", flags->name, "The profile; as linux.seccomp of the OCI runtime specification")->required();
  sub->add_flag("--complain", flags->complain, "Log what would be refused, and refuse nothing");
  DeclareRuleFlags(*sub, *flags);
  DeclareColorFlag(*sub, *flags);
  return [flags] { return Export(*flags); };
}

}  // namespace vedette
