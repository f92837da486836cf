// SPDX-License-Identifier: Apache-2.0
//
// Settings: the options that several commands share, and the configuration that they and vedette.yaml make together.
// An option given on the command line wins.
#ifndef VEDETTE_CLI_SETTINGS_H_
#define VEDETTE_CLI_SETTINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "cli/config.h"
#include "cli/terminal.h"

namespace CLI {
class App;
}

namespace vedette {

struct Flags {
  std::string config;              // -c
  std::vector<std::string> rules;  // -r
  bool json = false;
  std::string rule_matching, mode, priority, prefilter, pin_dir, on_stop, self_protection, control_socket;  // as given; "": not
  std::vector<std::string> append_output;
  std::string color = "auto";
};

void DeclareRuleFlags(CLI::App& command, Flags& flags);   // -c, -r
void DeclareAlertFlags(CLI::App& command, Flags& flags);  // --json, --rule-matching, --priority, --append-…, --color
void DeclareModeFlag(CLI::App& command, Flags& flags);    // --mode
void DeclarePinDirFlag(CLI::App& command, Flags& flags);  // --pin-dir
void DeclareOnStopFlag(CLI::App& command, Flags& flags);  // --on-stop
void DeclareConfigFlag(CLI::App& command, Flags& flags);  // -c
void DeclarePrefilterFlag(CLI::App& command, Flags& flags);  // --prefilter
void DeclareControlSocketFlag(CLI::App& command, Flags& flags);   // --control-socket
void DeclareSelfProtectionFlag(CLI::App& command, Flags& flags);  // --self-protection
void DeclareColorFlag(CLI::App& command, Flags& flags);      // --color

ColorChoice ColorOf(const Flags& flags);

// The configuration, with rules to load in it. Prints what is wrong and returns nothing then.
std::optional<Config> ResolveConfig(const Flags& flags);
// The same without rules: for commands that need none.
std::optional<Config> ResolveConfigWithoutRules(const Flags& flags);

}  // namespace vedette
#endif  // VEDETTE_CLI_SETTINGS_H_
