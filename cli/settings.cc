// SPDX-License-Identifier: Apache-2.0
#include "cli/settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <utility>

#include "cli/paths.h"
#include "cli/rule_bundle.h"
#include "rules/field_resolver.h"

namespace vedette {
namespace {

bool ReadFile(const Flags& flags, Config& config) {
  std::string path = flags.config;
  std::error_code error;
  if (path.empty() && std::filesystem::exists(kDefaultConfig, error)) path = kDefaultConfig;
  if (path.empty()) return true;
  ConfigResult read = ReadConfig(path);
  config = std::move(read.config);
  config.file = path;
  PrintError(Describe(read.diagnostics, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (CountProblems(read.diagnostics).errors == 0) return true;
  PrintError(Summary(CountProblems(read.diagnostics)) + "\n");
  return false;
}

// CLI11 has refused words that these do not know.
void ApplyWords(const Flags& flags, Config& config) {
  ParseMode(flags.mode, config.mode);
  ParseRuleMatching(flags.rule_matching, config.rule_matching);
  ParsePriority(flags.priority, config.priority);
  ParseOnOff(flags.prefilter, config.prefilter);
  ParseOnOff(flags.self_protection, config.self_protection);
  ParseOnStop(flags.on_stop, config.on_stop);
  if (!flags.pin_dir.empty()) config.pin_dir = flags.pin_dir;
  if (!flags.control_socket.empty()) config.control_socket = flags.control_socket;
}

bool ApplyAppended(const Flags& flags, Config& config) {
  for (const std::string& field : flags.append_output) {
    if (ResolvedField resolved = ResolveFieldText(field); !resolved.ok()) {
      Fail(absl::InvalidArgumentError(fmt::format("--append-output-field {}: {}", field, resolved.error)));
      return false;
    }
    config.append_fields.push_back(field);
  }
  return true;
}

bool ApplyRules(const Flags& flags, Config& config) {
  if (!flags.rules.empty()) config.rules = flags.rules;
  if (!config.rules.empty()) return true;
  absl::StatusOr<std::string> rules = DefaultRules();
  if (!rules.ok()) {
    Fail(rules.status());
    return false;
  }
  config.rules = {*rules};
  return true;
}

// On a terminal text is coloured; --json is about stdout.
void ApplyFormat(const Flags& flags, Config& config) {
  bool has_stdout = false;
  for (const OutputConfig& output : config.outputs) has_stdout = has_stdout || output.type == "stdout";
  if (config.outputs.empty() || (flags.json && !has_stdout)) {
    OutputConfig output;
    output.type = "stdout";
    config.outputs.push_back(output);
  }
  const bool color = UseColor(ColorOf(flags), STDOUT_FILENO);
  for (OutputConfig& output : config.outputs) {
    if (output.type != "stdout") continue;
    if (flags.json) output.format = "json";
    if (color && output.format == "text") output.format = "text-color";
  }
}

}  // namespace

void DeclareConfigFlag(CLI::App& command, Flags& flags) {
  command
      .add_option("-c,--config", flags.config, fmt::format("Configuration file [{}, if it is there]", kDefaultConfig))
      ->type_name("FILE");
}

void DeclarePinDirFlag(CLI::App& command, Flags& flags) {
  command
      .add_option("--pin-dir", flags.pin_dir,
                  fmt::format("Where enforcement is kept when the agent ends; none: nowhere [{}]", kDefaultPinDir))
      ->check([](const std::string& text) { return CheckPinDir(text); })
      ->type_name("DIR");
}

void DeclareOnStopFlag(CLI::App& command, Flags& flags) {
  command
      .add_option("--on-stop", flags.on_stop,
                  "When stopped: keep enforcing until a start or 'vedette unload'; or remove")
      ->check(CLI::IsMember({"keep", "remove"}))
      ->option_text("keep|remove [keep]");
}

void DeclareRuleFlags(CLI::App& command, Flags& flags) {
  DeclareConfigFlag(command, flags);
  command
      .add_option("-r,--rules", flags.rules,
                  "Rule file or directory, may be repeated [/etc/vedette/rules or the installed ones]")
      ->type_name("FILE|DIR")
      ->allow_extra_args(false);
}

void DeclareColorFlag(CLI::App& command, Flags& flags) {
  command.add_option("--color", flags.color, "Colours: always, never, or auto: on a terminal unless NO_COLOR is set")
      ->type_name("WHEN")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->option_text("WHEN [auto]");
}

void DeclareModeFlag(CLI::App& command, Flags& flags) {
  command.add_option("--mode", flags.mode, "monitor: refuse nothing, report what would be; enforce: as each rule says")
      ->check(CLI::IsMember({"monitor", "enforce"}))
      ->option_text("MODE [enforce]");
}

void DeclarePrefilterFlag(CLI::App& command, Flags& flags) {
  command
      .add_option("--prefilter", flags.prefilter,
                  "on: opens that no rule can be about stay in the kernel; off: each is evaluated")
      ->check(CLI::IsMember({"on", "off"}))
      ->option_text("on|off [on]");
}

void DeclareControlSocketFlag(CLI::App& command, Flags& flags) {
  command
      .add_option("--control-socket", flags.control_socket,
                  fmt::format("Where the agent is reached by 'vedette mode'; none: nowhere [{}]", kDefaultControlSocket))
      ->type_name("PATH");
}

void DeclareSelfProtectionFlag(CLI::App& command, Flags& flags) {
  command
      .add_option("--self-protection", flags.self_protection,
                  "While rules refuse, on: nobody kills, traces or unpins the agent, or edits its rules; off")
      ->check(CLI::IsMember({"on", "off"}))
      ->option_text("on|off [on]");
}

void DeclareAlertFlags(CLI::App& command, Flags& flags) {
  command.add_flag("--json", flags.json, "Alerts on stdout as JSON, one object per line, in Falco's shape");
  command
      .add_option("--rule-matching", flags.rule_matching, "Alert for all rules that match an event, or only the first")
      ->check(CLI::IsMember({"all", "first"}))
      ->option_text("all|first [all]");
  command.add_option("--priority", flags.priority, "Leave out rules below this priority")
      ->check([](const std::string& text) {
        Priority ignored;
        return ParsePriority(text, ignored) ? std::string() : "'" + text + "' is no priority";
      })
      ->option_text("PRIORITY [debug]");
  command
      .add_option("--append-output-field", flags.append_output,
                  "Add a field to every alert's output_fields, may be repeated")
      ->type_name("FIELD")
      ->allow_extra_args(false);
  DeclareColorFlag(command, flags);
}

ColorChoice ColorOf(const Flags& flags) {
  if (flags.color == "always") return ColorChoice::kAlways;
  return flags.color == "never" ? ColorChoice::kNever : ColorChoice::kAuto;
}

std::optional<Config> ResolveConfigWithoutRules(const Flags& flags) {
  Config config;
  if (!ReadFile(flags, config)) return std::nullopt;
  ApplyWords(flags, config);
  return config;
}

std::optional<Config> ResolveConfig(const Flags& flags) {
  Config config;
  if (!ReadFile(flags, config) || !ApplyRules(flags, config) || !ApplyAppended(flags, config)) return std::nullopt;
  ApplyWords(flags, config);
  ApplyFormat(flags, config);
  return config;
}

}  // namespace vedette
