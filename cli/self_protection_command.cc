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

int Switch(const Flags& flags, const std::string& word) {
  std::optional<Config> config = ResolveConfigWithoutRules(flags);
  if (!config) return kExitError;
  if (config->pin_dir == kNoPinDir) {
    return Fail(absl::FailedPreconditionError(
        std::string("pin_dir is none: what is not pinned cannot be reached; restart with --self-protection off")));
  }
  auto any = SetLiveSelfProtection(config->pin_dir, word == "on");
  if (!any.ok()) return Fail(any.status());
  if (!*any) {
    return Fail(absl::NotFoundError(fmt::format("nothing that is pinned in {} has self-protection", config->pin_dir)));
  }
  PrintOut(fmt::format("self-protection is {}\n", word));
  return kExitOk;
}

}  // namespace

Runner DeclareSelfProtection(CLI::App& command) {
  auto flags = std::make_shared<Flags>();
  auto word = std::make_shared<std::string>();
  DeclareConfigFlag(command, *flags);
  DeclarePinDirFlag(command, *flags);
  command.add_option("STATE", *word, "on or off")->required()->check(CLI::IsMember({"on", "off"}))->option_text("on|off");
  return [flags, word] { return Switch(*flags, *word); };
}

}  // namespace vedette
