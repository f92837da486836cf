// SPDX-License-Identifier: Apache-2.0
#include "engine/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

// "(> true and (> true fd.name = /a is /a) …)"
std::string Text(const Explanation& e) {
  std::string out = std::string(e.decisive ? ">" : "") + (e.holds ? "true" : "false");
  if (e.kind == Node::Kind::kPredicate) return "(" + out + " " + e.text + " | " + (e.is_null ? "NULL" : e.value) + ")";
  constexpr std::string_view kNames[] = {"and", "or", "not"};
  out += " " + std::string(kNames[static_cast<size_t>(e.kind)]);
  for (const Explanation& child : e.children) out += " " + Text(child);
  return "(" + out + ")";
}

std::string ExplainText(std::string_view condition, std::string_view event) {
  auto rules = RulesFrom(RuleText(condition));
  const SyntheticEvent synthetic = EventFrom(event);
  return Text(Explain(*rules, rules->rules.at(0).root, synthetic.event()));
}

TEST(Explain, ShowsTheValueThatEachPredicateSaw) {
  EXPECT_EQ(ExplainText("evt.type = openat and fd.name in (/a, /b)", "evt.type=openat fd.name=/b"),
            "(>true and (>true evt.type = openat | openat) (>true fd.name in (/a, /b) | /b))");
  EXPECT_EQ(
      ExplainText("evt.type = openat and fd.name = /a and proc.name exists", "evt.type=openat fd.name=/b"),
      "(>false and (true evt.type = openat | openat) (>false fd.name = /a | /b) (>false proc.name exists | NULL))");
}

TEST(Explain, SaysWhatDecided) {
  EXPECT_EQ(
      ExplainText("evt.type = openat and (fd.name = /a or proc.name = x)", "evt.type=openat fd.name=/a proc.name=y"),
      "(>true and (>true evt.type = openat | openat) (>true or (>true fd.name = /a | /a) (false proc.name = x | y)))");
  EXPECT_EQ(ExplainText("evt.type = openat and not fd.name = /a", "evt.type=openat fd.name=/a"),
            "(>false and (true evt.type = openat | openat) (>false not (>true fd.name = /a | /a)))");
}

TEST(Explain, OfNullNoOperatorHoldsSoItsNegationDoes) {
  EXPECT_EQ(ExplainText("evt.type = openat and fd.name != /a", "evt.type=openat"),
            "(>false and (true evt.type = openat | openat) (>false fd.name != /a | NULL))");
  EXPECT_EQ(ExplainText("evt.type = openat and not fd.name = /a", "evt.type=openat"),
            "(>true and (>true evt.type = openat | openat) (>true not (>false fd.name = /a | NULL)))");
}

TEST(Explain, ShowsAllValuesOfAFieldWithSeveral) {
  EXPECT_EQ(ExplainText("proc.aname in (sshd, sudo)", "evt.type=openat proc.aname=bash proc.aname=sshd"),
            "(>true proc.aname in (sshd, sudo) | bash sshd)");
}

// Random conditions on random events: the explanation and the engine never differ.
TEST(Explain, AgreesWithTheEngine) {
  std::mt19937 random(7);
  auto pick = [&](auto const&... options) {
    const std::string all[] = {options...};
    return all[random() % sizeof...(options)];
  };
  auto check = [&] {
    return pick("evt.type = openat", "evt.type in (openat, connect)", "fd.name = /a", "fd.name startswith /b",
                "fd.num > 3", "fd.num exists", "proc.aname = sshd", "fd.ip != 10.0.0.1", "fd.port != 80",
                "not proc.name contains s", "tolower(proc.name) = sh");
  };
  int held = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string condition = check();
    for (unsigned n = random() % 4; n > 0; --n) {
      condition = "(" + condition + pick(" and ", " or ") + pick("", "not ") + "(" + check() + "))";
    }
    std::string event = "evt.type=" + pick("openat", "connect", "execve");
    event += pick("", " fd.name=/a", " fd.name=/bc") + pick("", " fd.num=3", " fd.num=4") + pick("", " proc.name=SH");
    event += pick("", " proc.aname=sshd", " proc.aname=x proc.aname=sshd");
    event += pick("", " fd.ip=10.0.0.1 fd.ip=10.0.0.2", " fd.ip=10.0.0.3") + pick("", " fd.port=80 fd.port=81");
    auto rules = RulesFrom(RuleText(condition));
    const SyntheticEvent synthetic = EventFrom(event);
    const bool holds = Explain(*rules, rules->rules.at(0).root, synthetic.event()).holds;
    ASSERT_EQ(!Detector(rules).On(synthetic.event()).empty(), holds) << condition << " on " << event;
    held += holds ? 1 : 0;
  }
  EXPECT_GT(held, 300);
}

}  // namespace
}  // namespace vedette
