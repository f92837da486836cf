// SPDX-License-Identifier: Apache-2.0
//
// RuleLoader: YAML files → RuleSet. Files are loaded in the order given, as one rule set. All errors of a run are
// collected; a set with an error is never returned. Any thread, no shared state.
#ifndef VEDETTE_RULES_RULE_LOADER_H_
#define VEDETTE_RULES_RULE_LOADER_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/output_addition.h"
#include "rules/rule_set.h"

namespace vedette {

struct Diagnostic {
  enum class Severity : uint8_t { kError, kWarning };
  Severity severity = Severity::kError;
  std::string file;
  uint32_t line = 0, column = 0;  // 1-based; 0: the whole file
  std::string message;            // one sentence: what is wrong, and the remedy or near miss where there is one
  std::string source_line;        // the offending line, "" if there is none

  // "file:line:col: error: message", the line, and a caret below the column.
  std::string ToString() const;
};

struct RuleFile {
  std::string name;  // as shown in messages
  std::string text;
};

struct LoadResult {
  std::shared_ptr<const RuleSet> rules;  // null if there is an error
  std::vector<Diagnostic> diagnostics;   // in file order, warnings too
  bool ok() const { return rules != nullptr; }
};

struct LoadOptions {
  std::vector<OutputAddition> additions;  // in their order
  uint32_t first_policy_id = 1;           // of the set
};

LoadResult LoadRules(std::span<const RuleFile> files, const LoadOptions& options = {});

// Bounds: a file is at most 16 MiB, YAML nests at most 64 deep, conditions 1000 (Falco's bound).
inline constexpr size_t kMaxRuleFileBytes = 16u << 20;

// Reads `paths` in order; a directory stands for its *.yaml and *.yml in name order. A file that cannot be read is a
// diagnostic of `result` when loaded.
LoadResult LoadRuleFiles(std::span<const std::string> paths, const LoadOptions& options = {});

}  // namespace vedette
#endif  // VEDETTE_RULES_RULE_LOADER_H_
