// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_index.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "rules/field_resolver.h"

namespace vedette {
namespace {

using Access = ValueIndex::Access;

// What a rule demands of one field: it holds one of the texts.
struct Demand {
  uint32_t slot = 0;
  std::vector<std::pair<Access, std::string>> texts;
};

class Indexer {
 public:
  Indexer(const Program& program, Program::TypeRules& type) : program_(program), type_(type) {}

  void Run() {
    const auto count = static_cast<uint32_t>(type_.rules.size());
    std::map<uint32_t, std::vector<ValueIndex::Item>> items;  // by slot
    std::map<uint32_t, std::vector<uint32_t>> members;
    if (count >= kMinIndexedRules) {
      FindDemands();
      for (uint32_t rule = 0; rule < count; ++rule) {
        const Demand* best = MostSelective(demands_[rule]);
        if (best == nullptr) continue;
        members[best->slot].push_back(rule);
        for (const auto& [access, text] : best->texts) items[best->slot].push_back({access, text, rule});
      }
    }
    std::vector<bool> indexed(count);
    for (auto& [slot, rules] : members) {
      if (rules.size() < kMinIndexedRules) continue;
      for (uint32_t rule : rules) indexed[rule] = true;
      type_.indexes.push_back({slot, ValueIndex(std::move(items[slot]))});
    }
    for (uint32_t rule = 0; rule < count; ++rule) {
      if (!indexed[rule]) type_.always.push_back(rule);
    }
  }

 private:
  void FindDemands() {
    demands_.resize(type_.rules.size());
    for (size_t rule = 0; rule < demands_.size(); ++rule) {
      if (type_.rules[rule].root != Program::kTrue) Collect(type_.rules[rule].root, demands_[rule]);
      for (const Demand& d : demands_[rule]) {
        for (const auto& [access, text] : d.texts) ++popularity_[{d.slot, access, text}];
      }
    }
  }

  // Every operand of a conjunction has to hold, so each is a demand.
  void Collect(uint32_t id, std::vector<Demand>& out) const {
    const Operation& o = program_.graph().operations()[id];
    if (o.kind == Node::Kind::kAnd) {
      for (uint32_t operand : program_.graph().OperandsOf(o)) Collect(operand, out);
    } else if (std::optional<Demand> demand = DemandOf(o)) {
      out.push_back(*std::move(demand));
    }
  }

  std::optional<Demand> DemandOf(const Operation& o) const {
    if (o.kind == Node::Kind::kPredicate) return DemandOfTest(o.test);
    if (o.kind != Node::Kind::kOr) return std::nullopt;
    std::optional<Demand> all;
    for (uint32_t operand : program_.graph().OperandsOf(o)) {
      const Operation& alternative = program_.graph().operations()[operand];
      if (alternative.kind != Node::Kind::kPredicate) return std::nullopt;
      std::optional<Demand> one = DemandOfTest(alternative.test);
      if (!one || (all && all->slot != one->slot)) return std::nullopt;
      if (all) one->texts.insert(one->texts.end(), all->texts.begin(), all->texts.end());
      all = std::move(one);
    }
    return all;
  }

  std::optional<Demand> DemandOfTest(uint32_t test) const {
    const Predicate& p = program_.rules().predicates[test];
    const FieldType type = TypeOf(p.field);
    const bool is_text = type == FieldType::kString || type == FieldType::kPath || type == FieldType::kBuffer;
    const std::optional<Access> access = AccessOf(p.op);
    if (!is_text || !access || p.values.empty()) return std::nullopt;
    Demand demand{program_.tests()[test].slot, {}};
    for (const Literal& l : p.values) demand.texts.emplace_back(*access, l.text);
    return demand;
  }

  static std::optional<Access> AccessOf(Operator op) {
    switch (op) {
      case Operator::kEqual:
      case Operator::kIn:
      case Operator::kIntersects:
        return Access::kExact;
      case Operator::kStartsWith:
        return Access::kPrefix;
      case Operator::kEndsWith:
        return Access::kSuffix;
      default:
        return std::nullopt;
    }
  }

  // The demand whose most common text the fewest rules share; none if even that is as common as a macro.
  const Demand* MostSelective(const std::vector<Demand>& demands) const {
    const Demand* best = nullptr;
    size_t best_score = type_.rules.size() / 4;
    for (const Demand& d : demands) {
      size_t score = 0;
      for (const auto& [access, text] : d.texts) score = std::max(score, popularity_.at({d.slot, access, text}));
      if (score > best_score || (score == best_score && best != nullptr)) continue;
      best = &d;
      best_score = score;
    }
    return best;
  }

  const Program& program_;
  Program::TypeRules& type_;
  std::vector<std::vector<Demand>> demands_;                                // per rule
  std::map<std::tuple<uint32_t, Access, std::string>, size_t> popularity_;  // rules that demand the text
};

}  // namespace

void IndexRules(const Program& program, Program::TypeRules& type) { Indexer(program, type).Run(); }

}  // namespace vedette
