// SPDX-License-Identifier: Apache-2.0
#include "rules/type_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rules/field_resolver.h"
#include "rules/literal.h"
#include "rules/nearest_name.h"
#include "rules/operator.h"
#include "sensor/event/event_kind.h"

namespace vedette {
namespace {

using State = CheckResult::State;

constexpr size_t kMaxOneOf = 64;  // values; `oneof` becomes a condition of this number squared

// Falco's events that are no system calls of x86-64.
constexpr std::array<std::string_view, 13> kFalcoEvents = {
    "signaldeliver", "switch",      "pluginevent", "asyncevent", "notification", "drop",
    "infra",     "page_fault",    "userdeleted", "useradded",   "groupadded", "generic",      "groupdeleted"};

// Operators under which evt.type has to name an event.
bool NamesEvents(Operator op) {
  return op == Operator::kEqual || op == Operator::kNotEqual || op == Operator::kIn || op == Operator::kIntersects;
}

std::string_view NearestEventType(std::string_view name) {
  std::vector<std::string_view> names;
  for (EventTypeId id = 0; id < kMaxEventTypes; ++id) {
    std::string_view known = EventTypeName(id);
    if (!known.empty()) names.push_back(known);
  }
  return NearestName(name, names);
}

class Checker {
 public:
  Checker(const CheckExpr& check, bool skip_unknown, Diagnostics& diagnostics)
      : check_(check), skip_unknown_(skip_unknown), diagnostics_(diagnostics) {}

  CheckResult Run() {
    ResolvedField field = ResolveField(check_.field);
    if (!field.ok()) {
      Report(field.bad_argument && check_.field.argument ? check_.field.argument_position : check_.field.position,
             field.error, field.unknown);
      return std::move(result_);
    }
    ref_ = std::move(field.ref);
    type_ = TypeOf(ref_);
    if (!Supports(check_.op, type_)) {
      Report(check_.operator_position,
             fmt::format("'{}' cannot be applied to '{}', which is a {}; use one of {}", OperatorName(check_.op),
                         ref_.spelling, TypeName(type_), OperatorsFor(type_)),
             false);
      return std::move(result_);
    }
    if (!ModifierFits()) return std::move(result_);
    Build();
    return std::move(result_);
  }

 private:
  void Report(SourcePosition at, std::string message, bool unknown) {
    State state = unknown ? State::kUnknown : State::kError;
    if (result_.state != State::kError) result_.state = state;
    if (unknown && skip_unknown_) {
      diagnostics_.Warning(at, std::move(message));
    } else {
      diagnostics_.Error(at, std::move(message));
    }
  }

  bool ModifierFits() {
    if (check_.modifier == Modifier::kNone || check_.modifier == Modifier::kAnyOf) return true;
    std::string_view name = ModifierName(check_.modifier);
    if (ref_.field->any_of && !ref_.arg.present) {
      Report(
          check_.operator_position,
          fmt::format("vedette does not support {} on '{}' yet, which stands for several values", name, ref_.spelling),
          false);
    } else if (check_.values.empty()) {
      Report(check_.operator_position, fmt::format("{} needs at least one value", name), false);
    } else if (check_.modifier == Modifier::kOneOf && check_.values.size() > kMaxOneOf) {
      Report(check_.operator_position, fmt::format("oneof takes at most {} values", kMaxOneOf), false);
    } else {
      return true;
    }
    return false;
  }

  void Build() {
    std::vector<Literal> literals;
    for (const ValueExpr& value : check_.values) {
      LiteralResult made = MakeLiteral(type_, check_.op, value.text);
      if (!made.literal) {
        Report(value.position, fmt::format("{} ('{}' is a {})", made.error, ref_.spelling, TypeName(type_)), false);
        continue;
      }
      literals.push_back(*std::move(made.literal));
      if (ref_.field->name == "evt.type" && ref_.transformers.empty()) CheckEventType(value);
    }
    if (result_.state != State::kOk) return;
    if (check_.modifier == Modifier::kNone) {
      Add(check_.op, std::move(literals));
      return;
    }
    for (Literal& literal : literals) {
      std::vector<Literal> one;
      one.push_back(std::move(literal));
      Add(check_.op, std::move(one));
    }
    // anyof () holds for nothing, as `in ()`.
    if (result_.predicates.empty()) Add(Operator::kIn, {});
  }

  void Add(Operator op, std::vector<Literal> values) {
    result_.predicates.push_back({ref_, op, std::move(values), check_.field.position});
  }

  void CheckEventType(const ValueExpr& value) {
    if (!NamesEvents(check_.op)) return;
    auto id = FindEventType(value.text);
    if (!id) {
      bool falco = std::find(kFalcoEvents.begin(), kFalcoEvents.end(), value.text) != kFalcoEvents.end();
      if (falco && check_.op == Operator::kNotEqual) return;
      Report(value.position,
             falco
                 ? fmt::format("vedette does not support the event type {} yet", Quoted(value.text))
                 : fmt::format("unknown event type {}{}", Quoted(value.text), DidYouMean(NearestEventType(value.text))),
             true);
      return;
    }
    // "Not this call" is true of every event there is; nothing is missed.
    if (check_.op == Operator::kNotEqual || KindsOfType(*id).any()) return;
    Report(value.position,
           fmt::format("vedette does not support the event type {} yet: no event reports it", Quoted(value.text)),
           true);
  }

  const CheckExpr& check_;
  bool skip_unknown_;
  Diagnostics& diagnostics_;
  FieldRef ref_;
  FieldType type_ = FieldType::kString;
  CheckResult result_;
};

}  // namespace

CheckResult CheckTypes(const CheckExpr& check, bool skip_unknown, Diagnostics& diagnostics) {
  return Checker(check, skip_unknown, diagnostics).Run();
}

}  // namespace vedette
