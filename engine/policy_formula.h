// SPDX-License-Identifier: Apache-2.0
//
// PolicyFormula: what a hook can know of a rule's condition, and the first step of the kernel policy compiler. A
// predicate becomes a term: tests on the value of one kernel table (bpf/abi/policy.h). `not` is pushed down into the
// tests, predicates that cannot be true or false otherwise for the event kind are folded, alternatives over one
// table are one term, and what no hook can decide stays as a leaf that says why. Plain data; any thread.
#ifndef VEDETTE_ENGINE_POLICY_FORMULA_H_
#define VEDETTE_ENGINE_POLICY_FORMULA_H_

#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bpf/abi/policy.h"
#include "rules/rule_set.h"

namespace vedette {

// A test on the value of a table. It hits when a key covers the value; NULL never hits.
struct TableTest {
  struct Key {  // as in the trie: an exact string ends with NUL, an address has 16 bytes
    std::string bytes;
    uint32_t bits = 0;  // of bytes; those beyond are zero
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::vector<Key> keys;
  std::vector<uint64_t> scalars;  // of VD_TABLE_CONTAINER_CLASS: numbers of predicates
  bool always = false;            // hits every value (`exists`, startswith "")
  bool inverted = false;          // holds where it does not hit
  bool on_null = false;           // holds when there is no value: only a negated predicate does

  bool Holds(bool hit) const { return hit != inverted; }
  friend bool operator==(const TableTest&, const TableTest&) = default;
};

struct PolicyTrait;

struct TableTerm {
  vd_table table = VD_TABLE_COUNT;
  std::vector<TableTest> any;                          // holds if one of them holds
  std::shared_ptr<const PolicyTrait> trait = nullptr;  // of VD_TABLE_TRAITS: which one; its values are 0 and 1
  friend bool operator==(const TableTerm& a, const TableTerm& b);
};

// A predicate that is asked about by itself (vd_trait). Numbers are given to those of a whole rule set.
struct PolicyTrait {
  vd_trait_kind kind = VD_TRAIT_NONE;
  std::vector<TableTerm> ancestor;  // VD_TRAIT_ANCESTOR: all hold for one of them, by VD_TABLE_EXE and VD_TABLE_COMM
  uint32_t of = 0;
  uint64_t mask = 0, value = 0;
  std::string pattern;  // VD_TRAIT_GLOB: two bytes for each element, see vd_glob
  std::vector<std::bitset<256>> sets = {};  // of which VD_GLOB_SET says the number
  friend bool operator==(const PolicyTrait&, const PolicyTrait&) = default;
};

struct PolicyFormula {
  enum class Kind : uint8_t { kFalse, kTrue, kTerm, kUndecidable, kAnd, kOr };
  Kind kind = Kind::kFalse;
  TableTerm term;                       // kTerm
  uint32_t predicate = 0;               // kUndecidable: index into RuleSet::predicates
  std::string why;                      // kUndecidable: one clause
  std::vector<PolicyFormula> operands;  // kAnd, kOr: two or more, none of the same kind

  static PolicyFormula Constant(bool value) { return {value ? Kind::kTrue : Kind::kFalse, {}, 0, {}, {}}; }
  static PolicyFormula Of(TableTerm t) { return {Kind::kTerm, std::move(t), 0, {}, {}}; }
  static PolicyFormula Of(PolicyTrait trait, bool negated);
  static PolicyFormula Undecidable(std::string why) { return {Kind::kUndecidable, {}, 0, std::move(why), {}}; }
};

// Larger conditions are refused (as undecidable): macros can make them exponentially long.
inline constexpr size_t kMaxFormulaNodes = 100'000;

// `types`: of the kind only these matter, as the condition is false for others. By what calls without a hook are
// compared depends on the call.
PolicyFormula FormulaOf(const RuleSet& rules, uint32_t node, EventKind kind, const EventTypes& types);

// The operands joined, constants folded, terms over one table merged.
PolicyFormula Conjunction(std::vector<PolicyFormula> operands);
PolicyFormula Disjunction(std::vector<PolicyFormula> operands);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_POLICY_FORMULA_H_
