// SPDX-License-Identifier: Apache-2.0
#include "cli/rule_bundle.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

Diagnostic At(std::string file, Diagnostic::Severity severity) {
  return {severity, std::move(file), 3, 7, "it is wrong", "abcdefghij"};
}

TEST(Summary, CountsErrorsFilesAndWarnings) {
  BundleResult result;
  result.diagnostics = {At("a.yaml", Diagnostic::Severity::kError), At("a.yaml", Diagnostic::Severity::kError)};
  EXPECT_EQ(Summary(result), "2 errors in 1 file");
  result.diagnostics.push_back(At("b.yaml", Diagnostic::Severity::kWarning));
  result.diagnostics.push_back(At("c.yaml", Diagnostic::Severity::kError));
  EXPECT_EQ(Summary(result), "3 errors in 2 files, 1 warning");
}

TEST(Summary, CountsWhatTheKernelCannotDecide) {
  BundleResult result;
  result.policy_errors = "a.yaml:1:2: error: one\n  a line\n  ^\na.yaml:9:2: error: two\nb.yaml:1:1: error: three\n";
  EXPECT_EQ(Summary(result), "3 errors in 2 files");
}

TEST(Summary, OfGoodRulesCountsThem) {
  BundleResult result;
  auto rules = std::make_shared<RuleSet>();
  rules->rules.resize(2);
  rules->rules[1].enabled = false;
  result.bundle.emplace().rules = rules;
  EXPECT_EQ(Summary(result), "2 rules (1 disabled)");
}

TEST(Describe, ColoursTheSeverityOnly) {
  BundleResult result;
  result.diagnostics = {At("a.yaml", Diagnostic::Severity::kError)};
  std::string plain = Describe(result, false), colored = Describe(result, true);
  EXPECT_EQ(plain.substr(0, plain.find('\n')), "a.yaml:3:7: error: it is wrong");
  EXPECT_EQ(colored.substr(0, colored.find('\n')), "a.yaml:3:7: \x1b[1;31merror:\x1b[0m it is wrong");
}

}  // namespace
}  // namespace vedette
