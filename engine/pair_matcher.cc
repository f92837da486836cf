// SPDX-License-Identifier: Apache-2.0
#include "engine/pair_matcher.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "engine/ascii.h"
#include "engine/matcher.h"
#include "rules/field_resolver.h"

namespace vedette {
namespace {

bool Never(const Value&, const Value&, PairScratch&) { return false; }

// ---- texts ----

using TwoTexts = bool (*)(std::string_view left, std::string_view right);

bool Contains(std::string_view l, std::string_view r) {
  return r.empty() || memmem(l.data(), l.size(), r.data(), r.size()) != nullptr;
}
bool SameFolded(char a, char b) {
  return AsciiLower(static_cast<unsigned char>(a)) == AsciiLower(static_cast<unsigned char>(b));
}
bool IContains(std::string_view l, std::string_view r) {
  return std::search(l.begin(), l.end(), r.begin(), r.end(), SameFolded) != l.end() || r.empty();
}
bool StartsWith(std::string_view l, std::string_view r) { return l.starts_with(r); }
bool EndsWith(std::string_view l, std::string_view r) { return l.ends_with(r); }
bool TextEqual(std::string_view l, std::string_view r) { return l == r; }
bool TextNotEqual(std::string_view l, std::string_view r) { return l != r; }
bool TextLess(std::string_view l, std::string_view r) { return l < r; }
bool TextLessEqual(std::string_view l, std::string_view r) { return l <= r; }
bool TextGreater(std::string_view l, std::string_view r) { return l > r; }
bool TextGreaterEqual(std::string_view l, std::string_view r) { return l >= r; }

template <TwoTexts Test>
bool Texts(const Value& l, const Value& r, PairScratch&) {
  return l.kind() == Value::Kind::kString && r.kind() == Value::Kind::kString && Test(l.string(), r.string());
}

template <bool FoldCase>
bool GlobText(const Value& l, const Value& r, PairScratch& scratch) {
  if (l.kind() != Value::Kind::kString || r.kind() != Value::Kind::kString) return false;
  scratch.glob.Assign(r.string(), FoldCase);
  return scratch.glob.Matches(l.string());
}

// ---- numbers, ports, booleans ----

using TwoNumbers = bool (*)(int64_t left, int64_t right);

bool NumberEqual(int64_t l, int64_t r) { return l == r; }
bool NumberNotEqual(int64_t l, int64_t r) { return l != r; }
bool NumberLess(int64_t l, int64_t r) { return l < r; }
bool NumberLessEqual(int64_t l, int64_t r) { return l <= r; }
bool NumberGreater(int64_t l, int64_t r) { return l > r; }
bool NumberGreaterEqual(int64_t l, int64_t r) { return l >= r; }

bool IsNumber(const Value& v) { return v.kind() == Value::Kind::kNumber || v.kind() == Value::Kind::kBool; }

template <TwoNumbers Test>
bool Numbers(const Value& l, const Value& r, PairScratch&) {
  return IsNumber(l) && IsNumber(r) && Test(l.number(), r.number());
}

// ---- addresses ----

template <bool Equal>
bool Addresses(const Value& l, const Value& r, PairScratch&) {
  if (l.kind() != Value::Kind::kAddress || r.kind() != Value::Kind::kAddress) return false;
  return (Unmapped(l.address()) == Unmapped(r.address())) == Equal;
}

// ---- the table: operator × group of types ----

struct OperatorRow {
  Operator op;
  PairTest text, number, address;
};
constexpr std::array<OperatorRow, 19> kOperators{{
    {Operator::kExists, Never, Never, Never},
    {Operator::kEqual, Texts<TextEqual>, Numbers<NumberEqual>, Addresses<true>},
    {Operator::kNotEqual, Texts<TextNotEqual>, Numbers<NumberNotEqual>, Addresses<false>},
    {Operator::kLess, Texts<TextLess>, Numbers<NumberLess>, Never},
    {Operator::kLessEqual, Texts<TextLessEqual>, Numbers<NumberLessEqual>, Never},
    {Operator::kGreater, Texts<TextGreater>, Numbers<NumberGreater>, Never},
    {Operator::kGreaterEqual, Texts<TextGreaterEqual>, Numbers<NumberGreaterEqual>, Never},
    {Operator::kContains, Texts<Contains>, Never, Never},
    {Operator::kIContains, Texts<IContains>, Never, Never},
    {Operator::kBContains, Texts<Contains>, Never, Never},
    {Operator::kStartsWith, Texts<StartsWith>, Never, Never},
    {Operator::kBStartsWith, Texts<StartsWith>, Never, Never},
    {Operator::kEndsWith, Texts<EndsWith>, Never, Never},
    {Operator::kGlob, GlobText<false>, Never, Never},
    {Operator::kIGlob, GlobText<true>, Never, Never},
    {Operator::kRegex, Never, Never, Never},
    {Operator::kIn, Texts<TextEqual>, Numbers<NumberEqual>, Addresses<true>},
    {Operator::kIntersects, Texts<TextEqual>, Numbers<NumberEqual>, Addresses<true>},
    {Operator::kPmatch, Never, Never, Never},
}};

constexpr bool RowsInOrder() {
  for (size_t i = 0; i < kOperators.size(); ++i) {
    if (static_cast<size_t>(kOperators[i].op) != i) return false;
  }
  return true;
}
static_assert(RowsInOrder() && static_cast<size_t>(Operator::kPmatch) + 1 == kOperators.size());

}  // namespace

PairTest CompilePairTest(const Predicate& p) {
  const OperatorRow& row = kOperators[static_cast<size_t>(p.op)];
  switch (TypeOf(p.field)) {
    case FieldType::kBool:
    case FieldType::kNumber:
    case FieldType::kPort:
      return row.number;
    case FieldType::kAddress:
      return row.address;
    case FieldType::kNet:
      return Never;
    default:
      return row.text;
  }
}

}  // namespace vedette
