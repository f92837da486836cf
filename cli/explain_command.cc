// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/event_file.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "engine/explain.h"
#include "outputs/escape.h"
#include "outputs/json_writer.h"
#include "rules/nearest_name.h"

namespace vedette {
namespace {

struct ExplainFlags : Flags {
  std::string rule, file, filter;
  std::vector<uint64_t> events;
  size_t limit = 10;
};

constexpr std::string_view kKindNames[] = {"and", "or", "not", "predicate"};
static_assert(static_cast<size_t>(Node::Kind::kPredicate) == 3);

absl::StatusOr<const Rule*> FindRule(const RuleSet& rules, const std::string& name) {
  std::vector<std::string_view> names;
  for (const Rule& rule : rules.rules) {
    if (rule.name == name) return &rule;
    names.push_back(rule.name);
  }
  return absl::NotFoundError(fmt::format("there is no rule '{}'{}", name, DidYouMean(NearestName(name, names))));
}

// --filter: a condition, without the macros of the rules.
absl::StatusOr<std::shared_ptr<const RuleSet>> LoadFilter(const std::string& condition) {
  std::string quoted;
  for (char c : condition) quoted += c == '\'' ? "''" : c == '\n' ? " " : std::string(1, c);
  const std::vector<RuleFile> files = {
      {"--filter", "- rule: filter\n  desc: d\n  output: o\n  priority: DEBUG\n  warn_evttypes: false\n  condition: '" +
                       quoted + "'\n"}};
  LoadResult loaded = LoadRules(files);
  for (const Diagnostic& d : loaded.diagnostics) {
    if (d.severity == Diagnostic::Severity::kError) {
      return absl::InvalidArgumentError(fmt::format("--filter {}: {}", condition, d.message));
    }
  }
  return loaded.rules;
}

// What is said of one event.
class Printer {
 public:
  Printer(const RuleSet& rules, const Rule& rule, bool json) : rules_(rules), rule_(rule), json_(json) {}

  void Print(const Event& event) {
    std::string out;
    if (json_) {
      AsJson(event, out);
    } else {
      AsText(event, out);
    }
    PrintOut(out);
  }

 private:
  struct Part {
    std::string name;  // of a step
    Explanation explanation;
  };

  // The condition, or each step's.
  std::vector<Part> Parts(const Event& event) const {
    std::vector<Part> out;
    if (rule_.correlation && rule_.correlation->is_sequence()) {
      for (const auto& step : rule_.correlation->steps) out.push_back({step.name, Explain(rules_, step.root, event)});
    } else {
      out.push_back({"", Explain(rules_, rule_.root, event)});
    }
    return out;
  }

  void AsText(const Event& event, std::string& out) const {
    const std::vector<Part> parts = Parts(event);
    const bool holds = std::any_of(parts.begin(), parts.end(), [](const Part& p) { return p.explanation.holds; });
    fmt::format_to(std::back_inserter(out), "event {}, {}: {}\n", event.number, EventTypeName(event.type),
                   Verdict(holds));
    for (const Part& part : parts) {
      if (!part.name.empty()) {
        fmt::format_to(std::back_inserter(out), "  step '{}': {}\n", EscapedText(part.name),
                       part.explanation.holds ? "holds" : "does not hold");
      }
      Tree(part.explanation, 0, out);
    }
  }

  std::string Verdict(bool holds) const {
    std::string out = holds ? "the condition holds" : "no match";
    if (!holds) return out;
    if (!rule_.enabled) return out + ", but the rule is disabled";
    if (!rule_.correlation) return "match";
    if (rule_.correlation->is_sequence()) return "a step holds; an alert needs all of them, in order";
    return out + fmt::format("; an alert needs {} such events", rule_.correlation->at_least);
  }

  static void Tree(const Explanation& e, int depth, std::string& out) {
    const std::string indent(static_cast<size_t>(depth) * 2, ' ');
    const std::string text =
        e.kind == Node::Kind::kPredicate ? EscapedText(e.text) : std::string(kKindNames[static_cast<size_t>(e.kind)]);
    std::string line = fmt::format("{} {:<5}  {}{}", e.decisive ? '>' : ' ', e.holds ? "true" : "false", indent, text);
    if (e.kind == Node::Kind::kPredicate) {
      line = fmt::format("{:<56}  {}", line, e.is_null ? "is NULL" : "is " + EscapedText(e.value));
    }
    out += line + "\n";
    for (const Explanation& child : e.children) Tree(child, depth + 1, out);
  }

  void AsJson(const Event& event, std::string& out) const {
    const std::vector<Part> parts = Parts(event);
    JsonWriter json(out);
    json.BeginObject();
    json.StringMember("rule", rule_.name);
    json.UnsignedMember("event", event.number);
    json.Key("time");
    json.Number(event.time_ns);
    json.StringMember("type", EventTypeName(event.type));
    json.BoolMember("holds",
                    std::any_of(parts.begin(), parts.end(), [](const Part& p) { return p.explanation.holds; }));
    json.BoolMember("enabled", rule_.enabled);
    json.Key("conditions");
    json.BeginArray();
    for (const Part& part : parts) {
      json.BeginObject();
      if (!part.name.empty()) json.StringMember("step", part.name);
      json.Key("condition");
      Tree(part.explanation, json);
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    out += '\n';
  }

  static void Tree(const Explanation& e, JsonWriter& json) {
    json.BeginObject();
    json.StringMember("node", kKindNames[static_cast<size_t>(e.kind)]);
    json.BoolMember("holds", e.holds);
    json.BoolMember("decisive", e.decisive);
    if (e.kind == Node::Kind::kPredicate) {
      json.StringMember("text", e.text);
      json.Key("value");
      if (e.is_null) json.Null();
      if (!e.is_null) json.String(e.value);
    } else {
      json.Key("children");
      json.BeginArray();
      for (const Explanation& child : e.children) Tree(child, json);
      json.EndArray();
    }
    json.EndObject();
  }

  const RuleSet& rules_;
  const Rule& rule_;
  const bool json_;
};

// Which events to explain: those asked for, else those of a type that the rule is about.
class Choice {
 public:
  Choice(const ExplainFlags& flags, const Rule& rule, std::shared_ptr<const RuleSet> filter)
      : flags_(flags), rule_(rule), filter_(std::move(filter)) {}

  bool Takes(const Event& event) const {
    if (!flags_.events.empty() &&
        std::find(flags_.events.begin(), flags_.events.end(), event.number) == flags_.events.end()) {
      return false;
    }
    if (filter_ != nullptr) return Explain(*filter_, filter_->rules.front().root, event).holds;
    return !flags_.events.empty() || rule_.types.test(event.type);
  }

  std::string Nothing() const {
    if (!flags_.events.empty()) return "there is no event of that number in the file; evt.num counts from 1";
    if (filter_ != nullptr) return "no event of the file matches --filter";
    std::string types;
    size_t count = 0;
    for (EventTypeId id = 0; id < rule_.types.size(); ++id) {
      if (!rule_.types.test(id) || ++count > 10) continue;
      types += (types.empty() ? "" : ", ") + std::string(EventTypeName(id));
    }
    return fmt::format("no event of the file has an evt.type that the rule is about: {}{}",
                       types.empty() ? "none that Vedette has" : types, count > 10 ? ", …" : "");
  }

 private:
  const ExplainFlags& flags_;
  const Rule& rule_;
  std::shared_ptr<const RuleSet> filter_;
};

int ExplainEvents(const ExplainFlags& flags) {
  std::optional<Config> config = ResolveConfig(flags);
  if (!config) return kExitError;
  BundleResult loaded = LoadBundle(*config);
  PrintError(Describe(loaded, UseColor(ColorOf(flags), STDERR_FILENO)));
  if (!loaded.bundle) {
    PrintError(Summary(loaded) + "\n");
    return kExitError;
  }
  const RuleSet& rules = *loaded.bundle->rules;
  absl::StatusOr<const Rule*> rule = FindRule(rules, flags.rule);
  if (!rule.ok()) return Fail(rule.status());
  std::shared_ptr<const RuleSet> filter;
  if (!flags.filter.empty()) {
    auto filter_rules = LoadFilter(flags.filter);
    if (!filter_rules.ok()) return Fail(filter_rules.status());
    filter = *std::move(filter_rules);
  }
  absl::StatusOr<EventFile> file = OpenEventFile(flags.file, /*partial=*/false, rules);
  if (!file.ok()) return Fail(file.status());

  const Choice choice(flags, **rule, std::move(filter));
  Printer printer(rules, **rule, flags.json);
  size_t shown = 0, left_out = 0;
  absl::Status status = file->source->Run(
      [&](const Event& event) {
        if ((event.header->flags & VD_F_SEED) != 0 || !choice.Takes(event)) return;
        if (shown == flags.limit) {
          ++left_out;
          return;
        }
        ++shown;
        printer.Print(event);
      },
      {}, {});
  if (!status.ok()) return Fail(status);
  if (shown == 0) return Fail(absl::NotFoundError(choice.Nothing()));
  if (left_out != 0) Say(fmt::format("{} more events are left out; --limit shows more", left_out));
  return kExitOk;
}

}  // namespace

Runner DeclareExplain(CLI::App& command) {
  auto flags = std::make_shared<ExplainFlags>();
  command.add_option("RULE", flags->rule, "The rule's name")->required()->option_text(" ");
  command.add_option("FILE", flags->file, "A recording, or JSON lines of events; - is stdin")
      ->required()
      ->option_text(" ");
  command.add_option("--event", flags->events, "Only the event of this number (evt.num), may be repeated")
      ->option_text("N [by the rule's types]")
      ->allow_extra_args(false);
  command.add_option("--filter", flags->filter, "Only events for which this condition holds")->option_text("CONDITION");
  command.add_option("--limit", flags->limit, "Explain at most so many events")->option_text("N [10]");
  DeclareRuleFlags(command, *flags);
  command.add_flag("--json", flags->json, "As JSON, one object per event and line");
  DeclareColorFlag(command, *flags);
  return [flags] { return ExplainEvents(*flags); };
}

}  // namespace vedette
