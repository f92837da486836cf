// SPDX-License-Identifier: Apache-2.0
//
// PolicyTests: a file of policy unit tests and what came of running them. Each test has events, inline or from a file,
// and says which alerts have to come and which must not. The format is described in docs/rules.md. Pure but for reading
// the files; one thread.
#ifndef VEDETTE_CLI_POLICY_TEST_H_
#define VEDETTE_CLI_POLICY_TEST_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/rule_bundle.h"
#include "rules/diagnostics.h"
#include "sensor/event/synthetic.h"

namespace vedette {

struct InlineEvent {
  SyntheticEvent event;
  uint32_t line = 0;
};

struct ExpectedAlert {
  std::string rule;
  std::vector<std::pair<std::string, std::string>> fields;  // output_fields it has to have, as text
  std::optional<uint32_t> event;                            // which inline event it has to be about, from 1
  uint32_t line = 0;
};

struct PolicyTest {
  std::string name;
  uint32_t line = 0;
  std::vector<InlineEvent> events;
  std::string recording;  // a file of events; "": inline ones
  std::vector<ExpectedAlert> alerts;
  std::vector<ExpectedAlert> no_alerts;
  bool no_others = false;  // `no_alerts: others`: none but the expected ones
};

struct PolicyTests {
  std::string file;
  std::vector<std::string> rules;  // `rules:`, found from the directory of the file
  std::vector<PolicyTest> tests;
  std::vector<Diagnostic> diagnostics;  // an error: nothing else counts
  bool ok() const;
};
PolicyTests ReadPolicyTests(const std::string& path);

// Rules that the tests name and the set does not have: a test of them could never fail.
std::vector<std::string> UnknownRules(const PolicyTests& tests, const RuleSet& rules);

struct PolicyTestResult {
  std::string name;
  uint32_t line = 0;
  std::vector<std::string> failures;  // "file:line: …"; empty: passed
};
PolicyTestResult RunPolicyTest(const PolicyTests& tests, const PolicyTest& test, std::shared_ptr<const RuleSet> rules);

}  // namespace vedette
#endif  // VEDETTE_CLI_POLICY_TEST_H_
