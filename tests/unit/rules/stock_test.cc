// SPDX-License-Identifier: Apache-2.0
//
// The rules that ship.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

LoadResult LoadStock(std::string_view file) {
  std::vector<std::string> paths = {std::string(VEDETTE_STOCK_RULES) + std::string(file)};
  return LoadRuleFiles(paths);
}

TEST(StockRules, FalcosLoadUnmodifiedAndWithoutAWarning) {
  LoadResult result = LoadStock("/falco_rules.yaml");
  for (const Diagnostic& d : result.diagnostics) ADD_FAILURE() << d.ToString();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.rules->rules.size(), 25u);
}

TEST(StockRules, MeanWhatTheySay) {
  LoadResult result = LoadStock("/falco_rules.yaml");
  ASSERT_TRUE(result.ok());
  for (const Rule& rule : result.rules->rules) {
    EXPECT_TRUE(rule.kinds.any()) << rule.name;
    EXPECT_TRUE(rule.enabled) << rule.name;
    EXPECT_FALSE(rule.tags.empty()) << rule.name;
  }
  const Rule& symlinks = result.rules->rules[11];
  EXPECT_EQ(symlinks.name, "Create Symlink Over Sensitive Files");
  EXPECT_EQ(Compiled(*result.rules, symlinks.root),
            "(evt.type in (symlink, symlinkat) and (evt.arg.target in (/etc/shadow, /etc/sudoers, /etc/pam.conf, "
            "/etc/security/pwquality.conf) or evt.arg.target in (/, /etc, /etc/, /root, /root/)))");
}

TEST(StockRules, BothFilesLoadTogether) {
  LoadResult result = LoadStock("");
  for (const Diagnostic& d : result.diagnostics) ADD_FAILURE() << d.ToString();
  ASSERT_TRUE(result.ok());
  EXPECT_GT(result.rules->rules.size(), 40u);
}

TEST(StockRules, EscapesNameProcessContainerVerdictAndTechnique) {
  LoadResult result = LoadStock("/vedette_escapes.yaml");
  ASSERT_TRUE(result.ok());
  for (const Rule& rule : result.rules->rules) {
    for (std::string_view field : {"proc.name", "proc.exepath", "container.id", "evt.type"}) {
      EXPECT_TRUE(std::any_of(rule.output.begin(), rule.output.end(),
                              [&](const OutputPart& p) { return p.field.spelling == field; }))
          << rule.name << " has no " << field;
    }
    EXPECT_TRUE(std::any_of(rule.tags.begin(), rule.tags.end(), [](const std::string& tag) {
      return std::regex_match(tag, std::regex("T[0-9]{4}(\\.[0-9]{3})?"));
    })) << rule.name;
    if (rule.priority == Priority::kCritical) {
      EXPECT_EQ(rule.action, Action::kDeny) << rule.name;
    }
  }
}

}  // namespace
}  // namespace vedette
