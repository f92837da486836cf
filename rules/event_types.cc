// SPDX-License-Identifier: Apache-2.0
#include "rules/event_types.h"

#include <utility>

namespace vedette {
namespace {

bool IsField(const Predicate& predicate, std::string_view name) {
  return predicate.field.field->name == name && predicate.field.transformers.empty() && !predicate.right;
}

}  // namespace

EventTypeAnalysis::EventTypeAnalysis(const RuleSet* set) : set_(*set) {
  for (EventTypeId id = 0; id < kMaxEventTypes; ++id) {
    if (!EventTypeName(id).empty()) all_.set(id);
  }
}

EventTypeAnalysis::Types EventTypeAnalysis::Share(EventTypes types) const {
  if (types == all_) return nullptr;
  return std::make_shared<const EventTypes>(types);
}

EventTypes EventTypeAnalysis::TypesOf(uint32_t root) {
  Types types = Analyse(root, false);
  return types == nullptr ? all_ : *types;
}

EventTypeAnalysis::Types EventTypeAnalysis::Analyse(uint32_t index, bool negated) {
  uint64_t key = uint64_t{index} * 2 + (negated ? 1 : 0);
  auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  const Node& node = set_.nodes[index];
  Types types;
  switch (node.kind) {
    case Node::Kind::kPredicate:
      types = AnalysePredicate(set_.predicates[node.predicate], negated);
      break;
    case Node::Kind::kNot:
      types = Analyse(node.children[0], !negated);
      break;
    case Node::Kind::kAnd:
    case Node::Kind::kOr:
      types = AnalyseChildren(node, negated);
      break;
  }
  known_.emplace(key, types);
  return types;
}

EventTypeAnalysis::Types EventTypeAnalysis::AnalyseChildren(const Node& node, bool negated) {
  bool intersect = (node.kind == Node::Kind::kAnd) != negated;
  EventTypes out = intersect ? all_ : EventTypes();
  for (uint32_t child : node.children) {
    Types types = Analyse(child, negated);
    if (types == nullptr) {
      if (!intersect) return nullptr;
    } else if (intersect) {
      out &= *types;
    } else {
      out |= *types;
    }
  }
  return Share(out);
}

EventTypeAnalysis::Types EventTypeAnalysis::AnalysePredicate(const Predicate& predicate, bool negated) const {
  bool equal =
      predicate.op == Operator::kEqual || predicate.op == Operator::kIn || predicate.op == Operator::kIntersects;
  if (IsField(predicate, "evt.num")) {
    bool never = predicate.op == Operator::kEqual && predicate.values[0].number == 0;
    return never && !negated ? Share(EventTypes()) : nullptr;
  }
  if (!IsField(predicate, "evt.type") || !(equal || predicate.op == Operator::kNotEqual)) return nullptr;
  EventTypes named;
  for (const Literal& value : predicate.values) {
    if (auto id = FindEventType(value.text)) named.set(*id);
  }
  // evt.type is never NULL, so the complement is exact.
  bool complement = negated != (predicate.op == Operator::kNotEqual);
  return Share(complement ? all_ & ~named : named);
}

EventKinds EventTypeAnalysis::KindsOf(const EventTypes& types) {
  EventKinds out;
  for (size_t id = 0; id < types.size(); ++id) {
    if (types.test(id)) out |= KindsOfType(static_cast<EventTypeId>(id));
  }
  return out;
}

EventTypes EventTypeAnalysis::Supported(const EventTypes& types) {
  EventTypes out;
  for (size_t id = 0; id < types.size(); ++id) {
    if (types.test(id) && KindsOfType(static_cast<EventTypeId>(id)).any()) out.set(id);
  }
  return out;
}

}  // namespace vedette
