// SPDX-License-Identifier: Apache-2.0
//
// The caret stands under the token in the file, whatever style the scalar is written in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

// The one error of the rule with this condition (all after "condition:") has its caret under BAD.
void ExpectCaretUnderBad(const std::string& condition) {
  std::string text = "- rule: r\n  desc: d\n  condition:" + condition + "\n  output: o\n  priority: NOTICE\n";
  LoadResult result = Load(text);
  ASSERT_EQ(result.diagnostics.size(), 1u) << text << (result.diagnostics.empty() ? "" : result.diagnostics[0].message);
  const Diagnostic& d = result.diagnostics[0];
  ASSERT_NE(d.source_line.find("fd.BAD"), std::string::npos) << d.ToString() << "\nin\n" << text;
  std::string before = d.source_line.substr(0, d.source_line.find("fd.BAD"));
  auto chars = std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xc0) != 0x80; });
  EXPECT_EQ(d.column, static_cast<uint32_t>(chars) + 1) << d.ToString();
}

TEST(Positions, InAPlainScalar) {
  ExpectCaretUnderBad(" fd.name=x and fd.BAD=y");
  ExpectCaretUnderBad(" fd.name=x\n    and fd.BAD=y");
  ExpectCaretUnderBad(" fd.name=x   \n\n\n      and fd.name=z and\n    fd.BAD=y");
  ExpectCaretUnderBad("\n    fd.name=x and\n    fd.BAD=y");
  ExpectCaretUnderBad("   # a comment\n    fd.name=x and fd.BAD=y # and one more");
}

TEST(Positions, InQuotedScalars) {
  ExpectCaretUnderBad(" 'fd.name=x and fd.BAD=y'");
  ExpectCaretUnderBad(" 'fd.name=''it'' and fd.BAD=y'");
  ExpectCaretUnderBad(" 'fd.name=x\n    and\n\n    fd.BAD=y'");
  ExpectCaretUnderBad(" \"fd.name=x and fd.BAD=y\"");
  ExpectCaretUnderBad(R"( "fd.name=\"a\u20ac\x41\" and fd.BAD=y")");
  ExpectCaretUnderBad(" \"fd.name=x \\\n    and \\\n  \\ \\ fd.BAD=y\"");
  ExpectCaretUnderBad(" \"fd.name=x\n\n    and fd.BAD=y\"");
}

TEST(Positions, InBlockScalars) {
  for (const char* style : {">", "|", ">-", "|-", ">+", "|+", "> # comment", ">2", "|2-"}) {
    bool explicit_indent = std::string_view(style).find('2') != std::string_view::npos;
    std::string s = explicit_indent ? "    " : "      ";
    ExpectCaretUnderBad(fmt::format(" {}\n{}fd.name=x and\n{}fd.BAD=y\n", style, s, s));
    ExpectCaretUnderBad(
        fmt::format(" {}\n\n{}fd.name=x and\n{}  (fd.name=z or\n\n\n{}    fd.BAD=y)\n", style, s, s, s));
  }
}

TEST(Positions, AfterAnchorsAndTags) {
  ExpectCaretUnderBad(" &anchor fd.name=x and fd.BAD=y");
  ExpectCaretUnderBad(" !!str fd.name=x and fd.BAD=y");
  ExpectCaretUnderBad(" &anchor >\n      fd.name=x and\n      fd.BAD=y\n");
}

TEST(Positions, CountCharactersNotBytes) {
  ExpectCaretUnderBad(" fd.name=grün and fd.BAD=y");
  ExpectCaretUnderBad(" >\n    fd.name=日本 and fd.BAD=y\n");
}

TEST(Positions, InFilesWithCarriageReturnsAndByteOrderMark) {
  EXPECT_THAT(
      Errors(
          "\xef\xbb\xbf- rule: r\r\n  desc: d\r\n  condition: >\r\n    fd.name=x\r\n    and fd.BAD=y\r\n  output: o\r\n"
          "  priority: NOTICE\r\n"),
      testing::ElementsAre(testing::HasSubstr("5:9: unknown field 'fd.BAD'")));
}

TEST(Positions, OfAListItemAreThoseOfTheItem) {
  EXPECT_THAT(Errors("- list: ports\n  items: [22, 'htp']\n" + RuleWith("fd.sport in (ports)")),
              testing::ElementsAre(testing::HasSubstr("2:16: 'htp' is neither a port nor a known service")));
}

TEST(Positions, OfAnAppendedConditionAreThoseOfTheAppend) {
  std::string text =
      RuleWith("evt.type=open") + "- rule: r\n  condition: and fd.BAD=x\n  override: {condition: append}\n";
  EXPECT_THAT(Errors(text), testing::ElementsAre(testing::HasSubstr("7:18: unknown field 'fd.BAD'")));
}

TEST(Positions, InTheOutput) {
  std::string text =
      "- rule: r\n  desc: d\n  condition: evt.type=open\n  output: >\n    a %fd.name\n    b %fd.BAD\n  priority: "
      "NOTICE\n";
  EXPECT_THAT(Errors(text), testing::ElementsAre(testing::HasSubstr("6:8: unknown field 'fd.BAD'")));
}

}  // namespace
}  // namespace vedette
