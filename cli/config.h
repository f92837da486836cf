// SPDX-License-Identifier: Apache-2.0
//
// Config: vedette.yaml, read and checked. Plain data. All of it:
//   rules: [rules, /srv/site.yaml]        # files and directories
//   outputs:                              # without it: text on stdout
//     - {type: stdout, format: text}      # or json
//     - {type: file, path: /var/log/vedette.json, format: json, rotate_bytes: 67108864, rotate_keep: 5}
//     - {type: syslog, address: "tcp://siem:601", facility: local0, app_name: vedette, queue_alerts: 8192}
//   rule_matching: all                    # or first
//   priority: debug                       # rules below it are not evaluated
//   mode: enforce                         # or monitor: nothing is refused
//   prefilter: on                         # off: report every open to the rules, also those no rule can be about
//   append_output: [proc.exec_id]         # fields added to every alert's output_fields
#ifndef VEDETTE_CLI_CONFIG_H_
#define VEDETTE_CLI_CONFIG_H_

#include <string>
#include <vector>

#include "engine/engine.h"
#include "outputs/output_config.h"
#include "rules/rule_loader.h"
#include "rules/rule_set.h"

namespace vedette {

struct Config {
  std::vector<std::string> rules;     // files and directories; empty: the default rules
  std::vector<OutputConfig> outputs;  // empty: text on stdout
  RuleMatching rule_matching = RuleMatching::kAll;
  Priority priority = Priority::kDebug;    // rules below it are not evaluated
  Mode mode = Mode::kEnforce;              // kMonitor: nothing is refused
  bool prefilter = true;                   // opens that no rule can be about stay in the kernel
  std::vector<std::string> append_output;  // fields added to every alert's output_fields
};

// The words of the configuration and of the options, for what has few values.
bool ParseMode(std::string_view text, Mode& out);                  // monitor, enforce
bool ParsePrefilter(std::string_view text, bool& out);             // on, off
bool ParseRuleMatching(std::string_view text, RuleMatching& out);  // first, all
bool ParsePriority(std::string_view text, Priority& out);          // a priority's name, upper or lower case

struct ConfigResult {
  Config config;                        // what could be read
  std::vector<Diagnostic> diagnostics;  // errors only; empty: the configuration is right
};

// Relative paths in it are taken from the file's directory. A file is at most 1 MiB.
ConfigResult ReadConfig(const std::string& path);
ConfigResult ParseConfig(const std::string& name, std::string text);

}  // namespace vedette
#endif  // VEDETTE_CLI_CONFIG_H_
