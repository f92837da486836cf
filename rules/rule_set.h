// SPDX-License-Identifier: Apache-2.0
//
// RuleSet: a loaded, type-checked rule set. Conditions are nodes over predicates that are shared by the whole set: a
// predicate that two rules spell is one Predicate, so that it is evaluated at most once per event. Plain data,
// immutable once loaded, shared by std::shared_ptr<const RuleSet>.
#ifndef VEDETTE_RULES_RULE_SET_H_
#define VEDETTE_RULES_RULE_SET_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sensor/event/event_kind.h"
#include "sensor/event/field.h"
#include "sensor/event/value.h"

namespace vedette {

// file:line:col, 1-based; file is an index into RuleSet::files.
struct SourcePosition {
  uint32_t file = 0;
  uint32_t line = 0;
  uint32_t column = 0;
};

enum class Operator : uint8_t {
  kExists,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kContains,
  kIContains,
  kBContains,
  kStartsWith,
  kBStartsWith,
  kEndsWith,
  kGlob,
  kIGlob,
  kRegex,
  kIn,
  kIntersects,
  kPmatch,
};
std::string_view OperatorName(Operator op);  // as it is written: "!=", "startswith"

enum class Transformer : uint8_t { kNone, kToLower, kToUpper, kBase64Decode, kBasename, kLength };

struct CallPolicy;
struct FieldCall;

// A field with its argument and transformers, as it stands beside an operator or in an output.
struct FieldRef {
  const Field* field = nullptr;  // of the table; where there is a call, a row that stands for its result
  FieldArg arg;
  std::shared_ptr<const FieldCall> call;  // what makes the value, when it is no field of the event
  std::vector<Transformer> transformers;  // applied first to last
  std::string spelling;                   // canonical: "proc.aname[2]", "tolower(fd.name)"
};

// A transformer of several arguments, or an argument that is no field.
struct FieldCall {
  enum class Function : uint8_t { kJoin, kConcat, kGetopt, kList, kText };
  Function function = Function::kText;
  std::vector<FieldRef> arguments;
  std::string text;    // kText
  char option = '\0';  // kGetopt: of getopt(…)[option], whose value is one text instead of a list
};

// A literal of the right-hand side, already of the field's type. The member that the type names is set.
struct Literal {
  std::string text;         // as written, unquoted; the value for strings, paths, patterns, buffers (bytes)
  int64_t number = 0;       // kNumber, kPort, kBool
  IpAddress address;        // kAddress, kNet
  uint8_t prefix_bits = 0;  // kNet: of 32 or 128
};

struct Predicate {
  FieldRef field;
  Operator op = Operator::kExists;
  std::vector<Literal> values;    // one, or several for kIn, kIntersects, kPmatch; none for kExists
  std::optional<FieldRef> right;  // instead of values: compared with the value(s) of this field
  SourcePosition position;        // of its first use
};

struct Node {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kPredicate };
  Kind kind = Kind::kPredicate;
  uint32_t predicate = 0;          // kPredicate: index into RuleSet::predicates
  std::vector<uint32_t> children;  // kAnd, kOr: two or more; kNot: one. Indices into RuleSet::nodes
};

enum class Priority : uint8_t { kEmergency, kAlert, kCritical, kError, kWarning, kNotice, kInformational, kDebug };
std::string_view PriorityName(Priority p);  // "Critical"

// What an output prints: literal text and fields in turn.
struct OutputPart {
  std::string text;  // literal, when field.field is null
  FieldRef field;
  uint32_t width = 0;  // %NN: pad or cut to NN; 0: as it is
};

// A field of the alert that its output need not print: of the configuration's `append_output`.
struct ExtraField {
  std::string name;                // its key in output_fields
  std::vector<OutputPart> format;  // what it prints
  bool typed = false;              // `format` is one field, and the value is the field's own instead of its text
};

enum class Action : uint8_t { kAlert, kDeny, kKill };
enum class Mode : uint8_t { kMonitor, kEnforce };

// `throttle`: of the alerts of one key, `limit` in `within_ns`. Without `by` all alerts of the rule are one key.
struct ThrottleSpec {
  std::vector<FieldRef> by;
  int64_t within_ns = 0;
  uint32_t limit = 1;
  bool verdicts = false;  // also what the kernel refused
};

// `count` and `sequence`: the rule alerts on several events of one key within `within_ns`.
struct CorrelationSpec {
  struct Step {
    std::string name;
    uint32_t root = 0;  // index into RuleSet::nodes; the rule's own condition is in it
  };
  std::vector<FieldRef> by;
  int64_t within_ns = 0;
  uint32_t at_least = 0;    // `count`: events; 0 for a sequence
  std::vector<Step> steps;  // `sequence`: in order. Rule::root is their disjunction
  bool is_sequence() const { return !steps.empty(); }
};

struct Rule {
  std::string name;
  std::string description;
  uint32_t index = 0;  // in definition order
  uint32_t root = 0;   // condition: index into RuleSet::nodes
  EventTypes types;    // evt.type values for which the condition can hold
  EventKinds kinds;    // the kinds behind them
  std::vector<OutputPart> output;
  std::string output_template;  // as written, with what `append_output` appends
  std::vector<ExtraField> extra_fields;
  Priority priority = Priority::kDebug;
  std::vector<std::string> tags;  // in the order written
  std::string source = "syscall";
  bool enabled = true;
  Action action = Action::kAlert;
  Mode mode = Mode::kEnforce;
  uint32_t error = 0;                       // `errno`: what an operation that it denies fails with; 0: EPERM
  bool guard = true;                        // `guard: off`: its files may be moved and linked away
  bool require_inline = false;              // `require: inline`
  std::string profile;                      // the profile that it was made of, "" for others
  std::shared_ptr<const CallPolicy> calls;  // it stands for a profile's `syscalls`: what the kernel decides is here
  std::optional<ThrottleSpec> throttle;
  std::optional<CorrelationSpec> correlation;
  std::string condition;  // expanded text, for `vedette rules`
  SourcePosition position;
  SourcePosition action_position;  // of the `action` key
};

// A profile's scope. What it allows and refuses are rules of the set, which ask for proc.profile.
struct Profile {
  std::string name;
  uint32_t id = 0;           // ProfileId(name)
  uint32_t scope = 0;        // which programs come under it when they start: index into RuleSet::nodes
  bool until_known = false;  // only in a container that is not known, until it is
  SourcePosition position;
};

struct RuleSet {
  std::vector<std::string> files;
  std::vector<Rule> rules;            // definition order; disabled ones too
  std::vector<Predicate> predicates;  // distinct
  std::vector<Node> nodes;
  std::vector<Profile> profiles;  // definition order: a program comes under the first that it is in the scope of
  // What the kernel knows rules[0] by, the next one by one more: an event that was decided under a set that a reload
  // has replaced meanwhile is told apart by it.
  uint32_t first_policy_id = 1;
};

std::vector<std::string> ProfileNamesOf(const RuleSet& rules);

}  // namespace vedette
#endif  // VEDETTE_RULES_RULE_SET_H_
