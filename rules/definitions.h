// SPDX-License-Identifier: Apache-2.0
//
// What the items of rule files say, before it means anything: lists, macros, rules and their exceptions, as text with
// positions. Plain data; made by item_reader, put together by collector, read by compiler.
#ifndef VEDETTE_RULES_DEFINITIONS_H_
#define VEDETTE_RULES_DEFINITIONS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rules/mapped_text.h"
#include "rules/rule_set.h"

namespace vedette {

// How an item relates to an earlier one of the same name.
enum class Merge : uint8_t { kDefine, kAppend, kOverride };

struct ListDefinition {
  std::string name;
  SourcePosition position;
  std::vector<MappedText> items;
  uint32_t order = 0;       // of the first definition: where it stands among all lists
  uint32_t visibility = 0;  // of the last definition: it may use what comes before
};

struct MacroDefinition {
  std::string name;
  SourcePosition position;
  MappedText condition;
  uint32_t order = 0;
  uint32_t visibility = 0;
};

// A scalar or a list of entries, as `fields`, `comps` and `values` of an exception are.
struct ExceptionEntry {
  bool present = false;
  bool is_list = false;
  SourcePosition position;
  MappedText item;  // when it is no list
  std::vector<ExceptionEntry> items;
};

struct ExceptionDefinition {
  std::string name;
  SourcePosition position;
  ExceptionEntry fields;
  ExceptionEntry comps;
  std::vector<ExceptionEntry> values;
};

// What throttle, count and sequence have in common: a key and a time.
struct WindowDefinition {
  SourcePosition position;
  std::vector<MappedText> by;
  int64_t within_ns = 0;
};

struct ThrottleDefinition : WindowDefinition {
  uint32_t limit = 1;
  bool verdicts = false;
};

struct CountDefinition : WindowDefinition {
  uint32_t at_least = 0;
};

struct SequenceDefinition : WindowDefinition {
  struct Step {
    std::string name;  // "": as its text
    MappedText condition;
  };
  std::vector<Step> steps;
};

// The keys of a rule item that are there. A definition needs the first five (with a
// sequence no condition); an override may have any.
struct RuleDefinition {
  std::string name;
  SourcePosition position;
  std::optional<MappedText> condition;
  std::optional<MappedText> output;
  std::optional<std::string> description;
  std::optional<Priority> priority;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::vector<ExceptionDefinition>> exceptions;
  std::optional<bool> enabled;
  std::optional<bool> warn_evttypes;
  std::optional<bool> skip_if_unknown_filter;
  std::optional<std::string> source;
  std::optional<Action> action;
  std::optional<Mode> mode;
  std::optional<uint32_t> error;
  std::optional<bool> guard;
  std::optional<bool> require_inline;
  std::string profile;                      // of Rule
  std::shared_ptr<const CallPolicy> calls;  // of Rule
  std::optional<ThrottleDefinition> throttle;
  std::optional<CountDefinition> count;
  std::optional<SequenceDefinition> sequence;
  SourcePosition action_position;

  std::set<std::string> append_keys;  // of `override`
  std::set<std::string> replace_keys;
  bool unknown_source = false;
  uint32_t order = 0;
};

// The rules that a profile is made of are definitions of their own.
struct ProfileDefinition {
  std::string name;
  SourcePosition position;
  MappedText match;
  bool until_known = false;
};

}  // namespace vedette
#endif  // VEDETTE_RULES_DEFINITIONS_H_
