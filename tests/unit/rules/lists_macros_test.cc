// SPDX-License-Identifier: Apache-2.0
//
// Lists are text, macros are trees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string List(std::string_view name, std::string_view items) {
  return fmt::format("- list: {}\n  items: [{}]\n", name, items);
}
std::string Macro(std::string_view name, std::string_view condition) {
  return fmt::format("- macro: {}\n  condition: {}\n", name, condition);
}

TEST(Lists, ReplaceTheirNameAmongOthers) {
  EXPECT_EQ(CompiledCondition(List("shells", "bash, zsh") + RuleWith("proc.name in (a, shells, b)")),
            "proc.name in (a, bash, zsh, b)");
  EXPECT_EQ(CompiledCondition(List("shells", "bash") + RuleWith("proc.name in (shells2, xshells, shells)")),
            "proc.name in (shells2, xshells, bash)");
}

TEST(Lists, AreReplacedOutsideOfListsToo) {
  EXPECT_EQ(CompiledCondition(List("shell", "bash") + RuleWith("proc.name=shell")), "proc.name = bash");
  EXPECT_EQ(CompiledCondition(List("all", "\"(a,b)\"") + RuleWith("proc.name in all")), "proc.name in (a, b)");
}

TEST(Lists, AreReplacedInsideQuotedStringsBetweenBlanks) {
  EXPECT_EQ(CompiledCondition(List("shells", "bash, zsh") + RuleWith("proc.cmdline contains \"a shells b\"")),
            "proc.cmdline contains a bash, zsh b");
  EXPECT_EQ(CompiledCondition(List("shells", "bash") + RuleWith("proc.cmdline contains \"shells\"")),
            "proc.cmdline contains shells");
}

TEST(Lists, QuoteItemsWithBlanksUnlessTheyStartWithAQuote) {
  EXPECT_EQ(CompiledCondition(List("l", "a b, '\"c d\"', \"'e f'\"") + RuleWith("proc.cmdline in (l)")),
            "proc.cmdline in (a b, c d, e f)");
}

TEST(Lists, OtherItemsAreRawText) {
  EXPECT_EQ(CompiledCondition(List("l", "'\"(systemd)\"', 22, 0x10") + RuleWith("proc.name in (l)")),
            "proc.name in ((systemd), 22, 0x10)");
  EXPECT_THAT(Errors(List("l", "'(systemd)'") + RuleWith("proc.name in (l)")),
              ElementsAre(HasSubstr("2:12: expected ',' or ')' in the list")));
}

TEST(Lists, EmptyOnesTakeACommaWithThem) {
  std::string empty = List("none", "");
  EXPECT_EQ(CompiledCondition(empty + RuleWith("proc.name in (none)")), "proc.name in ()");
  EXPECT_EQ(CompiledCondition(empty + RuleWith("proc.name in (a, none)")), "proc.name in (a)");
  EXPECT_EQ(CompiledCondition(empty + RuleWith("proc.name in (none, a)")), "proc.name in (a)");
  EXPECT_EQ(CompiledCondition(empty + RuleWith("proc.name in (a, none , b)")), "proc.name in (a, b)");
}

TEST(Lists, InListsAreExpandedOneLevelIfDefinedBefore) {
  EXPECT_EQ(CompiledCondition(List("a", "x, y") + List("b", "a, z") + RuleWith("proc.name in (b)")),
            "proc.name in (x, y, z)");
  // Two levels: the inner name stays, and its pass is over.
  EXPECT_EQ(CompiledCondition(List("a", "x") + List("b", "a") + List("c", "b") + RuleWith("proc.name in (c)")),
            "proc.name in (a)");
  // Defined later: not expanded in the list, but found by the later pass.
  EXPECT_EQ(CompiledCondition(List("b", "a, z") + List("a", "x") + RuleWith("proc.name in (b)")),
            "proc.name in (x, z)");
}

TEST(Lists, MayBeDefinedAfterTheirUseInConditions) {
  EXPECT_EQ(CompiledCondition(RuleWith("proc.name in (late)") + List("late", "a")), "proc.name in (a)");
}

TEST(Lists, UndefinedNamesStayAsTheyAre) {
  EXPECT_EQ(CompileOne("proc.name in (no_such_list)"), "proc.name in (no_such_list)");
}

TEST(Lists, AppendAndReplace) {
  EXPECT_EQ(CompiledCondition(List("l", "a") + "- list: l\n  items: [b]\n  override: {items: append}\n" +
                              RuleWith("proc.name in (l)")),
            "proc.name in (a, b)");
  EXPECT_EQ(CompiledCondition(List("l", "a") + "- list: l\n  items: [b]\n  override: {items: replace}\n" +
                              RuleWith("proc.name in (l)")),
            "proc.name in (b)");
  EXPECT_EQ(
      CompiledCondition(List("l", "a") + "- list: l\n  items: [b]\n  append: true\n" + RuleWith("proc.name in (l)")),
      "proc.name in (a, b)");
  EXPECT_THAT(
      Errors("- list: shels\n  items: [b]\n  append: true\n" + List("shells", "a")),
      ElementsAre(HasSubstr("1:3: cannot append to the list 'shels': no list of that name was defined before")));
  EXPECT_THAT(Errors(List("shells", "a") + "- list: shels\n  items: [b]\n  override: {items: append}\n"),
              ElementsAre(HasSubstr("did you mean 'shells'?")));
}

TEST(Lists, ThatMultiplyAreBounded) {
  std::string text;
  // Each list names one that is defined later, so that passes multiply: 500, 250 000, 125 000 000…
  for (int i = 0; i < 8; ++i) {
    std::string named;
    for (int k = 0; k < 500; ++k) named += fmt::format("l{}, ", i + 1);
    text += List(fmt::format("l{}", i), named);
  }
  EXPECT_THAT(Errors(text + RuleWith("proc.name in (l0)")),
              ElementsAre(HasSubstr("with its lists the condition is longer than 8 MiB")));
}

TEST(Macros, AreTreesAndNeedNoParentheses) {
  EXPECT_EQ(CompiledCondition(Macro("m", "fd.name=a or fd.name=b") + RuleWith("m and proc.name=c")),
            "((fd.name = a or fd.name = b) and proc.name = c)");
  EXPECT_EQ(CompiledCondition(Macro("m", "fd.name=a or fd.name=b") + RuleWith("not m")),
            "not (fd.name = a or fd.name = b)");
}

TEST(Macros, SeeMacrosDefinedBeforeThem) {
  EXPECT_EQ(CompiledCondition(Macro("a", "fd.name=a") + Macro("b", "a and fd.num=1") + RuleWith("b")),
            "(fd.name = a and fd.num = 1)");
  EXPECT_THAT(Errors(Macro("b", "a and fd.num=1") + Macro("a", "fd.name=a") + RuleWith("b")),
              ElementsAre("2:14: the macro 'a' is defined after its use here; define it before"));
}

TEST(Macros, AreVisibleToRulesWhereverTheyStand) {
  EXPECT_EQ(CompiledCondition(RuleWith("late") + Macro("late", "fd.name=a")), "fd.name = a");
}

TEST(Macros, RedefinedKeepTheirPlaceAndSeeWhatIsBeforeTheRedefinition) {
  EXPECT_EQ(CompiledCondition(Macro("a", "fd.name=a") + Macro("b", "fd.num=1") + Macro("a", "b") + RuleWith("a")),
            "fd.num = 1");
}

TEST(Macros, ThatUseThemselvesAreErrors) {
  EXPECT_THAT(Errors(Macro("a", "fd.name=a") + Macro("b", "a") + Macro("a", "b") + RuleWith("a")),
              ElementsAre(HasSubstr("the macro 'a' uses itself: a -> b -> a")));
  EXPECT_THAT(Errors(Macro("a", "a or fd.num=1")), ElementsAre(HasSubstr("the macro 'a' is defined after its use")));
}

TEST(Macros, UndefinedNameTheNearest) {
  EXPECT_THAT(Errors(Macro("open_read", "fd.name=a") + RuleWith("open_raed and no_such and open_read")),
              ElementsAre("5:14: undefined macro 'open_raed'; did you mean 'open_read'?",
                          HasSubstr("undefined macro 'no_such'")));
}

TEST(Macros, WithErrorsAreReportedOnceAndEvenUnused) {
  EXPECT_THAT(Errors(Macro("m", "fd.name=") + RuleWith("m and fd.num=1")),
              ElementsAre(HasSubstr("2:22: expected a value")));
  EXPECT_THAT(Errors(Macro("m", "fd.name=")), ElementsAre(HasSubstr("2:22: expected a value")));
}

TEST(Macros, AppendJoinsWithABlank) {
  EXPECT_EQ(CompiledCondition(Macro("m", "fd.name=a") +
                              "- macro: m\n  condition: or fd.name=b\n  override: {condition: append}\n" +
                              RuleWith("m and fd.num=1")),
            "((fd.name = a or fd.name = b) and fd.num = 1)");
}

TEST(Macros, ThatMultiplyAreBounded) {
  std::string text = Macro("m0", "fd.name=a or fd.name=b");
  for (int i = 1; i < 40; ++i) text += Macro(fmt::format("m{}", i), fmt::format("m{} or m{}", i - 1, i - 1));
  EXPECT_THAT(Errors(text + RuleWith("m39")), ElementsAre(HasSubstr("has more than 100000 checks")));
}

TEST(Macros, MayFormAVeryLongChain) {
  std::string text = Macro("m0", "fd.name=a");
  for (int i = 1; i < 5000; ++i) text += Macro(fmt::format("m{}", i), fmt::format("m{}", i - 1));
  EXPECT_EQ(CompiledCondition(text + RuleWith("m4999")), "fd.name = a");
  // In reverse, each sees all because all are defined twice.
  std::string twice;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3000; ++i)
      twice += Macro(fmt::format("m{}", i), i == 2999 ? "fd.name=a" : fmt::format("m{}", i + 1));
  }
  EXPECT_EQ(CompiledCondition(twice + RuleWith("m0")), "fd.name = a");
}

TEST(Unused, ListsAndMacrosAreWarnings) {
  EXPECT_THAT(Warnings(List("l", "a") + Macro("m", "fd.name=a") + RuleWith("evt.type=open")),
              ElementsAre("1:3: the list 'l' is not used", "3:3: the macro 'm' is not used"));
}

}  // namespace
}  // namespace vedette
