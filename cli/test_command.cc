// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/policy_test.h"
#include "cli/rule_bundle.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "outputs/escape.h"
#include "outputs/json_writer.h"

namespace vedette {
namespace {

struct TestFlags : Flags {
  std::vector<std::string> files;
};

struct FileResult {
  std::string file;
  std::vector<PolicyTestResult> tests;
};

std::optional<FileResult> RunFile(const std::string& path, const TestFlags& flags) {
  const bool color = UseColor(ColorOf(flags), STDERR_FILENO);
  PolicyTests tests = ReadPolicyTests(path);
  PrintError(Describe(tests.diagnostics, color));
  if (!tests.ok()) return std::nullopt;
  const std::vector<std::string>& paths = flags.rules.empty() ? tests.rules : flags.rules;
  if (paths.empty()) {
    Fail(absl::InvalidArgumentError(fmt::format("{}: no rules to test: add 'rules' to the file, or give -r", path)));
    return std::nullopt;
  }
  BundleResult loaded = LoadBundle(paths, Mode::kEnforce);
  PrintError(Describe(loaded, color));
  if (!loaded.bundle) return std::nullopt;
  const std::vector<std::string> unknown = UnknownRules(tests, *loaded.bundle->rules);
  for (const std::string& line : unknown) PrintError(line + "\n");
  if (!unknown.empty()) return std::nullopt;
  FileResult out{path, {}};
  for (const PolicyTest& test : tests.tests) out.tests.push_back(RunPolicyTest(tests, test, loaded.bundle->rules));
  return out;
}

std::string AsText(const FileResult& result) {
  std::string out;
  for (const PolicyTestResult& test : result.tests) {
    out += fmt::format("{}  {}:{}: {}\n", test.failures.empty() ? "ok  " : "FAIL", result.file, test.line,
                       EscapedText(test.name));
    for (const std::string& failure : test.failures) out += "      " + failure + "\n";
  }
  return out;
}

std::string AsJson(const std::vector<FileResult>& results) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  for (const FileResult& result : results) {
    for (const PolicyTestResult& test : result.tests) {
      json.BeginObject();
      json.StringMember("file", result.file);
      json.UnsignedMember("line", test.line);
      json.StringMember("name", test.name);
      json.BoolMember("passed", test.failures.empty());
      json.Key("failures");
      json.BeginArray();
      for (const std::string& failure : test.failures) json.String(failure);
      json.EndArray();
      json.EndObject();
    }
  }
  json.EndArray();
  return out + "\n";
}

int Test(const TestFlags& flags) {
  std::vector<FileResult> results;
  bool good = true;
  size_t count = 0, failed = 0;
  for (const std::string& file : flags.files) {
    std::optional<FileResult> result = RunFile(file, flags);
    good = good && result.has_value();
    if (!result) continue;
    if (!flags.json) PrintOut(AsText(*result));
    count += result->tests.size();
    for (const PolicyTestResult& test : result->tests) failed += test.failures.empty() ? 0 : 1;
    results.push_back(*std::move(result));
  }
  if (flags.json) PrintOut(AsJson(results));
  const std::string sum = fmt::format("{} test{}, {} failed\n", count, count == 1 ? "" : "s", failed);
  if (flags.json || !good) {
    PrintError(sum);
  } else {
    PrintOut(sum);
  }
  return good && failed == 0 ? kExitOk : kExitError;
}

}  // namespace

Runner DeclareTest(CLI::App& command) {
  auto flags = std::make_shared<TestFlags>();
  command
      .add_option("FILE", flags->files, "Files of tests: each with events, and the alerts that have to come of them")
      ->required()
      ->option_text(" ");
  command
      .add_option("-r,--rules", flags->rules,
                  "Rule file or directory, may be repeated [what each file names in 'rules']")
      ->type_name("FILE|DIR")
      ->allow_extra_args(false);
  command.add_flag("--json", flags->json, "As JSON: an array of tests");
  DeclareColorFlag(command, *flags);
  return [flags] { return Test(*flags); };
}

}  // namespace vedette
