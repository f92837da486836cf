// SPDX-License-Identifier: Apache-2.0
//
// The evaluator specialises, reorders, shares, remembers and indexes. A plain walk over the conditions as they were
// loaded does nothing of that: both have to agree, on random rule sets and events.
#include <gtest/gtest.h>

#include <random>

#include "engine/evaluator.h"
#include "engine/matcher.h"
#include "engine/transform.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

class Walk {
 public:
  Walk(const RuleSet& rules, const Event& event) : rules_(rules), event_(event) {}

  bool Holds(uint32_t n) const {
    const Node& node = rules_.nodes[n];
    switch (node.kind) {
      case Node::Kind::kPredicate:
        return Test(rules_.predicates[node.predicate]);
      case Node::Kind::kNot:
        return !Holds(node.children[0]);
      case Node::Kind::kAnd:
        return std::all_of(node.children.begin(), node.children.end(), [&](uint32_t c) { return Holds(c); });
      case Node::Kind::kOr:
        return std::any_of(node.children.begin(), node.children.end(), [&](uint32_t c) { return Holds(c); });
    }
    return false;
  }

 private:
  bool Test(const Predicate& p) const {
    const auto raw = std::make_unique_for_overwrite<Values>(), values = std::make_unique_for_overwrite<Values>();
    Extract(*p.field.field, p.field.arg, event_, *raw);
    ApplyTransformers(p.field.transformers, *raw, *values);
    const auto matcher = CompileMatcher(p);
    return std::any_of(values->begin(), values->end(), [&](const Value& v) { return matcher->Matches(v); });
  }

  const RuleSet& rules_;
  const Event& event_;
};

class Random {
 public:
  explicit Random(uint32_t seed) : random_(seed) {}

  std::string Pick(std::initializer_list<const char*> items) { return *(items.begin() + random_() % items.size()); }

  std::string Predicate() {
    switch (random_() % 8) {
      case 0:
        return "evt.type " + Pick({"= openat", "in (openat, open)", "= connect", "!= openat"});
      case 1:
        return "fd.name " + Pick({"= ", "startswith ", "endswith ", "contains ", "!= ", "glob "}) + Path();
      case 2:
        return "fd.name in (" + Path() + ", " + Path() + ")";
      case 3:
        return "proc.name " + Pick({"= ", "!= "}) + Pick({"cat", "dog", "cow"});
      case 4:
        return "tolower(proc.name) = cat";
      case 5:
        return "proc.aname " + Pick({"= ", "!= "}) + Pick({"cat", "dog", "cow"});
      case 6:
        return "user.uid " + Pick({"= 0", "> 5", "!= 0", "in (0, 7)"});
      default:
        return "fd.name exists";
    }
  }

  std::string Condition(int depth) {
    if (depth == 0 || random_() % 4 == 0) return Predicate();
    const std::string a = Condition(depth - 1), b = Condition(depth - 1);
    switch (random_() % 5) {
      case 0:
        return "not (" + a + ")";
      case 1:
      case 2:
        return "(" + a + " or " + b + ")";
      default:
        return "(" + a + " and " + b + ")";
    }
  }

  std::string EventText() {
    std::string out = "evt.type=" + Pick({"openat", "open", "connect"});
    if (random_() % 5 != 0) out += " fd.name=" + Path();
    if (random_() % 5 != 0) out += " proc.name=" + Pick({"cat", "CAT", "dog"});
    for (size_t n = random_() % 3; n > 0; --n) out += " proc.aname=" + Pick({"cat", "dog", "cow"});
    if (random_() % 5 != 0) out += " user.uid=" + Pick({"0", "7"});
    return out;
  }

 private:
  std::string Path() { return Pick({"/a", "/a/b", "/a/b/c", "/b", "/b/c", "/c"}); }
  std::mt19937 random_;
};

TEST(EvaluatorProperty, AgreesWithAPlainWalkOfTheConditions) {
  Random random(11);
  int matched = 0;
  for (int round = 0; round < 30; ++round) {
    std::string yaml;
    const int count = round % 2 == 0 ? 8 : 80;  // without and with an index
    for (int i = 0; i < count; ++i) {
      yaml += RuleText("evt.type in (openat, open, connect) and " + random.Condition(4), "", "r" + std::to_string(i));
    }
    const auto rules = RulesFrom(yaml);
    ASSERT_EQ(rules->rules.size(), static_cast<size_t>(count));
    Detector detector(rules);
    for (int i = 0; i < 50; ++i) {
      const std::string text = random.EventText();
      const SyntheticEvent event = EventFrom(text);
      const Event view = event.event();
      std::vector<std::string> expected, found;
      for (const Rule& r : rules->rules) {
        if (Walk(*rules, view).Holds(r.root)) expected.push_back(r.name);
      }
      for (const Alert& a : detector.On(view)) found.push_back(a.rule);
      ASSERT_EQ(found, expected) << text;
      matched += static_cast<int>(found.size());
    }
  }
  EXPECT_GT(matched, 1000);
}

}  // namespace
}  // namespace vedette
