// SPDX-License-Identifier: Apache-2.0
//
// Input that means harm, or is plain broken: one clear error each, never a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "rules/diagnostics.h"
#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(HostileYaml, MalformedIsOneErrorWithItsPlace) {
  EXPECT_THAT(Errors("- rule: [a\n- b"), ElementsAre(HasSubstr("malformed YAML")));
  EXPECT_THAT(Errors("- rule: r\n   desc: d\n"), ElementsAre(StartsWith("2:")));
  EXPECT_THAT(Errors("- a: \"\\q\"\n"), ElementsAre(AllOf(StartsWith("1:"), HasSubstr("malformed YAML"))));
  EXPECT_THAT(Errors("- a: *nothing\n"), ElementsAre(StartsWith("1:")));
}

// yaml-cpp 0.7 gives empty documents without end here.
TEST(HostileYaml, StrayTokensEnd) {
  EXPECT_THAT(Errors("- macro: m\n  condition: a ,(l) \"\n- b: ]\n"), ElementsAre(HasSubstr("malformed YAML")));
  EXPECT_THAT(Errors("- a\n, b\n"), Contains(HasSubstr("malformed YAML")));
  EXPECT_THAT(Errors("]"), ElementsAre(HasSubstr("1:1: malformed YAML")));
}

TEST(HostileYaml, DepthIsBounded) {
  EXPECT_THAT(Errors(std::string(100000, '[')), ElementsAre(HasSubstr("YAML nests deeper than 64 levels")));
  std::string dashes;
  for (int i = 0; i < 10000; ++i) dashes += "- ";
  EXPECT_THAT(Errors(dashes), ElementsAre(HasSubstr("YAML nests deeper than 64 levels")));
  std::string maps;
  for (int i = 0; i < 1000; ++i) maps += "{a: ";
  EXPECT_THAT(Errors(maps), ElementsAre(HasSubstr("YAML nests deeper than 64 levels")));
}

TEST(HostileYaml, AliasesCannotMultiply) {
  std::string bomb = "- a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 20; ++i) {
    bomb += fmt::format("- a{}: &a{} [", i, i);
    for (int k = 0; k < 10; ++k) bomb += fmt::format("*a{},", i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(Errors(bomb), ElementsAre(HasSubstr("the file has more than 2000000 values, aliases followed")));
  EXPECT_THAT(Errors("- &a [*a]\n"), ElementsAre(HasSubstr("1:")));
}

TEST(HostileYaml, AnAliasMayStandForAList) {
  EXPECT_EQ(
      CompiledCondition("- list: a\n  items: &x [p, q]\n- list: b\n  items: *x\n" + RuleWith("proc.name in (a, b)")),
      "proc.name in (p, q, p, q)");
}

TEST(HostileYaml, SizeAndEncodingAreBounded) {
  LoadResult large = Load(std::string(kMaxRuleFileBytes + 1, ' '));
  EXPECT_EQ(large.diagnostics.at(0).ToString(), "test.yaml: error: the file is larger than 16 MiB");
  EXPECT_THAT(Load(std::string("- a: b\n- \xff\n")).diagnostics.at(0).ToString(), HasSubstr("line 2 is no UTF-8 text"));
  EXPECT_THAT(Load(std::string("- a\0b", 5)).diagnostics.at(0).ToString(), HasSubstr("no UTF-8 text"));
  EXPECT_THAT(Load(std::string("\xff\xfe-\0 \0a\0", 8)).diagnostics.at(0).ToString(), HasSubstr("no UTF-8 text"));
}

TEST(HostileYaml, NulByEscapeIsAnError) {
  EXPECT_THAT(Errors(RuleWith(R"("fd.name = a\0b")")),
              ElementsAre(HasSubstr("'condition' of the rule 'r' contains a NUL")));
}

TEST(HostileYaml, MessagesHaveNoControlCharacters) {
  LoadResult result = Load(RuleWith("\"fd.name = x \\e[31mred\""));
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].ToString().find('\x1b'), std::string::npos);
  LoadResult raw = Load("- rule: \"a\\e]0;x\\a\"\n");
  for (const Diagnostic& d : raw.diagnostics) EXPECT_EQ(d.ToString().find('\x1b'), std::string::npos);
}

TEST(HostileYaml, ManyErrorsAreCounted) {
  std::string text;
  for (int i = 0; i < 1500; ++i) text += "- x\n";
  LoadResult result = Load(text);
  EXPECT_EQ(result.diagnostics.size(), Diagnostics::kMax + 1);
  EXPECT_EQ(result.diagnostics.back().message, "500 more errors are not shown");
}

// Whatever a few changed bytes make of a good file, it loads or says why.
TEST(HostileYaml, MutatedFilesNeverCrash) {
  const std::string good =
      "- list: l\n  items: [a, '\"b c\"', 3]\n- macro: m\n  condition: proc.name in (l) and not fd.name startswith "
      "\"/x y\"\n" +
      RuleWith(">\n    evt.type in (open, openat) and m\n    and proc.aname[2] = x",
               "  exceptions:\n  - {name: e, fields: [proc.name], comps: [in], values: [[[a, b]]]}\n") +
      "- rule: r\n  condition: |-\n    and fd.num >= 0x10\n  override: {condition: append}\n";
  ASSERT_TRUE(Load(good).ok());
  std::mt19937 random(1);
  const std::string_view alphabet = "()[]{}\"'\\&*!|>%#:-,=<> \t\nabz019.\xc3";
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
      size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          text.erase(at, 1 + random() % 8);
          break;
        default:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
    }
    LoadResult result = Load(text);
    if (result.ok()) continue;
    bool said = false;
    for (const Diagnostic& d : result.diagnostics)
      said |= d.severity == Diagnostic::Severity::kError && !d.message.empty();
    EXPECT_TRUE(said) << text;
  }
}

}  // namespace
}  // namespace vedette
