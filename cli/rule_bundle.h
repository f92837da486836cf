// SPDX-License-Identifier: Apache-2.0
//
// RuleBundle: a rule set with what the kernel has to do for it. Loaded whole or not at all, at the start and at each
// reload. Immutable.
#ifndef VEDETTE_CLI_RULE_BUNDLE_H_
#define VEDETTE_CLI_RULE_BUNDLE_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/config.h"
#include "engine/engine.h"
#include "rules/rule_loader.h"

namespace vedette {

struct RuleBundle {
  std::shared_ptr<const RuleSet> rules;
  KernelPolicy policy;
  Interest interest;
};

struct BundleResult {
  std::optional<RuleBundle> bundle;     // none if there is an error
  std::vector<Diagnostic> diagnostics;  // warnings too
  std::string policy_errors;            // "file:line:col: error: …" lines of rules that the kernel cannot decide
};

BundleResult LoadBundle(std::span<const std::string> paths, Mode mode, const LoadOptions& options = {});
BundleResult LoadBundle(const Config& config, uint32_t first_policy_id = 1);

// Everything that is wrong, as it is printed, coloured on request; "" if nothing is.
std::string Describe(const BundleResult& result, bool color);
std::string Describe(std::span<const Diagnostic> diagnostics, bool color);

struct ProblemCount {
  size_t errors = 0, warnings = 0, files_with_errors = 0;
};
ProblemCount CountProblems(const BundleResult& result);
ProblemCount CountProblems(std::span<const Diagnostic> diagnostics);

// "2 errors in 1 file", "31 rules, 1 warning".
std::string Summary(const BundleResult& result);
std::string Summary(const ProblemCount& problems);

}  // namespace vedette
#endif  // VEDETTE_CLI_RULE_BUNDLE_H_
