// SPDX-License-Identifier: Apache-2.0
#include "cli/rule_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "cli/counted.h"

namespace vedette {
namespace {

constexpr std::string_view kErrorMark = ": error: ";
constexpr std::string_view kWarningMark = ": warning: ";

// Colours the severity in the first line of a diagnostic.
void Paint(std::string_view mark, std::string_view color, std::string& text) {
  size_t at = text.find(mark);
  if (at == std::string::npos || text.find('\n') < at) return;
  text.insert(at + mark.size() - 1, "\x1b[0m");
  text.insert(at + 2, color);
}

// "file:line:col: error: …" → "file".
std::string_view FileOf(std::string_view line) {
  std::string_view place = line.substr(0, line.find(kErrorMark));
  for (int i = 0; i < 2; ++i) {
    size_t colon = place.rfind(':');
    if (colon != std::string_view::npos) place = place.substr(0, colon);
  }
  return place;
}

template <typename Visit>
void ForEachLine(std::string_view text, Visit visit) {
  while (!text.empty()) {
    size_t end = text.find('\n');
    visit(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void AddTo(std::span<const Diagnostic> diagnostics, ProblemCount& count, std::set<std::string>& files) {
  for (const Diagnostic& d : diagnostics) {
    const bool error = d.severity == Diagnostic::Severity::kError;
    ++(error ? count.errors : count.warnings);
    if (error) files.insert(d.file);
  }
}

}  // namespace

BundleResult LoadBundle(const Config& config, uint32_t first_policy_id) {
  return LoadBundle(config.rules, config.mode, {.additions = config.append_output, .first_policy_id = first_policy_id});
}

BundleResult LoadBundle(std::span<const std::string> paths, Mode mode, const LoadOptions& options) {
  BundleResult result;
  LoadResult loaded = LoadRuleFiles(paths, options);
  result.diagnostics = std::move(loaded.diagnostics);
  if (!loaded.ok()) return result;
  absl::StatusOr<KernelPolicy> policy = CompileKernelPolicy(*loaded.rules, mode);
  if (!policy.ok()) {
    result.policy_errors = std::string(policy.status().message());
    return result;
  }
  Interest interest = InterestOf(*loaded.rules);
  interest.containers = policy->containers != nullptr;
  interest.ancestors = policy->AsksForAncestors();
  result.bundle = RuleBundle{std::move(loaded.rules), std::move(*policy), interest};
  return result;
}

std::string Describe(std::span<const Diagnostic> diagnostics, bool color) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    std::string text = diagnostic.ToString();
    if (color) {
      Paint(kErrorMark, "\x1b[1;31m", text);
      Paint(kWarningMark, "\x1b[1;35m", text);
    }
    out += text;
    if (!out.ends_with('\n')) out += '\n';
  }
  return out;
}

std::string Describe(const BundleResult& result, bool color) {
  std::string out = Describe(result.diagnostics, color);
  ForEachLine(result.policy_errors, [&](std::string_view line) {
    std::string text(line);
    if (color) Paint(kErrorMark, "\x1b[1;31m", text);
    out += text + "\n";
  });
  return out;
}

ProblemCount CountProblems(std::span<const Diagnostic> diagnostics) {
  ProblemCount count;
  std::set<std::string> files;
  AddTo(diagnostics, count, files);
  count.files_with_errors = files.size();
  return count;
}

ProblemCount CountProblems(const BundleResult& result) {
  ProblemCount count;
  std::set<std::string> files;
  AddTo(result.diagnostics, count, files);
  ForEachLine(result.policy_errors, [&](std::string_view line) {
    if (line.find(kErrorMark) == std::string_view::npos) return;
    ++count.errors;
    files.emplace(FileOf(line));
  });
  // A policy that is refused as a whole (too large) names no place.
  if (!result.bundle && count.errors == 0) count.errors = 1;
  count.files_with_errors = files.size();
  return count;
}

std::string Summary(const ProblemCount& problems) {
  std::string out = Counted(problems.errors, "error");
  if (problems.files_with_errors != 0) out += " in " + Counted(problems.files_with_errors, "file");
  if (problems.warnings != 0) out += ", " + Counted(problems.warnings, "warning");
  return out;
}

std::string Summary(const BundleResult& result) {
  ProblemCount problems = CountProblems(result);
  if (!result.bundle) return Summary(problems);
  std::string out = Counted(result.bundle->rules->rules.size(), "rule");
  const auto& rules = result.bundle->rules->rules;
  auto disabled = std::count_if(rules.begin(), rules.end(), [](const Rule& rule) { return !rule.enabled; });
  if (disabled != 0) out += fmt::format(" ({} disabled)", disabled);
  const size_t profiles = result.bundle->rules->profiles.size();
  if (profiles != 0) out += ", " + Counted(profiles, "profile");
  if (problems.warnings != 0) out += ", " + Counted(problems.warnings, "warning");
  return out;
}

}  // namespace vedette
