// SPDX-License-Identifier: Apache-2.0
#include "engine/explain.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/matcher.h"
#include "engine/output_format.h"

namespace vedette {
namespace {

constexpr size_t kMaxShownValues = 12;

// As the language says it: both ends of a connection have to differ for !=; of other fields one value has to match.
bool NeedsAll(const Predicate& p) {
  const FieldType type = p.field.field->type;
  return p.op == Operator::kNotEqual &&
         (type == FieldType::kAddress || type == FieldType::kNet || type == FieldType::kPort);
}

class Explainer {
 public:
  Explainer(const RuleSet& rules, const Event& event) : rules_(rules), event_(event) {}

  Explanation Of(uint32_t n) {
    const Node& node = rules_.nodes[n];
    if (node.kind == Node::Kind::kPredicate) return OfPredicate(rules_.predicates[node.predicate]);
    Explanation out;
    out.kind = node.kind;
    for (uint32_t child : node.children) Adopt(Of(child), out);
    auto holds = [](const Explanation& e) { return e.holds; };
    if (node.kind == Node::Kind::kAnd) out.holds = std::all_of(out.children.begin(), out.children.end(), holds);
    if (node.kind == Node::Kind::kOr) out.holds = std::any_of(out.children.begin(), out.children.end(), holds);
    if (node.kind == Node::Kind::kNot) out.holds = !out.children.front().holds;
    return out;
  }

 private:
  static void Adopt(Explanation child, Explanation& parent) {
    if (child.kind != parent.kind || child.kind == Node::Kind::kNot) return parent.children.push_back(std::move(child));
    for (Explanation& grandchild : child.children) parent.children.push_back(std::move(grandchild));
  }

  Explanation OfPredicate(const Predicate& p) {
    Explanation out;
    out.text = TextOf(p);
    const Values& values = format_.Extracted(p.field, event_);
    out.is_null = values.empty();
    if (!out.is_null) out.value = TextOf(p.field, values);
    const std::unique_ptr<const Matcher> matcher = CompileMatcher(p);
    auto matches = [&](const Value& v) { return matcher->Matches(v); };
    out.holds = !out.is_null && (NeedsAll(p) ? std::all_of(values.begin(), values.end(), matches)
                                             : std::any_of(values.begin(), values.end(), matches));
    return out;
  }

  const RuleSet& rules_;
  const Event& event_;
  OutputFormat format_;
};

// What agrees with a decisive parent decides with it: all of an `and` that holds, those of it that fail if it fails.
void MarkDecisive(Explanation& e) {
  e.decisive = true;
  for (Explanation& child : e.children) {
    if (e.kind == Node::Kind::kNot || child.holds == e.holds) MarkDecisive(child);
  }
}

}  // namespace

Explanation Explain(const RuleSet& rules, uint32_t root, const Event& event) {
  Explanation out = Explainer(rules, event).Of(root);
  MarkDecisive(out);
  return out;
}

std::string TextOf(const Predicate& p) {
  std::string out = p.field.spelling + " " + std::string(OperatorName(p.op));
  if (p.op == Operator::kExists) return out;
  const bool list = p.op == Operator::kIn || p.op == Operator::kIntersects || p.op == Operator::kPmatch;
  out += list ? " (" : " ";
  for (size_t i = 0; i < p.values.size(); ++i) {
    if (i == kMaxShownValues) {
      out += ", … " + std::to_string(p.values.size() - i) + " more";
      break;
    }
    out += (i == 0 ? "" : ", ") + (p.values[i].text.empty() ? "\"\"" : p.values[i].text);
  }
  return out + (list ? ")" : "");
}

}  // namespace vedette
