// SPDX-License-Identifier: Apache-2.0
#include "engine/policy_bits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ascii.h"

namespace vedette {
namespace {

uint64_t AllOf(const BitNames& bits) {
  uint64_t all = 0;
  for (const Symbol& s : bits.names) all |= s.value;
  return all;
}

std::string TextOf(const BitNames& bits, uint64_t value) {
  std::string out;
  for (const Symbol& s : bits.names) {
    if (s.value == 0 || (value & s.value) != s.value) continue;
    if (!out.empty()) out += bits.separator;
    out += s.name;
  }
  return out.empty() && bits.or_number ? std::to_string(value) : out;
}

bool Contains(std::string_view text, std::string_view part, bool fold_case) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), [&](char a, char b) {
           return fold_case ? AsciiLower(static_cast<unsigned char>(a)) == AsciiLower(static_cast<unsigned char>(b))
                            : a == b;
         }) != text.end();
}

// One of the bits whose names have `part` in them is set.
PolicyFormula AnyNamed(std::string_view part, bool fold_case, bool negated, const BitNames& bits, vd_bits of) {
  if (part.empty()) return PolicyFormula::Constant(!negated);
  if (part.find(bits.separator) != std::string_view::npos) {
    return PolicyFormula::Undecidable(
        fmt::format("there is a '{}' in it; ask for one name and join what you ask by `and`", bits.separator));
  }
  if (bits.or_number && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return PolicyFormula::Undecidable("a part of a number is not compared; use names, or =");
  }
  PolicyTrait trait;
  trait.kind = VD_TRAIT_ANY_BIT;
  trait.of = of;
  for (const Symbol& s : bits.names) {
    if (Contains(s.name, part, fold_case)) trait.mask |= s.value;
  }
  if (trait.mask == 0) return PolicyFormula::Constant(negated);
  return PolicyFormula::Of(std::move(trait), negated);
}

PolicyFormula Exactly(std::string_view text, bool negated, const BitNames& bits, vd_bits of) {
  const std::optional<uint64_t> value = BitsOfText(bits, text);
  if (!value) return PolicyFormula::Constant(negated);
  PolicyTrait trait;
  trait.kind = VD_TRAIT_BITS;
  trait.of = of;
  // Bits without a name are written only where there are no others.
  const uint64_t named = AllOf(bits);
  trait.mask = bits.or_number && (*value & named) == 0 ? ~uint64_t{0} : named;
  trait.value = *value;
  return PolicyFormula::Of(std::move(trait), negated);
}

}  // namespace

std::optional<uint64_t> BitsOfText(const BitNames& bits, std::string_view text) {
  uint64_t value = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      !bits.or_number || error != std::errc() || end != text.data() + text.size()) {
    value = 0;
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find(bits.separator));
      const auto known = std::find_if(bits.names.begin(), bits.names.end(), [&](const Symbol& s) { return s.name == name; });
      if (known == bits.names.end()) return std::nullopt;
      value |= known->value;
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
  }
  if (TextOf(bits, value) != text) return std::nullopt;
  return value;
}

PolicyFormula DecideBits(const Predicate& p, bool negated, EventKind kind, const KernelDecision& decision) {
  const BitNames bits = KernelBits(*p.field.field, p.field.arg, kind);
  if (p.op == Operator::kExists) return PolicyFormula::Constant(!negated);
  const bool contains = p.op == Operator::kContains || p.op == Operator::kIContains;
  const bool is = p.op == Operator::kEqual || p.op == Operator::kIn || p.op == Operator::kIntersects;
  const bool is_not = p.op == Operator::kNotEqual;
  if (!contains && !is && !is_not) {
    return PolicyFormula::Undecidable(
        fmt::format("`{}` is not evaluated there; use contains, = or in", OperatorName(p.op)));
  }
  const bool none = negated != is_not;
  std::vector<PolicyFormula> out;
  for (const Literal& l : p.values) {
    out.push_back(contains ? AnyNamed(l.text, p.op == Operator::kIContains, none, bits, decision.bits)
                           : Exactly(l.text, none, bits, decision.bits));
    if (out.back().kind == PolicyFormula::Kind::kUndecidable) return std::move(out.back());
  }
  return none ? Conjunction(std::move(out)) : Disjunction(std::move(out));
}

}  // namespace vedette
