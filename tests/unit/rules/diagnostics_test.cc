// SPDX-License-Identifier: Apache-2.0
//
// What the user sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Shown(const std::string& text) {
  std::string out;
  for (const Diagnostic& d : Load(text).diagnostics) out += d.ToString() + "\n";
  return out;
}

TEST(Diagnostic, ShowsTheLineAndACaret) {
  EXPECT_EQ(Shown(RuleWith("evt.type = open and fd.nmae = /etc/shadow")),
            "test.yaml:3:34: error: unknown field 'fd.nmae'; did you mean 'fd.name'?\n"
            "    condition: evt.type = open and fd.nmae = /etc/shadow\n"
            "                                   ^\n");
}

TEST(Diagnostic, ShowsTheLineOfABlockScalar) {
  EXPECT_EQ(Shown(RuleWith(">\n    evt.type = open\n    and fd.num = seven")),
            "test.yaml:5:18: error: 'seven' is not a 64-bit integer ('fd.num' is a number)\n"
            "      and fd.num = seven\n"
            "                   ^\n");
}

TEST(Diagnostic, ShowsPartOfALongLine) {
  std::string shown =
      Shown(RuleWith("fd.name = " + std::string(300, 'x') + " and fd.BAD = 1 and fd.name = " + std::string(300, 'y')));
  size_t line = shown.find('\n') + 1;
  size_t caret_line = shown.find('\n', line) + 1;
  std::string excerpt = shown.substr(line, caret_line - line);
  EXPECT_LT(excerpt.size(), 180u);
  EXPECT_EQ(excerpt.substr(shown.find('^', caret_line) - caret_line, 6), "fd.BAD");
}

TEST(Diagnostic, AllErrorsOfAFileInFileOrder) {
  std::string text = "- macro: m\n  condition: fd.name\n- list: l\n  items: x\n" +
                     RuleWith("fd.a = 1", "  action: no\n") +
                     "- rule: s\n  desc: d\n  condition: fd.b = 1\n  output: '%fd.c'\n  priority: INFO\n";
  EXPECT_THAT(Errors(text),
              ElementsAre(HasSubstr("2:21: expected an operator"), HasSubstr("4:10: 'items' of the list 'l' must be"),
                          HasSubstr("7:14: unknown field 'fd.a'"), HasSubstr("10:11: 'action' must be"),
                          HasSubstr("13:14: unknown field 'fd.b'"), HasSubstr("14:13: unknown field 'fd.c'")));
}

TEST(Diagnostic, FilesThatCannotBeReadAreNamed) {
  std::vector<std::string> paths = {"/no/such/file.yaml"};
  LoadResult result = LoadRuleFiles(paths);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.diagnostics.at(0).ToString(), "/no/such/file.yaml: error: cannot open: No such file or directory");
}

}  // namespace
}  // namespace vedette
