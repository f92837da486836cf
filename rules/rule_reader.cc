// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rules/errno_name.h"
#include "rules/nearest_name.h"
#include "rules/rule_keys.h"
#include "rules/window_reader.h"

namespace vedette {
namespace {

const std::set<std::string_view> kAppendable = AppendableKeys();
const std::set<std::string_view> kReplaceable = ReplaceableKeys();

// A word of a small vocabulary, with what it means.
template <typename T>
struct Word {
  std::string_view text;
  T value;
};

constexpr std::array kPriorities = {Word<Priority>{"emergency", Priority::kEmergency},
                                    Word<Priority>{"alert", Priority::kAlert},
                                    Word<Priority>{"critical", Priority::kCritical},
                                    Word<Priority>{"error", Priority::kError},
                                    Word<Priority>{"warning", Priority::kWarning},
                                    Word<Priority>{"notice", Priority::kNotice},
                                    Word<Priority>{"informational", Priority::kInformational},
                                    Word<Priority>{"info", Priority::kInformational},
                                    Word<Priority>{"debug", Priority::kDebug}};
constexpr std::array kActions = {Word<Action>{"alert", Action::kAlert}, Word<Action>{"deny", Action::kDeny},
                                 Word<Action>{"kill", Action::kKill}};
constexpr std::array kModes = {Word<Mode>{"monitor", Mode::kMonitor}, Word<Mode>{"enforce", Mode::kEnforce}};
constexpr std::array kGuards = {Word<bool>{"on", true}, Word<bool>{"off", false}};
constexpr std::array kRequirements = {Word<bool>{"inline", true}};

std::string LowerCase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

template <typename T, size_t N>
std::vector<std::string_view> Texts(const std::array<Word<T>, N>& words) {
  std::vector<std::string_view> out;
  for (const Word<T>& word : words) out.push_back(word.text);
  return out;
}

template <typename T, size_t N>
std::optional<T> FindWord(const std::array<Word<T>, N>& words, std::string_view text) {
  for (const Word<T>& word : words) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

// The value of `key`, one of `words`; an error lists them.
template <typename T, size_t N>
std::optional<T> TakeWord(MapReader& reader, std::string_view key, const std::array<Word<T>, N>& words) {
  auto text = reader.TakeString(key, false);
  if (!text) return std::nullopt;
  auto value = FindWord(words, LowerCase(*text));
  if (value) return value;
  std::vector<std::string_view> names;
  std::string list;
  for (const Word<T>& word : words) {
    names.push_back(word.text);
    list += (list.empty() ? "" : ", ") + std::string(word.text);
  }
  reader.Error(*reader.Take(key), fmt::format("'{}' must be one of {}, not {}{}", key, list, Quoted(*text),
                                              DidYouMean(NearestName(LowerCase(*text), names))));
  return std::nullopt;
}

void ReadEntry(const YamlNode& node, Diagnostics& diagnostics, ExceptionEntry& out) {
  out.present = true;
  out.position = diagnostics.sources().PositionOf(node.at);
  if (node.is_scalar() && !node.value.empty()) {
    out.item = TextOf(node, diagnostics.sources());
  } else if (node.is_sequence()) {
    out.is_list = true;
    for (const YamlNode* child : node.children) ReadEntry(*child, diagnostics, out.items.emplace_back());
  } else {
    diagnostics.Error(node.at, "expected a value or a sequence of values");
  }
}

std::optional<ExceptionDefinition> ReadException(const YamlNode& node, bool fields_required, Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.Error(node.at, "an exception must be a mapping with 'name', 'fields' and 'values'");
    return std::nullopt;
  }
  MapReader reader(node, "exception", diagnostics);
  ExceptionDefinition out;
  out.position = reader.position();
  auto name = reader.TakeString("name", true);
  if (!name) return std::nullopt;
  out.name = *std::move(name);
  if (const YamlNode* fields = reader.Take("fields")) ReadEntry(*fields, diagnostics, out.fields);
  if (const YamlNode* comps = reader.Take("comps")) ReadEntry(*comps, diagnostics, out.comps);
  if (const YamlNode* values = reader.Take("values")) {
    if (!values->is_sequence()) {
      diagnostics.Error(values->at, fmt::format("'values' of the exception {} must be a sequence", Quoted(out.name)));
      return std::nullopt;
    }
    for (const YamlNode* value : values->children) ReadEntry(*value, diagnostics, out.values.emplace_back());
  } else if (!fields_required) {
    diagnostics.Warning(out.position, fmt::format("the exception {} is appended without values", Quoted(out.name)));
  }
  reader.WarnUnknownKeys();
  if (fields_required && !out.fields.present) {
    diagnostics.Error(out.position, fmt::format("the exception {} has no 'fields'", Quoted(out.name)));
    return std::nullopt;
  }
  return out;
}

std::optional<std::vector<ExceptionDefinition>> TakeExceptions(MapReader& reader, bool fields_required) {
  const YamlNode* node = reader.Take("exceptions");
  if (node == nullptr || node->is_null()) return std::nullopt;
  if (!node->is_sequence()) {
    reader.Error(*node, fmt::format("'exceptions' of the {} must be a sequence", reader.what()));
    return std::nullopt;
  }
  std::vector<ExceptionDefinition> out;
  for (const YamlNode* child : node->children) {
    auto exception = ReadException(*child, fields_required, reader.diagnostics());
    if (!exception) continue;
    bool twice = std::any_of(out.begin(), out.end(), [&](const auto& e) { return e.name == exception->name; });
    if (twice) {
      reader.diagnostics().Warning(
          reader.Position(*child),
          fmt::format("multiple definitions of the exception {}; all of them apply", Quoted(exception->name)));
    }
    out.push_back(*std::move(exception));
  }
  return out;
}

// Falco writes a capture file for such a rule; matching does not depend on it.
void TakeCapture(MapReader& reader) {
  const YamlNode* node = reader.Take("capture");
  reader.Take("capture_duration");
  if (node == nullptr || !reader.TakeBool("capture").value_or(false)) return;
  reader.diagnostics().Warning(reader.Position(*node),
                               "'capture' has no effect: vedette does not support captures yet");
}

RuleDefinition TakeKeys(MapReader& reader, bool defining) {
  RuleDefinition rule;
  rule.position = reader.position();
  if (auto text = reader.TakeText("condition", defining && !reader.Has("sequence"))) rule.condition = text->Trimmed();
  if (auto text = reader.TakeText("output", defining)) rule.output = text->Trimmed();
  rule.description = reader.TakeString("desc", defining);
  if (defining && !reader.Has("priority")) reader.TakeString("priority", true);
  rule.priority = TakePriority(reader);
  rule.tags = TakeTags(reader);
  rule.exceptions = TakeExceptions(reader, defining);
  rule.enabled = reader.TakeBool("enabled");
  rule.warn_evttypes = reader.TakeBool("warn_evttypes");
  rule.skip_if_unknown_filter = reader.TakeBool("skip-if-unknown-filter");
  rule.source = reader.TakeString("source", false);
  rule.action = TakeAction(reader);
  rule.mode = TakeMode(reader);
  rule.error = TakeErrno(reader);
  rule.guard = TakeWord(reader, "guard", kGuards);
  rule.require_inline = TakeWord(reader, "require", kRequirements);
  if (const YamlNode* action = reader.Take("action")) rule.action_position = reader.Position(*action);
  rule.throttle = TakeThrottle(reader);
  rule.count = TakeCount(reader);
  rule.sequence = TakeSequence(reader);
  TakeCapture(reader);
  return rule;
}

bool SourceIsKnown(RuleDefinition& rule, const YamlNode& item, Diagnostics& diagnostics) {
  if (!rule.source || *rule.source == "syscall") return true;
  const YamlNode* at = item.Find("source");
  diagnostics.Warning(diagnostics.sources().PositionOf(at->at), fmt::format("the rule {} is skipped: unknown source {}",
                                                                            Quoted(rule.name), Quoted(*rule.source)));
  return false;
}

// Every key of `override` has to be there, and every overridable key that is there in `override`.
bool OverrideIsComplete(MapReader& reader, const YamlNode& item, const Override& override) {
  size_t before = reader.diagnostics().errors();
  const YamlNode& node = *item.Find("override");
  for (const auto* keys : {&override.append, &override.replace}) {
    for (const std::string& key : *keys) {
      if (!reader.Has(key))
        reader.Error(node, fmt::format("'override' names '{}', which the {} does not have", key, reader.what()));
    }
  }
  for (std::string_view key : kReplaceable) {
    const YamlNode* there = item.Find(key);
    std::string name(key);
    if (there == nullptr || override.append.contains(name) || override.replace.contains(name)) continue;
    reader.Error(*there,
                 fmt::format("'{}' of the {} has no entry in 'override'; add '{}: replace'", key, reader.what(), key));
  }
  return reader.diagnostics().errors() == before;
}

bool IsEnableOnly(const MapReader& reader) {
  bool defines = false;
  for (std::string_view key : {"condition", "output", "desc", "priority", "sequence"}) defines |= reader.Has(key);
  return !defines && reader.Has("enabled");
}

void Enable(MapReader& reader, const std::string& name, Collector& collector) {
  auto enabled = reader.TakeBool("enabled");
  reader.WarnUnknownKeys();
  reader.diagnostics().Warning(
      reader.position(),
      fmt::format("'enabled' alone in the {} is deprecated; write override: {{enabled: replace}}", reader.what()));
  if (enabled) collector.EnableRule(name, *enabled, reader.position());
}

void WarnOfAppend(MapReader& reader) {
  reader.diagnostics().Warning(reader.position(), fmt::format("'append' of the {} is deprecated; write override: "
                                                              "{{condition: append}}",
                                                              reader.what()));
}

void Append(MapReader& reader, RuleDefinition rule, Collector& collector) {
  if (!rule.condition && !rule.exceptions) {
    return reader.diagnostics().Error(
        reader.position(), fmt::format("the {} appends neither 'condition' nor 'exceptions'", reader.what()));
  }
  collector.AddRule(std::move(rule), Merge::kAppend);
}

}  // namespace

std::optional<std::vector<std::string>> TakeTags(MapReader& reader) {
  auto texts = reader.TakeTexts("tags", false);
  if (!texts) return std::nullopt;
  std::vector<std::string> out;
  for (const MappedText& text : *texts) {
    if (std::find(out.begin(), out.end(), text.text()) == out.end()) out.push_back(text.text());
  }
  return out;
}

std::optional<Priority> TakePriority(MapReader& reader) { return TakeWord(reader, "priority", kPriorities); }
std::optional<Action> TakeAction(MapReader& reader) { return TakeWord(reader, "action", kActions); }
std::optional<Mode> TakeMode(MapReader& reader) { return TakeWord(reader, "mode", kModes); }

std::optional<uint32_t> TakeErrno(MapReader& reader) {
  const auto text = reader.TakeString("errno", false);
  if (!text) return std::nullopt;
  const auto value = ErrnoOf(*text);
  if (!value) {
    reader.Error(*reader.Take("errno"), fmt::format("'errno' must be the name of an error such as EACCES, not {}{}",
                                                    Quoted(*text), DidYouMean(NearestName(*text, ErrnoNames()))));
  }
  return value;
}

std::optional<Priority> ParsePriority(std::string_view text) { return FindWord(kPriorities, LowerCase(text)); }

std::vector<std::string_view> WordsOf(std::string_view key) {
  if (key == "priority") return Texts(kPriorities);
  if (key == "action") return Texts(kActions);
  if (key == "mode") return Texts(kModes);
  if (key == "errno") return ErrnoNames();
  if (key == "guard") return Texts(kGuards);
  if (key == "require") return Texts(kRequirements);
  return {};
}

std::optional<Override> TakeOverride(MapReader& reader, const std::set<std::string_view>& appendable,
                                     const std::set<std::string_view>& replaceable) {
  Override out;
  const YamlNode* node = reader.Take("override");
  if (node == nullptr) return out;
  if (!node->is_map()) {
    reader.Error(*node, "'override' must be a mapping from keys to append or replace");
    return std::nullopt;
  }
  bool good = true;
  auto refuse = [&](const YamlNode& at, std::string message) {
    reader.Error(at, std::move(message));
    good = false;
  };
  for (size_t i = 0; i + 1 < node->children.size(); i += 2) {
    const YamlNode& key = *node->children[i];
    const YamlNode& value = *node->children[i + 1];
    std::string operation = value.is_scalar() ? value.value : "";
    if (operation != "append" && operation != "replace") {
      refuse(value,
             fmt::format("'override' of {} must be append or replace, not {}", Quoted(key.value), Quoted(operation)));
    } else if (operation == "append" && !appendable.contains(key.value)) {
      refuse(key, replaceable.contains(key.value) ? fmt::format("'{}' cannot be appended to; use replace", key.value)
                                                  : fmt::format("{} cannot be overridden", Quoted(key.value)));
    } else if (operation == "replace" && !replaceable.contains(key.value)) {
      refuse(key, fmt::format("{} cannot be overridden", Quoted(key.value)));
    } else {
      (operation == "append" ? out.append : out.replace).insert(key.value);
    }
  }
  if (!good) return std::nullopt;
  return out;
}

void ReadRule(const YamlNode& item, Collector& collector, Diagnostics& diagnostics) {
  const YamlNode* name_node = item.Find("rule");
  MapReader reader(item, name_node->is_scalar() ? "rule " + Quoted(name_node->value) : "rule", diagnostics);
  auto name = reader.TakeString("rule", true);
  std::optional<bool> append = reader.TakeBool("append");
  std::optional<Override> override = TakeOverride(reader, kAppendable, kReplaceable);
  if (!name || !override) return;
  bool overrides = !override->append.empty() || !override->replace.empty();
  if (append.value_or(false)) WarnOfAppend(reader);
  if (append.value_or(false) && overrides) {
    return diagnostics.Error(item.at,
                             fmt::format("the {} has both 'append' and 'override'; keep 'override'", reader.what()));
  }
  if (!overrides && !append.value_or(false) && IsEnableOnly(reader)) return Enable(reader, *name, collector);

  size_t errors = diagnostics.errors();
  bool defining = !overrides && !append.value_or(false);
  RuleDefinition rule = TakeKeys(reader, defining);
  reader.WarnUnknownKeys();
  rule.name = *std::move(name);
  rule.unknown_source = !SourceIsKnown(rule, item, diagnostics);
  if (overrides && !OverrideIsComplete(reader, item, *override)) return;
  // A definition with an error elsewhere goes on, so that its condition and output are checked in the same run.
  if (diagnostics.errors() != errors && (!defining || (!rule.condition && !rule.sequence))) return;
  if (defining && !rule.output) rule.output.emplace();
  rule.append_keys = std::move(override->append);
  rule.replace_keys = std::move(override->replace);
  if (append.value_or(false)) return Append(reader, std::move(rule), collector);
  collector.AddRule(std::move(rule), overrides ? Merge::kOverride : Merge::kDefine);
}

}  // namespace vedette
