// SPDX-License-Identifier: Apache-2.0
#include "rules/operator.h"

#include <array>

namespace vedette {
namespace {

constexpr uint32_t Bit(FieldType type) { return 1u << static_cast<int>(type); }
template <typename... Types>
constexpr uint32_t Bits(Types... types) {
  return (Bit(types) | ...);
}

constexpr uint32_t kAny = ~0u;
constexpr uint32_t kText = Bits(FieldType::kString, FieldType::kPath);
constexpr uint32_t kTextOrBytes = kText | Bit(FieldType::kBuffer);
constexpr uint32_t kOrdered = kText | Bits(FieldType::kNumber, FieldType::kPort);
constexpr uint32_t kBytes = Bit(FieldType::kBuffer);

// In the order of the enumeration.
constexpr std::array kOperators = {
    OperatorInfo{Operator::kExists, "exists", Operand::kNone, false, false, kAny},
    OperatorInfo{Operator::kEqual, "=", Operand::kText, false, true, kAny},
    OperatorInfo{Operator::kNotEqual, "!=", Operand::kText, false, true, kAny},
    OperatorInfo{Operator::kLess, "<", Operand::kNumber, false, false, kOrdered},
    OperatorInfo{Operator::kLessEqual, "<=", Operand::kNumber, false, false, kOrdered},
    OperatorInfo{Operator::kGreater, ">", Operand::kNumber, false, false, kOrdered},
    OperatorInfo{Operator::kGreaterEqual, ">=", Operand::kNumber, false, false, kOrdered},
    OperatorInfo{Operator::kContains, "contains", Operand::kText, true, true, kTextOrBytes},
    OperatorInfo{Operator::kIContains, "icontains", Operand::kText, true, true, kText},
    OperatorInfo{Operator::kBContains, "bcontains", Operand::kText, true, true, kBytes},
    OperatorInfo{Operator::kStartsWith, "startswith", Operand::kText, true, true, kTextOrBytes},
    OperatorInfo{Operator::kBStartsWith, "bstartswith", Operand::kText, true, true, kBytes},
    OperatorInfo{Operator::kEndsWith, "endswith", Operand::kText, true, true, kTextOrBytes},
    OperatorInfo{Operator::kGlob, "glob", Operand::kText, true, true, kText},
    OperatorInfo{Operator::kIGlob, "iglob", Operand::kText, true, true, kText},
    OperatorInfo{Operator::kRegex, "regex", Operand::kText, true, true, kText},
    OperatorInfo{Operator::kIn, "in", Operand::kList, false, false, kAny},
    OperatorInfo{Operator::kIntersects, "intersects", Operand::kList, false, false, kAny},
    OperatorInfo{Operator::kPmatch, "pmatch", Operand::kList, false, false, kText},
};

constexpr bool InEnumOrder() {
  for (size_t i = 0; i < kOperators.size(); ++i) {
    if (static_cast<size_t>(kOperators[i].op) != i) return false;
  }
  return true;
}
static_assert(InEnumOrder(), "a row per operator, in the enumeration's order");

// Falco tries "exists", then the numeric operators, then the string ones, then those for lists.
constexpr std::array kSpellings = {
    OperatorSpelling{"exists", Operator::kExists},
    OperatorSpelling{"<=", Operator::kLessEqual},
    OperatorSpelling{"<", Operator::kLess},
    OperatorSpelling{">=", Operator::kGreaterEqual},
    OperatorSpelling{">", Operator::kGreater},
    OperatorSpelling{"==", Operator::kEqual},
    OperatorSpelling{"=", Operator::kEqual},
    OperatorSpelling{"!=", Operator::kNotEqual},
    OperatorSpelling{"glob", Operator::kGlob},
    OperatorSpelling{"iglob", Operator::kIGlob},
    OperatorSpelling{"contains", Operator::kContains},
    OperatorSpelling{"icontains", Operator::kIContains},
    OperatorSpelling{"bcontains", Operator::kBContains},
    OperatorSpelling{"startswith", Operator::kStartsWith},
    OperatorSpelling{"bstartswith", Operator::kBStartsWith},
    OperatorSpelling{"endswith", Operator::kEndsWith},
    OperatorSpelling{"regex", Operator::kRegex},
    OperatorSpelling{"intersects", Operator::kIntersects},
    OperatorSpelling{"in", Operator::kIn},
    OperatorSpelling{"pmatch", Operator::kPmatch},
};

// In the order of FieldType.
constexpr std::array<std::string_view, 8> kTypeNames = {"boolean", "number", "port",       "string",
                                                        "path",    "buffer", "IP address", "network"};

}  // namespace

const OperatorInfo& Info(Operator op) { return kOperators[static_cast<size_t>(op)]; }

bool Supports(Operator op, FieldType type) { return (Info(op).types & Bit(type)) != 0; }

std::string_view OperatorName(Operator op) { return Info(op).name; }

std::string_view TypeName(FieldType type) { return kTypeNames[static_cast<size_t>(type)]; }

std::string OperatorsFor(FieldType type) {
  std::string out;
  for (const OperatorInfo& row : kOperators) {
    if ((row.types & Bit(type)) == 0) continue;
    if (!out.empty()) out += ", ";
    out += row.name;
  }
  return out;
}

std::optional<Operator> FindOperator(std::string_view name) {
  for (const OperatorSpelling& spelling : kSpellings) {
    if (spelling.text == name) return spelling.op;
  }
  return std::nullopt;
}

std::string_view ModifierName(Modifier modifier) {
  constexpr std::array<std::string_view, 4> kNames = {"", "anyof", "allof", "oneof"};
  return kNames[static_cast<size_t>(modifier)];
}

std::span<const OperatorSpelling> OperatorSpellings() { return kSpellings; }

std::string AllOperatorNames() {
  std::string out;
  for (const OperatorInfo& row : kOperators) {
    if (!out.empty()) out += ", ";
    out += row.name;
  }
  return out;
}

}  // namespace vedette
