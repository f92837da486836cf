// SPDX-License-Identifier: Apache-2.0
#include "engine/cascade.h"

#include <algorithm>
#include <map>

namespace vedette {
namespace {

struct Pending {
  uint32_t rule;
  std::vector<uint32_t> conjuncts;  // sorted; those asked on the way here are gone
};

class Builder {
 public:
  Builder(OperationGraph& graph, Cascade& out) : graph_(graph), out_(out) {}

  // Common questions first, the most common of them before the others, then each rule by itself.
  void Build(std::vector<Pending> rules, int depth) {
    // With very many rules, a question that few of them ask is not worth counting all again.
    const size_t least = std::max<size_t>(2, rules.size() / 64);
    while (depth < kMaxDepth) {
      std::vector<Pending> group = TakeLargest(rules, least);
      if (group.empty()) break;
      const size_t first = out_.size();
      for (uint32_t question : TakeCommon(group)) AddQuestion(question);
      const size_t last = out_.size();
      Build(std::move(group), depth + 1);
      LeadOn(first, last);
    }
    for (const Pending& p : rules) AddRule(p);
  }

 private:
  void AddRule(const Pending& p) {
    std::vector<uint32_t> questions = graph_.OperandsOfConjunction(graph_.Junction(Node::Kind::kAnd, p.conjuncts));
    std::stable_sort(questions.begin(), questions.end(),
                     [&](uint32_t a, uint32_t b) { return graph_.cost(a) < graph_.cost(b); });
    const size_t first = out_.size();
    for (uint32_t question : questions) {
      if (question != OperationGraph::kTrue) AddQuestion(question);
    }
    const uint32_t next = Size() + 1;
    out_.push_back({.index = p.rule, .ask = CascadeStep::Ask::kFound, .then = next, .otherwise = next});
    LeadOn(first, out_.size());
  }

  // A step, or for a choice between simple alternatives one for each. Where to go when it is false is open yet.
  void AddQuestion(uint32_t question) {
    const std::vector<uint32_t> alternatives = graph_.AlternativesOf(question);
    const uint32_t after = Size() + static_cast<uint32_t>(alternatives.size());
    for (uint32_t alternative : alternatives) {
      out_.push_back({.operation = alternative, .then = after, .otherwise = Size() + 1});
    }
    out_.back().otherwise = kOpen;
  }
  void LeadOn(size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) {
      if (out_[i].otherwise == kOpen) out_[i].otherwise = Size();
    }
  }
  uint32_t Size() const { return static_cast<uint32_t>(out_.size()); }

  static constexpr uint32_t kOpen = ~uint32_t{0};
  static constexpr int kMaxDepth = 64;

  // Moves the rules that share the most common conjunct out of `rules`.
  std::vector<Pending> TakeLargest(std::vector<Pending>& rules, size_t least) {
    std::map<uint32_t, size_t> askers;
    for (const Pending& p : rules) {
      for (uint32_t c : p.conjuncts) ++askers[c];
    }
    size_t most = least - 1;
    uint32_t asked = 0;
    for (const auto& [conjunct, count] : askers) {
      if (count < most || count < least) continue;
      if (count == most && graph_.cost(conjunct) >= graph_.cost(asked)) continue;
      most = count;
      asked = conjunct;
    }
    std::vector<Pending> group;
    if (most < least) return group;
    std::vector<Pending> rest;
    for (Pending& p : rules) {
      const bool asks = std::binary_search(p.conjuncts.begin(), p.conjuncts.end(), asked);
      (asks ? group : rest).push_back(std::move(p));
    }
    rules = std::move(rest);
    return group;
  }

  // Takes what all rules of the group ask out of them; the cheapest first.
  std::vector<uint32_t> TakeCommon(std::vector<Pending>& group) {
    std::vector<uint32_t> common = group.front().conjuncts;
    for (const Pending& p : group) {
      std::erase_if(common, [&](uint32_t c) { return !std::binary_search(p.conjuncts.begin(), p.conjuncts.end(), c); });
    }
    for (Pending& p : group) {
      std::erase_if(p.conjuncts, [&](uint32_t c) { return std::binary_search(common.begin(), common.end(), c); });
    }
    std::stable_sort(common.begin(), common.end(),
                     [&](uint32_t a, uint32_t b) { return graph_.cost(a) < graph_.cost(b); });
    return common;
  }

  OperationGraph& graph_;
  Cascade& out_;
};

}  // namespace

Cascade BuildCascade(std::span<const std::pair<uint32_t, uint32_t>> rules, OperationGraph& graph) {
  std::vector<Pending> pending;
  for (const auto& [rule, root] : rules) pending.push_back({rule, graph.ConjunctsOf(root)});
  Cascade out;
  Builder(graph, out).Build(std::move(pending), 0);
  return out;
}

}  // namespace vedette
