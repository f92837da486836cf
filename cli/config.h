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
//   pin_dir: /sys/fs/bpf/vedette          # where enforcement is kept when the agent ends; none: it ends with it
//   on_stop: keep                         # when the agent is stopped: keep enforcing, or remove
//   control_socket: /run/vedette/control.sock  # for `vedette mode`, root only; or none
//   self_protection: on                   # while rules refuse: nobody else touches the agent, its pins and these files; off
//   prefilter: on                         # off: report every open to the rules, also those no rule can be about
//   append_output:                        # Falco's: what the alerts of some rules, or all, have besides
//     - match: {source: syscall, tags: [process], rule: A rule}      # all of it has to hold; without it: every rule
//       extra_output: "gparent=%proc.aname[2]"                       # after the rule's output
//       suggested_output: true                                       # container_id=… k8s_ns_name=… likewise
//       extra_fields: [proc.exec_id, {site: "north %evt.hostname"}]  # into output_fields only
//     - proc.exec_id                      # a field of every alert, also of those that no rule makes
#ifndef VEDETTE_CLI_CONFIG_H_
#define VEDETTE_CLI_CONFIG_H_

#include <string>
#include <vector>

#include "engine/engine.h"
#include "outputs/output_config.h"
#include "rules/output_addition.h"
#include "rules/rule_loader.h"
#include "rules/rule_set.h"
#include "cli/control_protocol.h"
#include "sensor/pin_dir.h"

namespace vedette {

inline constexpr const char* kNoPinDir = "none";

enum class OnStop : uint8_t { kKeep, kRemove };

struct Config {
  std::string file;                   // this was read from; empty: from none
  std::vector<std::string> rules;     // files and directories; empty: the default rules
  std::vector<OutputConfig> outputs;  // empty: text on stdout
  RuleMatching rule_matching = RuleMatching::kAll;
  Priority priority = Priority::kDebug;  // rules below it are not evaluated
  Mode mode = Mode::kEnforce;            // kMonitor: nothing is refused
  std::string pin_dir = kDefaultPinDir;
  OnStop on_stop = OnStop::kKeep;
  std::string control_socket = kDefaultControlSocket;  // for `vedette mode`; none: nothing listens
  bool self_protection = true;  // while rules refuse
  bool prefilter = true;  // opens that no rule can be about stay in the kernel
  std::vector<OutputAddition> append_output;
  std::vector<std::string> append_fields;  // added to every alert's output_fields
};

// The words of the configuration and of the options, for what has few values.
bool ParseMode(std::string_view text, Mode& out);      // monitor, enforce
bool ParseOnStop(std::string_view text, OnStop& out);  // keep, remove
// "" if enforcement can be kept there as far as the name tells, or what is wrong with it.
std::string CheckPinDir(std::string_view path);
bool ParseOnOff(std::string_view text, bool& out);                 // on, off
bool ParseRuleMatching(std::string_view text, RuleMatching& out);  // first, all
bool ParsePriority(std::string_view text, Priority& out);          // a priority's name, upper or lower case

struct ConfigResult {
  Config config;                        // what could be read
  std::vector<Diagnostic> diagnostics;  // warnings too; without an error the configuration is right
};

// Relative paths in it are taken from the file's directory. A file is at most 1 MiB.
ConfigResult ReadConfig(const std::string& path);
ConfigResult ParseConfig(const std::string& name, std::string text);

}  // namespace vedette
#endif  // VEDETTE_CLI_CONFIG_H_
