// SPDX-License-Identifier: Apache-2.0
#include "engine/matcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ascii.h"
#include "engine/glob.h"
#include "engine/path_prefix_set.h"
#include "engine/string_set.h"
#include "rules/field_resolver.h"

namespace vedette {
namespace {

using MatcherPtr = std::unique_ptr<const Matcher>;

std::vector<std::string> Texts(const Predicate& p) {
  std::vector<std::string> out;
  for (const Literal& l : p.values) out.push_back(l.text);
  return out;
}

// ---- any type ----

class Always final : public Matcher {
 public:
  bool Matches(const Value&) const override { return true; }
};
class Never final : public Matcher {
 public:
  bool Matches(const Value&) const override { return false; }
};

class Not final : public Matcher {
 public:
  explicit Not(MatcherPtr inner) : inner_(std::move(inner)) {}
  bool Matches(const Value& v) const override { return !inner_->Matches(v); }

 private:
  MatcherPtr inner_;
};

// ---- strings ----

// A string test that holds for one operand; `Test` is stateless.
using TwoStrings = bool (*)(std::string_view value, std::string_view operand);

bool Equals(std::string_view v, std::string_view o) { return v == o; }
bool StartsWith(std::string_view v, std::string_view o) { return v.starts_with(o); }
bool EndsWith(std::string_view v, std::string_view o) { return v.ends_with(o); }
bool Contains(std::string_view v, std::string_view o) {
  return o.empty() || (v.size() >= o.size() && memmem(v.data(), v.size(), o.data(), o.size()) != nullptr);
}
bool Less(std::string_view v, std::string_view o) { return v < o; }
bool LessEqual(std::string_view v, std::string_view o) { return v <= o; }
bool Greater(std::string_view v, std::string_view o) { return v > o; }
bool GreaterEqual(std::string_view v, std::string_view o) { return v >= o; }
// `o` is in lower case.
bool IContains(std::string_view v, std::string_view o) {
  return std::search(v.begin(), v.end(), o.begin(), o.end(),
                     [](char a, char b) {
                       return AsciiLower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
                     }) != v.end() ||
         o.empty();
}

template <TwoStrings Test>
class AnyOperand final : public Matcher {
 public:
  explicit AnyOperand(std::vector<std::string> operands) : operands_(std::move(operands)) {}
  bool Matches(const Value& v) const override {
    if (v.kind() != Value::Kind::kString) return false;
    for (const std::string& o : operands_) {
      if (Test(v.string(), o)) return true;
    }
    return false;
  }

 private:
  std::vector<std::string> operands_;
};

class InStrings final : public Matcher {
 public:
  explicit InStrings(std::vector<std::string> members) : set_(std::move(members)) {}
  bool Matches(const Value& v) const override { return v.kind() == Value::Kind::kString && set_.Contains(v.string()); }

 private:
  StringSet set_;
};

class AnyGlob final : public Matcher {
 public:
  explicit AnyGlob(std::vector<Glob> globs) : globs_(std::move(globs)) {}
  bool Matches(const Value& v) const override {
    if (v.kind() != Value::Kind::kString) return false;
    return std::any_of(globs_.begin(), globs_.end(), [&](const Glob& g) { return g.Matches(v.string()); });
  }

 private:
  std::vector<Glob> globs_;
};

class AnyRegex final : public Matcher {
 public:
  explicit AnyRegex(const std::vector<std::string>& patterns) {
    RE2::Options options(RE2::POSIX);
    options.set_log_errors(false);
    for (const std::string& p : patterns) {
      auto regex = std::make_unique<RE2>(p, options);
      if (regex->ok()) regexes_.push_back(std::move(regex));
    }
  }
  bool Matches(const Value& v) const override {
    if (v.kind() != Value::Kind::kString) return false;
    for (const auto& r : regexes_) {
      if (RE2::FullMatch(v.string(), *r)) return true;
    }
    return false;
  }

 private:
  std::vector<std::unique_ptr<RE2>> regexes_;
};

class PathMatch final : public Matcher {
 public:
  explicit PathMatch(const std::vector<std::string>& patterns) {
    for (const std::string& p : patterns) set_.Add(p);
  }
  bool Matches(const Value& v) const override { return v.kind() == Value::Kind::kString && set_.Matches(v.string()); }

 private:
  PathPrefixSet set_;
};

template <TwoStrings Test>
MatcherPtr Strings(const Predicate& p) {
  return std::make_unique<AnyOperand<Test>>(Texts(p));
}
MatcherPtr StringsIn(const Predicate& p) {
  if (p.values.size() == 1) return Strings<Equals>(p);
  return std::make_unique<InStrings>(Texts(p));
}
MatcherPtr StringsNotEqual(const Predicate& p) { return std::make_unique<Not>(Strings<Equals>(p)); }
MatcherPtr StringsIContain(const Predicate& p) {
  std::vector<std::string> operands = Texts(p);
  for (std::string& o : operands) {
    for (char& c : o) c = static_cast<char>(AsciiLower(static_cast<unsigned char>(c)));
  }
  return std::make_unique<AnyOperand<IContains>>(std::move(operands));
}

template <bool FoldCase>
MatcherPtr Globs(const Predicate& p) {
  std::vector<Glob> globs;
  for (const Literal& l : p.values) globs.emplace_back(l.text, FoldCase);
  return std::make_unique<AnyGlob>(std::move(globs));
}

MatcherPtr Regexes(const Predicate& p) { return std::make_unique<AnyRegex>(Texts(p)); }
MatcherPtr PathMatches(const Predicate& p) { return std::make_unique<PathMatch>(Texts(p)); }

// ---- numbers, ports, booleans ----

using TwoNumbers = bool (*)(int64_t value, int64_t operand);

template <TwoNumbers Test>
class CompareNumber final : public Matcher {
 public:
  explicit CompareNumber(int64_t operand) : operand_(operand) {}
  bool Matches(const Value& v) const override {
    return (v.kind() == Value::Kind::kNumber || v.kind() == Value::Kind::kBool) && Test(v.number(), operand_);
  }

 private:
  int64_t operand_;
};

class InNumbers final : public Matcher {
 public:
  explicit InNumbers(std::vector<int64_t> members) : members_(std::move(members)) {
    std::sort(members_.begin(), members_.end());
  }
  bool Matches(const Value& v) const override {
    return (v.kind() == Value::Kind::kNumber || v.kind() == Value::Kind::kBool) &&
           std::binary_search(members_.begin(), members_.end(), v.number());
  }

 private:
  std::vector<int64_t> members_;
};

template <TwoNumbers Test>
MatcherPtr Number(const Predicate& p) {
  return std::make_unique<CompareNumber<Test>>(p.values.front().number);
}
bool NumberEqual(int64_t v, int64_t o) { return v == o; }
bool NumberNotEqual(int64_t v, int64_t o) { return v != o; }
bool NumberLess(int64_t v, int64_t o) { return v < o; }
bool NumberLessEqual(int64_t v, int64_t o) { return v <= o; }
bool NumberGreater(int64_t v, int64_t o) { return v > o; }
bool NumberGreaterEqual(int64_t v, int64_t o) { return v >= o; }
MatcherPtr NumbersIn(const Predicate& p) {
  std::vector<int64_t> members;
  for (const Literal& l : p.values) members.push_back(l.number);
  return std::make_unique<InNumbers>(std::move(members));
}

// ---- addresses ----

struct Network {
  IpAddress address;
  uint32_t bits;
};

bool Covers(const Network& n, const IpAddress& a) {
  if (n.address.v6 != a.v6) return false;
  const size_t whole = n.bits / 8, rest = n.bits % 8;
  if (std::memcmp(n.address.bytes.data(), a.bytes.data(), whole) != 0) return false;
  return rest == 0 || ((n.address.bytes[whole] ^ a.bytes[whole]) >> (8 - rest)) == 0;
}

class InNetworks final : public Matcher {
 public:
  explicit InNetworks(const Predicate& p) {
    for (const Literal& l : p.values) networks_.push_back(NetworkOf(l, TypeOf(p.field)));
  }
  bool Matches(const Value& v) const override {
    if (v.kind() != Value::Kind::kAddress) return false;
    const IpAddress a = Unmapped(v.address());
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& n) { return Covers(n, a); });
  }

 private:
  static Network NetworkOf(const Literal& l, FieldType type) {
    const uint32_t bits = type == FieldType::kNet ? l.prefix_bits : l.address.v6 ? 128 : 32;
    const IpAddress address = Unmapped(l.address);
    if (address.v6 == l.address.v6 || bits < 96) return {l.address, bits};
    return {address, bits - 96};
  }
  std::vector<Network> networks_;
};

MatcherPtr AddressIn(const Predicate& p) { return std::make_unique<InNetworks>(p); }
MatcherPtr AddressNotEqual(const Predicate& p) { return std::make_unique<Not>(AddressIn(p)); }

// ---- the table: operator × group of types ----

MatcherPtr Exists(const Predicate&) { return std::make_unique<Always>(); }
MatcherPtr Mismatch(const Predicate&) { return std::make_unique<Never>(); }

using Compile = MatcherPtr (*)(const Predicate&);
struct OperatorRow {
  Operator op;
  Compile string, number, address;
  uint32_t cost;  // for strings; numbers and addresses are cheap
};
constexpr std::array<OperatorRow, 19> kOperators{{
    {Operator::kExists, Exists, Exists, Exists, 1},
    {Operator::kEqual, Strings<Equals>, Number<NumberEqual>, AddressIn, 10},
    {Operator::kNotEqual, StringsNotEqual, Number<NumberNotEqual>, AddressNotEqual, 12},
    {Operator::kLess, Strings<Less>, Number<NumberLess>, Mismatch, 12},
    {Operator::kLessEqual, Strings<LessEqual>, Number<NumberLessEqual>, Mismatch, 12},
    {Operator::kGreater, Strings<Greater>, Number<NumberGreater>, Mismatch, 12},
    {Operator::kGreaterEqual, Strings<GreaterEqual>, Number<NumberGreaterEqual>, Mismatch, 12},
    {Operator::kContains, Strings<Contains>, Mismatch, Mismatch, 60},
    {Operator::kIContains, StringsIContain, Mismatch, Mismatch, 200},
    {Operator::kBContains, Strings<Contains>, Mismatch, Mismatch, 60},
    {Operator::kStartsWith, Strings<StartsWith>, Mismatch, Mismatch, 12},
    {Operator::kBStartsWith, Strings<StartsWith>, Mismatch, Mismatch, 12},
    {Operator::kEndsWith, Strings<EndsWith>, Mismatch, Mismatch, 12},
    {Operator::kGlob, Globs<false>, Mismatch, Mismatch, 200},
    {Operator::kIGlob, Globs<true>, Mismatch, Mismatch, 250},
    {Operator::kRegex, Regexes, Mismatch, Mismatch, 400},
    {Operator::kIn, StringsIn, NumbersIn, AddressIn, 30},
    {Operator::kIntersects, StringsIn, NumbersIn, AddressIn, 30},
    {Operator::kPmatch, PathMatches, Mismatch, Mismatch, 150},
}};

constexpr bool RowsInOrder() {
  for (size_t i = 0; i < kOperators.size(); ++i) {
    if (static_cast<size_t>(kOperators[i].op) != i) return false;
  }
  return true;
}
static_assert(RowsInOrder() && static_cast<size_t>(Operator::kPmatch) + 1 == kOperators.size());

const OperatorRow& RowOf(Operator op) { return kOperators[static_cast<size_t>(op)]; }

enum class TypeGroup : uint8_t { kString, kNumber, kAddress };
TypeGroup GroupOf(FieldType type) {
  switch (type) {
    case FieldType::kBool:
    case FieldType::kNumber:
    case FieldType::kPort:
      return TypeGroup::kNumber;
    case FieldType::kAddress:
    case FieldType::kNet:
      return TypeGroup::kAddress;
    default:
      return TypeGroup::kString;
  }
}

}  // namespace

std::unique_ptr<const Matcher> CompileMatcher(const Predicate& p) {
  const OperatorRow& row = RowOf(p.op);
  if (p.op == Operator::kExists) return row.string(p);
  if (p.values.empty()) return Mismatch(p);  // `in ()`
  switch (GroupOf(TypeOf(p.field))) {
    case TypeGroup::kNumber:
      return row.number(p);
    case TypeGroup::kAddress:
      return row.address(p);
    case TypeGroup::kString:
      break;
  }
  return row.string(p);
}

uint32_t MatcherCost(const Predicate& p) {
  uint32_t cost = 5;
  if (p.right) {
    cost = 100;
  } else if (GroupOf(TypeOf(p.field)) == TypeGroup::kString) {
    const bool hashed = p.op == Operator::kIn || p.op == Operator::kIntersects || p.op == Operator::kPmatch;
    const auto operands = static_cast<uint32_t>(std::clamp<size_t>(p.values.size(), 1, 1000));
    cost = RowOf(p.op).cost * (hashed ? 1 : operands);
  }
  cost += static_cast<uint32_t>(p.field.transformers.size()) * 40;
  if (p.field.call != nullptr) cost += 300;
  return p.field.field->any_of ? cost * 4 : cost;
}

IpAddress Unmapped(const IpAddress& a) {
  constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!a.v6 || std::memcmp(a.bytes.data(), kMapped.data(), kMapped.size()) != 0) return a;
  IpAddress out;
  std::memcpy(out.bytes.data(), a.bytes.data() + kMapped.size(), 4);
  return out;
}

}  // namespace vedette
