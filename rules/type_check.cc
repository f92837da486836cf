// SPDX-License-Identifier: Apache-2.0
#include "rules/type_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rules/field_resolver.h"
#include "rules/lexer.h"
#include "rules/literal.h"
#include "rules/nearest_name.h"
#include "rules/operator.h"
#include "rules/transformer.h"
#include "sensor/event/event_kind.h"

namespace vedette {
namespace {

using State = CheckResult::State;

constexpr size_t kMaxOneOf = 64;  // values; `oneof` becomes a condition of this number squared

// Falco's events that are no system calls of x86-64.
constexpr std::array<std::string_view, 13> kFalcoEvents = {
    "signaldeliver", "switch",      "pluginevent", "asyncevent", "notification", "drop",        "infra",
    "page_fault",    "userdeleted", "useradded",   "groupadded", "generic",      "groupdeleted"};

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
    if (ref_.field->name == "evt.dir") {
      diagnostics_.Warning(check_.field.position,
                           "evt.dir is deprecated: only results are seen, so '<' always holds and '>' never does");
    }
    if (IsList(ref_) && !FitsList(check_.op)) {
      Report(check_.operator_position,
             fmt::format("'{}' cannot be applied to '{}', which is a list; use one of exists, in, intersects",
                         OperatorName(check_.op), ref_.spelling),
             false);
    } else if (check_.right) {
      BuildRight();
    } else if (ModifierFits()) {
      Build();
    }
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

  static bool FitsList(Operator op) {
    return op == Operator::kExists || op == Operator::kIn || op == Operator::kIntersects;
  }

  bool ModifierFits() {
    if (check_.modifier != Modifier::kOneOf || check_.values.size() <= kMaxOneOf) return true;
    Report(check_.operator_position, fmt::format("oneof takes at most {} values", kMaxOneOf), false);
    return false;
  }

  // ---- a field on the right ----

  void BuildRight() {
    const FieldExpr& expr = *check_.right;
    ResolvedField right = ResolveField(expr);
    if (!right.ok()) {
      Report(right.bad_argument && expr.argument ? expr.argument_position : expr.position, right.error, right.unknown);
      return;
    }
    std::string why = WhyNotComparable(right.ref);
    if (!why.empty()) return Report(expr.position, std::move(why), false);
    Predicate predicate{ref_, check_.op, {}, std::nullopt, check_.field.position};
    predicate.right = std::move(right.ref);
    result_.predicates.push_back(std::move(predicate));
  }

  // Falco's rules: libsinsp, sinsp_filter_check::add_filter_value and check_rhs_field_type_consistency.
  std::string WhyNotComparable(const FieldRef& right) const {
    if (check_.op == Operator::kRegex || check_.op == Operator::kPmatch) {
      return fmt::format("'{}' takes no field on its right; write the pattern", OperatorName(check_.op));
    }
    if (!ComparesWithFields(ref_)) return fmt::format("'{}' is not compared with another field", ref_.spelling);
    if (!ComparesWithFields(right)) return fmt::format("'{}' cannot stand on the right of an operator", right.spelling);
    const FieldType type = TypeOf(right);
    if (SameKind(type_, type) && IsList(ref_) == IsList(right)) return "";
    auto name = [](const FieldRef& ref, FieldType t) {
      return IsList(ref) ? std::string("a list") : fmt::format("a {}", TypeName(t));
    };
    return fmt::format("'{}' is {}, which cannot be compared with '{}', {}", ref_.spelling, name(ref_, type_),
                       right.spelling, name(right, type));
  }

  // Not fields that stand for several values, nor networks, nor the names of addresses, which rules resolve.
  static bool ComparesWithFields(const FieldRef& ref) {
    if (ref.field->any_of && !ref.arg.present) return false;
    return TypeOf(ref) != FieldType::kNet &&
           !(ref.field->name.starts_with("fd.") && ref.field->name.ends_with("ip.name"));
  }

  // Ports are numbers, and paths are texts, once they are not written by hand.
  static bool SameKind(FieldType a, FieldType b) {
    auto kind = [](FieldType t) {
      if (t == FieldType::kPort) return FieldType::kNumber;
      return t == FieldType::kPath ? FieldType::kString : t;
    };
    return kind(a) == kind(b);
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
      WarnOfMisuse(value);
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
    // A modifier with no values holds for nothing, as `in ()`.
    if (result_.predicates.empty()) Add(Operator::kIn, {});
  }

  void Add(Operator op, std::vector<Literal> values) {
    result_.predicates.push_back({ref_, op, std::move(values), std::nullopt, check_.field.position});
  }

  // What Falco warns of, too: a text that was probably meant as a field, a pattern that needs none.
  void WarnOfMisuse(const ValueExpr& value) {
    std::string stripped;
    for (char c : value.text) {
      if (!IsConditionBlank(c) && c != '\v' && c != '\f') stripped += c;
    }
    if (check_.op == Operator::kRegex && IsTrivialPattern(value.text)) {
      diagnostics_.Warning(value.position,
                           fmt::format("the pattern {} may be written with =, contains, startswith or endswith, which "
                                       "cost less",
                                       Quoted(value.text)));
    }
    if (stripped.find('.') == std::string::npos) return;
    if (LooksLikeTransformer(stripped)) {
      diagnostics_.Warning(value.position, fmt::format("{} may be a valid field transformer misused as a const string "
                                                       "value; a transformer stands without quotes and blanks",
                                                       Quoted(value.text)));
    } else if (IsField(stripped)) {
      diagnostics_.Warning(value.position, fmt::format("{} may be a valid field misused as a const string value; write "
                                                       "val({}) to compare with the field",
                                                       Quoted(value.text), stripped));
    }
  }

  static bool LooksLikeTransformer(std::string_view text) {
    size_t open = text.find('(');
    if (open == std::string_view::npos || !text.ends_with(')')) return false;
    std::string_view name = text.substr(0, open);
    return name == "val" || FindTransformer(name) != nullptr;
  }

  // libsinsp's heuristic: nothing special in it but anchors and a `.*` at an end.
  static bool IsTrivialPattern(std::string_view text) {
    constexpr std::string_view kSpecial = ".+*?^$()[]{}|\\";
    constexpr std::string_view kRepeats = "+*?";
    for (size_t i = 0; i < text.size(); ++i) {
      const bool first = i == 0, last = i + 1 == text.size();
      if ((first && text[i] == '^') || (last && text[i] == '$')) continue;
      if (text[i] == '.' && !last && (first || i + 2 == text.size()) &&
          kRepeats.find(text[i + 1]) != std::string_view::npos) {
        ++i;
      } else if (kSpecial.find(text[i]) != std::string_view::npos) {
        return false;
      }
    }
    return true;
  }

  void CheckEventType(const ValueExpr& value) {
    if (!NamesEvents(check_.op)) return;
    auto id = FindEventType(value.text);
    bool falco = std::find(kFalcoEvents.begin(), kFalcoEvents.end(), value.text) != kFalcoEvents.end();
    if (!id && !falco) {
      Report(value.position,
             fmt::format("unknown event type {}{}", Quoted(value.text), DidYouMean(NearestEventType(value.text))),
             true);
    } else if (check_.op != Operator::kNotEqual && (!id || KindsOfType(*id).none())) {
      // "Not this call" is true of every event there is; nothing is missed.
      result_.unreported.push_back(
          {value.position,
           fmt::format("vedette does not support the event type {} yet: no event reports it", Quoted(value.text))});
    }
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
