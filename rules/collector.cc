// SPDX-License-Identifier: Apache-2.0
#include "rules/collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rules/exception_text.h"
#include "rules/nearest_name.h"
#include "sensor/event/profile_names.h"

namespace vedette {
namespace {

constexpr std::string_view kDefaultSource = "syscall";

// Two texts joined as Falco joins an appended one: by one blank, without parentheses.
void AppendText(MappedText& text, const MappedText& more) {
  if (more.empty()) return;
  text.AppendSynthetic(" ", more.Origin(0));
  text.Append(more);
}

void AppendTags(std::vector<std::string>& tags, const std::vector<std::string>& more) {
  for (const std::string& tag : more) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
}

}  // namespace

template <typename T>
T* Collector::FindEarlier(Table<T>& table, const std::string& name, SourcePosition at, std::string_view what,
                          std::string_view wish) {
  T* earlier = table.Find(name);
  if (earlier != nullptr) return earlier;
  diagnostics_.Error(at, fmt::format("cannot {} the {} {}: no {} of that name was defined before{}", wish, what,
                                     Quoted(name), what, DidYouMean(NearestName(name, table.Names()))));
  return nullptr;
}

void Collector::AddList(ListDefinition list, Merge merge) {
  list.order = list.visibility = next_++;
  // A list is its items: to replace them is to define it, as in Falco.
  if (merge != Merge::kAppend) return lists_.Put(std::move(list));
  ListDefinition* earlier = FindEarlier(lists_, list.name, list.position, "list", "append to");
  if (earlier == nullptr) return;
  for (MappedText& item : list.items) earlier->items.push_back(std::move(item));
  earlier->visibility = list.visibility;
}

void Collector::AddMacro(MacroDefinition macro, Merge merge) {
  macro.order = macro.visibility = next_++;
  if (merge != Merge::kAppend) return macros_.Put(std::move(macro));
  MacroDefinition* earlier = FindEarlier(macros_, macro.name, macro.position, "macro", "append to");
  if (earlier == nullptr) return;
  AppendText(earlier->condition, macro.condition);
  earlier->visibility = macro.visibility;
}

bool Collector::CheckSource(const RuleDefinition& earlier, const RuleDefinition& rule) {
  std::string_view before = earlier.source ? *earlier.source : kDefaultSource;
  std::string_view now = rule.source ? *rule.source : kDefaultSource;
  if (before == now) return true;
  diagnostics_.Error(rule.position, fmt::format("the rule {} is defined again with the source {} instead of {}",
                                                Quoted(rule.name), Quoted(now), Quoted(before)));
  return false;
}

void Collector::AddRule(RuleDefinition rule, Merge merge) {
  if (merge == Merge::kDefine) {
    RuleDefinition* earlier = rules_.Find(rule.name);
    if (earlier != nullptr && !CheckSource(*earlier, rule)) return;
    if (rule.exceptions) CheckExceptions(*rule.exceptions, !rule.unknown_source);
    rule.order = static_cast<uint32_t>(rules_.items.size());
    return rules_.Put(std::move(rule));
  }
  std::string_view wish = merge == Merge::kAppend ? "append to" : "override";
  RuleDefinition* earlier = FindEarlier(rules_, rule.name, rule.position, "rule", wish);
  if (earlier == nullptr) return;
  if (rule.source && !CheckSource(*earlier, rule)) return;
  Append(*earlier, rule, merge == Merge::kAppend);
  if (merge == Merge::kOverride) Replace(*earlier, rule);
}

void Collector::AddProfile(ProfileDefinition profile) {
  for (const ProfileDefinition& earlier : profiles_) {
    if (ProfileId(earlier.name) != ProfileId(profile.name)) continue;
    const bool same = earlier.name == profile.name;
    return diagnostics_.Error(profile.position,
                              same ? fmt::format("the profile {} is defined twice", Quoted(profile.name))
                                   : fmt::format("the kernel would not tell the profile {} from {}: rename one",
                                                 Quoted(profile.name), Quoted(earlier.name)));
  }
  profiles_.push_back(std::move(profile));
}

void Collector::EnableRule(const std::string& name, bool enabled, SourcePosition position) {
  RuleDefinition* earlier = FindEarlier(rules_, name, position, "rule", enabled ? "enable" : "disable");
  if (earlier != nullptr) earlier->enabled = enabled;
}

// `whole`: the old `append: true`, which appends whatever is there.
void Collector::Append(RuleDefinition& earlier, RuleDefinition& more, bool whole) {
  auto wanted = [&](const char* key) { return whole || more.append_keys.contains(key); };
  if (more.condition && wanted("condition")) {
    if (!earlier.condition) earlier.condition.emplace();  // of a sequence
    AppendText(*earlier.condition, *more.condition);
  }
  if (more.output && wanted("output")) AppendText(*earlier.output, *more.output);
  if (more.description && wanted("desc")) *earlier.description += " " + *more.description;
  if (more.tags && wanted("tags")) {
    if (!earlier.tags) earlier.tags.emplace();
    AppendTags(*earlier.tags, *more.tags);
  }
  if (more.exceptions && wanted("exceptions")) AppendExceptions(earlier, std::move(*more.exceptions));
}

void Collector::Replace(RuleDefinition& earlier, RuleDefinition& with) {
  auto replace = [&](const char* key, auto RuleDefinition::*member) {
    if (with.replace_keys.contains(key) && (with.*member).has_value()) earlier.*member = std::move(with.*member);
  };
  replace("condition", &RuleDefinition::condition);
  replace("output", &RuleDefinition::output);
  replace("desc", &RuleDefinition::description);
  replace("priority", &RuleDefinition::priority);
  replace("tags", &RuleDefinition::tags);
  replace("enabled", &RuleDefinition::enabled);
  replace("warn_evttypes", &RuleDefinition::warn_evttypes);
  replace("skip-if-unknown-filter", &RuleDefinition::skip_if_unknown_filter);
  replace("mode", &RuleDefinition::mode);
  replace("errno", &RuleDefinition::error);
  replace("guard", &RuleDefinition::guard);
  replace("require", &RuleDefinition::require_inline);
  replace("throttle", &RuleDefinition::throttle);
  replace("count", &RuleDefinition::count);
  replace("sequence", &RuleDefinition::sequence);
  if (with.replace_keys.contains("action") && with.action) earlier.action_position = with.action_position;
  replace("action", &RuleDefinition::action);
  if (!with.replace_keys.contains("exceptions") || !with.exceptions) return;
  earlier.exceptions = std::move(*with.exceptions);
  CheckExceptions(*earlier.exceptions, !earlier.unknown_source);
}

void Collector::CheckExceptions(std::vector<ExceptionDefinition>& exceptions, bool check_fields) {
  std::erase_if(exceptions, [&](ExceptionDefinition& e) { return !CheckException(e, check_fields); });
}

bool Collector::CheckException(ExceptionDefinition& exception, bool check_fields) {
  std::optional<ExceptionProblem> problem = CompleteException(exception, check_fields);
  if (!problem) return true;
  diagnostics_.Error(problem->at, fmt::format("exception {}: {}", Quoted(exception.name), problem->message));
  return false;
}

void Collector::AppendExceptions(RuleDefinition& earlier, std::vector<ExceptionDefinition> more) {
  if (!earlier.exceptions) earlier.exceptions.emplace();
  for (ExceptionDefinition& exception : more) {
    auto same = std::find_if(earlier.exceptions->begin(), earlier.exceptions->end(),
                             [&](const ExceptionDefinition& e) { return e.name == exception.name; });
    if (same == earlier.exceptions->end()) {
      if (!exception.fields.present || exception.values.empty()) {
        diagnostics_.Error(exception.position, fmt::format("the new exception {} needs both 'fields' and 'values'",
                                                           Quoted(exception.name)));
      } else if (CheckException(exception, !earlier.unknown_source)) {
        earlier.exceptions->push_back(std::move(exception));
      }
      continue;
    }
    if (exception.fields.present || exception.comps.present) {
      diagnostics_.Error(exception.position,
                         fmt::format("only 'values' can be appended to the exception {}; its 'fields' and 'comps' stay "
                                     "as they were defined",
                                     Quoted(exception.name)));
      continue;
    }
    for (ExceptionEntry& value : exception.values) same->values.push_back(std::move(value));
  }
}

}  // namespace vedette
