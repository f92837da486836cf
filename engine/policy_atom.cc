// SPDX-License-Identifier: Apache-2.0
#include "engine/policy_atom.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/container_policy.h"
#include "engine/field_reader.h"
#include "engine/glob.h"
#include "engine/matcher.h"
#include "engine/path_prefix_set.h"
#include "engine/policy_bits.h"
#include "engine/policy_dnf.h"
#include "engine/policy_glob.h"
#include "engine/program.h"
#include "sensor/event/call_register.h"

namespace vedette {
namespace {

using Formula = PolicyFormula;

Formula Undecidable(std::string why) { return Formula::Undecidable(std::move(why)); }

bool IsMembership(Operator op) {
  return op == Operator::kEqual || op == Operator::kNotEqual || op == Operator::kIn || op == Operator::kIntersects;
}

// The predicate's tests, by table. A pattern that needs a table the field does not have is an error.
class Tests {
 public:
  Tests(const Predicate& p, bool negated, const KernelDecision& decision)
      : p_(p), negated_(negated), decision_(decision) {}

  TableTest& On(vd_table table) {
    for (TableTerm& t : terms_) {
      if (t.table == table) return t.any.front();
    }
    TableTest test;
    test.inverted = (p_.op == Operator::kNotEqual) != negated_;
    test.on_null = negated_;
    terms_.push_back({table, {test}});
    return terms_.back().any.front();
  }

  void Exact(std::string_view s) {
    if (s.size() + 1 > VD_POLICY_STRING) return TooLong(s, VD_POLICY_STRING - 1);
    Add(decision_.table, std::string(s) + '\0');
  }
  void Prefix(std::string_view s) {
    if (s.empty()) {
      On(decision_.table).always = true;
    } else if (s.size() > VD_POLICY_STRING) {
      TooLong(s, VD_POLICY_STRING);
    } else {
      Add(decision_.table, std::string(s));
    }
  }
  void Suffix(std::string_view s) {
    if (decision_.reversed == VD_TABLE_COUNT) return Fail("its end is not known there; use =, in or startswith");
    if (s.empty()) {
      On(decision_.reversed).always = true;
    } else if (s.size() > VD_POLICY_STRING) {
      TooLong(s, VD_POLICY_STRING);
    } else {
      Add(decision_.reversed, std::string(s.rbegin(), s.rend()));
    }
  }
  void Fail(std::string why) {
    if (why_.empty()) why_ = std::move(why);
  }

  Formula Result() && {
    if (!why_.empty()) return Undecidable(std::move(why_));
    if (terms_.empty()) return Formula::Constant(negated_);  // no values: `in ()`
    std::vector<Formula> operands;
    for (TableTerm& t : terms_) operands.push_back(Formula::Of(std::move(t)));
    return negated_ ? Conjunction(std::move(operands)) : Disjunction(std::move(operands));
  }

 private:
  void Add(vd_table table, std::string bytes) {
    const auto bits = static_cast<uint32_t>(bytes.size() * 8);
    On(table).keys.push_back({std::move(bytes), bits});
  }
  void TooLong(std::string_view s, size_t bound) {
    Fail(fmt::format("a text of {} bytes is longer than the {} a kernel table can hold; shorten it", s.size(), bound));
  }

  const Predicate& p_;
  const bool negated_;
  const KernelDecision& decision_;
  std::vector<TableTerm> terms_;
  std::string why_;
};

// ---- strings ----

// `pmatch /a/b` is `= /a/b` or `startswith /a/b/`, as long as no component is a pattern.
void AddPathPrefix(std::string_view pattern, Tests& tests) {
  std::string path;
  for (std::string_view c = NextPathComponent(pattern); !c.empty(); c = NextPathComponent(pattern)) {
    const Glob::Shape shape = Glob(c).shape();
    if (shape.kind != Glob::Shape::Kind::kExact) return tests.Fail("a pattern inside pmatch is not; use startswith");
    path += '/';
    path += shape.text;
  }
  if (path.empty()) return tests.Prefix("");
  tests.Exact(path);
  tests.Prefix(path + '/');
}

void DecideString(const Predicate& p, Tests& tests, const KernelDecision& decision) {
  for (const Literal& l : p.values) {
    if (IsMembership(p.op)) {
      tests.Exact(l.text);
    } else if (p.op == Operator::kStartsWith) {
      tests.Prefix(l.text);
    } else if (p.op == Operator::kEndsWith) {
      tests.Suffix(l.text);
    } else if (p.op == Operator::kPmatch) {
      AddPathPrefix(l.text, tests);
    } else {
      tests.Fail(fmt::format("`{}` is not evaluated there; use =, in, startswith{} or pmatch", OperatorName(p.op),
                             decision.reversed == VD_TABLE_COUNT ? "" : ", endswith"));
    }
  }
}

void DecideFileName(const Predicate& p, Tests& tests, const KernelDecision& decision) {
  if (!IsMembership(p.op))
    return tests.Fail(fmt::format("`{}` is not evaluated there; use = or in", OperatorName(p.op)));
  tests.On(decision.reversed);
  for (const Literal& l : p.values) {
    if (l.text.find('/') == std::string::npos) tests.Suffix("/" + l.text);  // no file name has a slash
  }
}

// ---- scalars ----

void DecideScalar(const Predicate& p, EventKind kind, Tests& tests, const KernelDecision& decision) {
  if (!IsMembership(p.op))
    return tests.Fail(fmt::format("`{}` is not evaluated there; use = or in", OperatorName(p.op)));
  const FieldType type = p.field.field->type;
  const bool is_number = type == FieldType::kNumber || type == FieldType::kPort || type == FieldType::kBool;
  TableTest& test = tests.On(decision.table);
  for (const Literal& l : p.values) {
    if (is_number) {
      test.scalars.push_back(static_cast<uint64_t>(l.number));
      continue;
    }
    for (uint64_t s : KernelScalars(*p.field.field, p.field.arg, kind, l.text)) test.scalars.push_back(s);
  }
}

void DecideHost(const Predicate& p, Tests& tests, const KernelDecision& decision) {
  TableTest& test = tests.On(decision.table);
  if (!p.values.empty()) test.scalars.push_back(0);  // "host": any other value is of containers
}

// ---- addresses ----

// In the trie an IPv4 network is one below ::ffff:0:0/96, and so is one that was written that way.
TableTest::Key AddressKey(const Literal& l, FieldType type) {
  constexpr std::array<char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '\xff', '\xff'};
  const uint32_t width = l.address.v6 ? 128 : 32;
  uint32_t bits = type == FieldType::kNet ? std::min<uint32_t>(l.prefix_bits, width) : width;
  std::string bytes;
  if (!l.address.v6) {
    bytes.assign(kMapped.begin(), kMapped.end());
    bits += 96;
  }
  bytes.append(reinterpret_cast<const char*>(l.address.bytes.data()), l.address.v6 ? 16 : 4);
  for (uint32_t bit = bits; bit < 128; ++bit) {
    const auto byte = static_cast<unsigned char>(bytes[bit / 8]);
    bytes[bit / 8] = static_cast<char>(byte & ~(0x80u >> bit % 8));
  }
  return {std::move(bytes), bits};
}

void DecideAddress(const Predicate& p, Tests& tests, const KernelDecision& decision) {
  if (!IsMembership(p.op))
    return tests.Fail(fmt::format("`{}` is not evaluated there; use = or in", OperatorName(p.op)));
  for (const Literal& l : p.values) tests.On(decision.table).keys.push_back(AddressKey(l, p.field.field->type));
}

// ---- the type of the event ----

// Known for every event of the kind, so mostly a constant; else a test on the system call.
std::optional<Formula> DecideType(const Predicate& p, bool negated, EventKind kind) {
  const std::unique_ptr<const Matcher> matcher = CompileMatcher(p);
  TableTest test;
  size_t known = 0;
  for (std::string_view name : Info(kind).types) {
    const std::optional<EventTypeId> type = FindEventType(name);
    if (!type) continue;
    const std::optional<bool> holds = TypeTest(p, matcher.get(), *type);
    if (!holds) return std::nullopt;
    ++known;
    if (*holds) test.scalars.push_back(*type);
  }
  if (test.scalars.empty()) return Formula::Constant(negated);
  if (test.scalars.size() == known) return Formula::Constant(!negated);
  test.inverted = negated;
  return Formula::Of({VD_TABLE_SYSCALL, {std::move(test)}});
}

// ---- arguments of calls without a hook ----

Formula Scalars(vd_table table, std::vector<uint64_t> scalars, bool inverted) {
  if (scalars.empty()) return Formula::Constant(inverted);
  TableTest test;
  test.scalars = std::move(scalars);
  test.inverted = inverted;
  return Formula::Of({table, {std::move(test)}});
}

// Calls that are compared by the same register with the same numbers.
struct ComparedCalls {
  uint8_t index = 0;
  std::vector<uint64_t> values;
  std::vector<uint64_t> calls;
};

std::vector<uint64_t> RegisterValuesOf(const Predicate& p, EventTypeId call) {
  std::vector<uint64_t> out;
  for (const Literal& l : p.values) {
    for (const uint64_t value : RegisterValues(call, p.field.arg.name, l.text)) out.push_back(value);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// Which register it is, and what a text means there, depends on the call. Nothing: none of the calls has the argument.
std::optional<Formula> DecideCallArgument(const Predicate& p, bool negated, const EventTypes& types) {
  std::vector<ComparedCalls> compared;
  for (EventTypeId call = 0; call < kMaxEventTypes; ++call) {
    if (!types.test(call) || !KindsOfType(call).test(VD_KIND_SYSCALL)) continue;
    const CallRegister found = RegisterOf(call, p.field.arg.name);
    if (!found.exists) continue;
    if (!found.index) {
      return Undecidable(fmt::format("of {} it is no number of 32 bits, which is all that is compared; leave it out",
                                     EventTypeName(call)));
    }
    ComparedCalls one{*found.index, RegisterValuesOf(p, call), {call}};
    const auto same = std::find_if(compared.begin(), compared.end(), [&](const ComparedCalls& c) {
      return c.index == one.index && c.values == one.values;
    });
    if (same == compared.end()) {
      compared.push_back(std::move(one));
    } else {
      same->calls.push_back(call);
    }
  }
  if (compared.empty()) return std::nullopt;
  if (!IsMembership(p.op) && p.op != Operator::kExists) {
    return Undecidable(fmt::format("`{}` is not evaluated there; use = or in", OperatorName(p.op)));
  }
  const bool differs = (p.op == Operator::kNotEqual) != negated;
  std::vector<Formula> operands;
  for (ComparedCalls& c : compared) {
    std::vector<Formula> both;
    both.push_back(Scalars(VD_TABLE_SYSCALL, std::move(c.calls), negated));
    if (p.op != Operator::kExists)
      both.push_back(Scalars(static_cast<vd_table>(VD_TABLE_ARGUMENT + c.index), std::move(c.values), differs));
    operands.push_back(negated ? Disjunction(std::move(both)) : Conjunction(std::move(both)));
  }
  return negated ? Conjunction(std::move(operands)) : Disjunction(std::move(operands));
}

// ---- fields that are about other kinds of events ----

// Evaluated in user space, whatever it says; its scalar is the number of the predicate, which the caller knows.
Formula OfContainers(bool negated) {
  TableTest test;
  test.inverted = test.on_null = negated;
  return Formula::Of({VD_TABLE_CONTAINER_CLASS, {std::move(test)}});
}

// ---- the operators over a table's values ----

Formula DecideByTables(const Predicate& p, bool negated, EventKind kind, const KernelDecision& decision) {
  const bool is_string = decision.use == KernelUse::kString;
  if (is_string && (p.op == Operator::kGlob || p.op == Operator::kContains)) return DecideGlob(p, negated, decision);
  Tests tests(p, negated, decision);
  if (p.op == Operator::kExists) {
    tests.On(decision.use == KernelUse::kFileName ? decision.reversed : decision.table).always = true;
    return std::move(tests).Result();
  }
  switch (decision.use) {
    case KernelUse::kString:
      DecideString(p, tests, decision);
      break;
    case KernelUse::kFileName:
      DecideFileName(p, tests, decision);
      break;
    case KernelUse::kScalar:
      DecideScalar(p, kind, tests, decision);
      break;
    case KernelUse::kAddress:
      DecideAddress(p, tests, decision);
      break;
    case KernelUse::kHost:
      DecideHost(p, tests, decision);
      break;
    case KernelUse::kAncestor:  // these are decided elsewhere
    case KernelUse::kBits:
    case KernelUse::kContainer:
    case KernelUse::kNever:
      break;
  }
  return std::move(tests).Result();
}

// Holds if it holds for one of them: each way in which it can is a trait.
Formula DecideAncestors(const Predicate& p, bool negated, EventKind kind, KernelDecision decision) {
  decision.use = KernelUse::kString;
  const Formula of_one = DecideByTables(p, false, kind, decision);
  if (of_one.kind == Formula::Kind::kUndecidable) return of_one;
  const std::optional<std::vector<PolicyClause>> ways = ClausesOf(of_one);
  if (!ways) {
    return Undecidable(fmt::format("it has more than {} alternatives; write alternatives as `in (...)`", kMaxAlternatives));
  }
  std::vector<Formula> out;
  for (const PolicyClause& way : *ways) {
    for (const TableTerm& term : way.terms) {
      if (term.trait != nullptr) {
        return Undecidable("of ancestors only a text, its beginning and (of a path) its end are compared; use =, in, "
                           "startswith or proc.aexepath endswith");
      }
    }
    PolicyTrait trait;
    trait.kind = VD_TRAIT_ANCESTOR;
    trait.ancestor = way.terms;
    out.push_back(Formula::Of(std::move(trait), negated));
  }
  return negated ? Conjunction(std::move(out)) : Disjunction(std::move(out));
}

// NULL, or the same for every event of the kind (evt.is_open_write is false where nothing is opened): an event that
// says nothing has it, too.
bool HoldsWithout(const Predicate& p, EventKind kind) {
  alignas(vd_header) std::array<std::byte, VD_MAX_RECORD> record{};
  auto* header = reinterpret_cast<vd_header*>(record.data());
  header->size = Info(kind).fixed_size;
  header->kind = static_cast<uint16_t>(kind);
  Event event;
  event.header = header;
  FieldReader reader;
  const Values& values = reader.Read(p.field, event);
  const std::unique_ptr<const Matcher> matcher = CompileMatcher(p);
  return std::any_of(values.begin(), values.end(), [&](const Value& v) { return matcher->Matches(v); });
}

}  // namespace

PolicyFormula DecideAtom(const Predicate& p, bool negated, EventKind kind, const EventTypes& types) {
  if (p.right) return Undecidable("two fields are not compared there; test each against values");
  if (IsTypeTest(p)) {
    if (std::optional<Formula> type = DecideType(p, negated, kind)) return *std::move(type);
  }
  if (!p.field.field->kinds.test(kind)) return Formula::Constant(HoldsWithout(p, kind) != negated);
  if (vd_is_killed_after(kind) != 0 && p.field.field->name == "evt.arg" && p.field.transformers.empty()) {
    if (std::optional<Formula> argument = DecideCallArgument(p, negated, types)) return *std::move(argument);
  }
  const KernelDecision decision = KernelDecisionFor(*p.field.field, p.field.arg, kind);
  if (decision.use == KernelUse::kNever) {
    return Undecidable(decision.why_not.empty() ? fmt::format("{} is not known to the hook of {}; leave it out",
                                                              p.field.spelling, Info(kind).name)
                                                : std::string(decision.why_not));
  }
  if (IsOfContainers(p)) return OfContainers(negated);
  if (!p.field.transformers.empty()) return Undecidable("transformers are not evaluated there; test the field itself");

  if (decision.use == KernelUse::kBits) return DecideBits(p, negated, kind, decision);
  if (decision.use == KernelUse::kAncestor) return DecideAncestors(p, negated, kind, decision);
  return DecideByTables(p, negated, kind, decision);
}

std::string PredicateText(const Predicate& p) {
  if (p.op == Operator::kExists) return fmt::format("{} exists", p.field.spelling);
  if (p.right) {
    const bool plain = p.right->call == nullptr && p.right->transformers.empty();
    return fmt::format("{} {} {}{}{}", p.field.spelling, OperatorName(p.op), plain ? "val(" : "", p.right->spelling,
                       plain ? ")" : "");
  }
  constexpr size_t kShown = 3;
  std::string values;
  for (size_t i = 0; i < std::min(p.values.size(), kShown); ++i) {
    if (i != 0) values += ", ";
    values += p.values[i].text;
  }
  if (p.values.size() > kShown) values += ", …";
  const bool is_list =
      p.op == Operator::kIn || p.op == Operator::kIntersects || p.op == Operator::kPmatch || p.values.size() != 1;
  const bool is_symbol = p.op >= Operator::kEqual && p.op <= Operator::kGreaterEqual;
  if (is_list) values = "(" + values + ")";
  const std::string_view gap = is_symbol ? "" : " ";
  return fmt::format("{}{}{}{}{}", p.field.spelling, gap, OperatorName(p.op), gap, values);
}

}  // namespace vedette
