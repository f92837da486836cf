// SPDX-License-Identifier: Apache-2.0
//
// Runs the *.txt files of this folder: conditions, events and what has to come out, as the rule language reference
// says.
//
//   when   CONDITION          the condition under test; list: and macro: lines before it are its definitions
//   true   EVENT              it holds for this event ("evt.type=openat fd.name=/x", see SyntheticEvent::FromText)
//   false  EVENT              it does not
//   error  TEXT               it does not load, and the message contains TEXT
//   list   NAME: A, B         a definition, up to the next blank line
//   macro  NAME: CONDITION
//
// A line that starts with # is a comment.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "rules/rule_loader.h"
#include "sensor/event/synthetic.h"

namespace vedette {
namespace {

struct Line {
  std::string place;  // "language.txt:12"
  std::string word, rest;
};

std::vector<Line> ReadLines(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Line> lines;
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    if (text.starts_with('#')) continue;
    std::istringstream in(text);
    Line line{path.filename().string() + ":" + std::to_string(number), "", ""};
    in >> line.word >> std::ws;
    std::getline(in, line.rest);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

class Runner {
 public:
  void Run(const Line& line) {
    SCOPED_TRACE(line.place + ": when " + condition_);
    if (line.word.empty()) {
      CheckLoaded();
      definitions_.clear();
      condition_.clear();
    } else if (line.word == "list" || line.word == "macro") {
      Define(line);
    } else if (line.word == "when") {
      CheckLoaded();
      condition_ = line.rest;
      Load();
    } else if (line.word == "error") {
      EXPECT_EQ(rules_, nullptr) << "loads, although it should not";
      EXPECT_NE(messages_.find(line.rest), std::string::npos) << messages_;
      expected_error_ = true;
    } else {
      ASSERT_TRUE(line.word == "true" || line.word == "false") << "unknown word " << line.word;
      ++checks_;
      EXPECT_EQ(Holds(line.rest), line.word == "true") << line.rest;
    }
  }
  void Finish() { CheckLoaded(); }
  int checks() const { return checks_; }

 private:
  void Define(const Line& line) {
    const size_t colon = line.rest.find(": ");
    ASSERT_NE(colon, std::string::npos);
    const std::string name = line.rest.substr(0, colon), body = line.rest.substr(colon + 2);
    definitions_ += line.word == "list" ? "- list: " + name + "\n  items: [" + body + "]\n"
                                        : "- macro: " + name + "\n  condition: " + Quoted(body) + "\n";
  }

  void Load() {
    const std::vector<RuleFile> files = {{"rules.yaml", definitions_ + "- rule: r\n  desc: d\n  condition: " +
                                                            Quoted(condition_) + "\n  output: x\n  priority: INFO\n"}};
    LoadResult result = LoadRules(files);
    rules_ = result.rules;
    messages_.clear();
    for (const Diagnostic& d : result.diagnostics) messages_ += d.ToString() + "\n";
    expected_error_ = false;
  }

  void CheckLoaded() {
    if (!condition_.empty() && rules_ == nullptr && !expected_error_) ADD_FAILURE() << condition_ << ": " << messages_;
  }

  bool Holds(const std::string& text) {
    const auto event = SyntheticEvent::FromText(text);
    if (!event.ok() || rules_ == nullptr) {
      ADD_FAILURE() << event.status().ToString() << " " << messages_;
      return false;
    }
    int alerts = 0;
    Engine engine({}, [&](Alert) { ++alerts; });
    engine.SetRules(rules_);
    engine.OnEvent(event->event());
    return alerts != 0;
  }

  std::string definitions_, condition_, messages_;
  std::shared_ptr<const RuleSet> rules_;
  bool expected_error_ = false;
  int checks_ = 0;
};

TEST(Conformance, TheLanguageMeansWhatTheReferenceSays) {
  int files = 0, checks = 0;
  for (const auto& entry : std::filesystem::directory_iterator(VEDETTE_CONFORMANCE_DIR)) {
    if (entry.path().extension() != ".txt" || entry.path().filename() == "CMakeLists.txt") continue;
    ++files;
    Runner runner;
    for (const Line& line : ReadLines(entry.path())) runner.Run(line);
    runner.Finish();
    checks += runner.checks();
  }
  EXPECT_GE(files, 4);
  EXPECT_GE(checks, 150);
}

}  // namespace
}  // namespace vedette
