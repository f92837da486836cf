// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>

#include "cli/commands.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "engine/call_compiler.h"
#include "outputs/json_writer.h"
#include "sensor/event/event_kind.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

constexpr std::string_view kActions[] = {"alert", "deny", "kill"};
constexpr std::string_view kModes[] = {"monitor", "enforce"};

std::string_view ActionName(const Rule& rule) { return kActions[static_cast<size_t>(rule.action)]; }
std::string_view ModeName(const Rule& rule) { return kModes[static_cast<size_t>(rule.mode)]; }

class RuleWriter {
 public:
  RuleWriter(const RuleSet& rules, std::string& out) : rules_(rules), json_(out) {}

  void Write() {
    json_.BeginArray();
    for (const Rule& rule : rules_.rules) WriteRule(rule);
    json_.EndArray();
  }

 private:
  void Text(std::string_view key, std::string_view value) { json_.StringMember(key, value); }

  void WriteRule(const Rule& rule) {
    json_.BeginObject();
    Text("rule", rule.name);
    Text("desc", rule.description);
    Text("condition", rule.condition);
    Text("output", rule.output_template);
    Text("priority", PriorityName(rule.priority));
    Text("source", rule.source);
    json_.BoolMember("enabled", rule.enabled);
    json_.Key("tags");
    json_.BeginArray();
    for (const std::string& tag : rule.tags) json_.String(tag);
    json_.EndArray();
    Text("action", ActionName(rule));
    Text("mode", ModeName(rule));
    if (rule.error != 0) Text("errno", SymbolName(ErrnoSymbols(), rule.error));
    if (rule.throttle) WriteThrottle(*rule.throttle);
    if (rule.correlation) WriteCorrelation(*rule.correlation);
    WriteEvents(rule);
    Text("file", rules_.files[rule.position.file]);
    json_.UnsignedMember("line", rule.position.line);
    json_.EndObject();
  }

  void WriteWindow(const std::vector<FieldRef>& by, int64_t within_ns) {
    json_.Key("by");
    json_.BeginArray();
    for (const FieldRef& field : by) json_.String(field.spelling);
    json_.EndArray();
    json_.Key("within_ns");
    json_.Number(within_ns);
  }

  void WriteThrottle(const ThrottleSpec& spec) {
    json_.Key("throttle");
    json_.BeginObject();
    WriteWindow(spec.by, spec.within_ns);
    json_.UnsignedMember("limit", spec.limit);
    json_.BoolMember("verdicts", spec.verdicts);
    json_.EndObject();
  }

  void WriteCorrelation(const CorrelationSpec& spec) {
    json_.Key(spec.is_sequence() ? "sequence" : "count");
    json_.BeginObject();
    WriteWindow(spec.by, spec.within_ns);
    if (spec.is_sequence()) {
      json_.Key("steps");
      json_.BeginArray();
      for (const CorrelationSpec::Step& step : spec.steps) json_.String(step.name);
      json_.EndArray();
    } else {
      json_.UnsignedMember("at_least", spec.at_least);
    }
    json_.EndObject();
  }

  void WriteEvents(const Rule& rule) {
    json_.Key("events");
    json_.BeginArray();
    for (size_t id = 0; id < rule.types.size(); ++id) {
      if (rule.types.test(id)) json_.String(EventTypeName(static_cast<EventTypeId>(id)));
    }
    json_.EndArray();
  }

  const RuleSet& rules_;
  JsonWriter json_;
};

// What a profile's system calls cannot be refused: a kill comes after the call.
std::string KilledAfter(const CallPolicy& policy) {
  const std::vector<std::string> names = CompileCalls(policy).killed_after;
  constexpr size_t kShown = 8;
  if (names.empty()) return "";
  const size_t shown = std::min(names.size(), kShown);
  return fmt::format(" [killed after the call: {}{}]",
                     fmt::join(names.begin(), names.begin() + static_cast<long>(shown), ", "),
                     names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : "");
}

std::string AsText(const RuleSet& rules) {
  std::string out;
  for (const Rule& rule : rules.rules) {
    std::string action;
    if (rule.action != Action::kAlert) {
      action = fmt::format(" [{}{}{}, {}]", ActionName(rule), rule.error == 0 ? "" : " with ",
                           SymbolName(ErrnoSymbols(), rule.error), ModeName(rule));
    }
    fmt::format_to(std::back_inserter(out), "{:<13} {}{}{}{}\n", PriorityName(rule.priority), rule.name, action,
                   rule.enabled ? "" : " [disabled]", rule.calls == nullptr ? "" : KilledAfter(*rule.calls));
  }
  return out;
}

int DescribeRules(const Flags& flags) {
  std::optional<Config> config = ResolveConfig(flags);
  if (!config) return kExitError;
  BundleResult result = LoadBundle(*config);
  PrintError(Describe(result, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (!result.bundle) {
    PrintError(Summary(result) + "\n");
    return kExitError;
  }
  std::string out;
  if (flags.json) {
    RuleWriter(*result.bundle->rules, out).Write();
    out += '\n';
  } else {
    out = AsText(*result.bundle->rules);
  }
  PrintOut(out);
  return kExitOk;
}

}  // namespace

Runner DeclareRules(CLI::App& command) {
  auto flags = std::make_shared<Flags>();
  DeclareRuleFlags(command, *flags);
  command.add_flag("--json", flags->json, "As JSON: each rule with its expanded condition and the events it is about");
  DeclareColorFlag(command, *flags);
  return [flags] { return DescribeRules(*flags); };
}

}  // namespace vedette
