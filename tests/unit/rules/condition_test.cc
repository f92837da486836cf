// SPDX-License-Identifier: Apache-2.0
//
// Grammar: how conditions are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Condition, OrBindsWeakerThanAndWeakerThanNot) {
  EXPECT_EQ(CompileOne("evt.type=open or fd.name=a and not proc.name=b"),
            "(evt.type = open or (fd.name = a and not proc.name = b))");
}

TEST(Condition, NotBindsToOneCheckOrParenthesis) {
  EXPECT_EQ(CompileOne("not fd.name=a and fd.name=b"), "(not fd.name = a and fd.name = b)");
  EXPECT_EQ(CompileOne("not (fd.name=a and fd.name=b)"), "not (fd.name = a and fd.name = b)");
  EXPECT_EQ(CompileOne("not(fd.name=a)"), "not fd.name = a");
  EXPECT_EQ(CompileOne("not not fd.name=a"), "fd.name = a");
}

TEST(Condition, AndOrMayBeFollowedByAParenthesis) {
  EXPECT_EQ(CompileOne("fd.name=a and(fd.name=b or(fd.name=c))"), "(fd.name = a and (fd.name = b or fd.name = c))");
}

TEST(Condition, EveryOperatorIsRead) {
  EXPECT_EQ(CompileOne("fd.name exists"), "fd.name exists");
  EXPECT_EQ(CompileOne("fd.name == a"), "fd.name = a");
  EXPECT_EQ(CompileOne("fd.name!=a"), "fd.name != a");
  EXPECT_EQ(CompileOne("fd.num<0x10"), "fd.num < 16");
  EXPECT_EQ(CompileOne("fd.num <= -1"), "fd.num <= -1");
  EXPECT_EQ(CompileOne("fd.num>1"), "fd.num > 1");
  EXPECT_EQ(CompileOne("fd.num >= +1"), "fd.num >= 1");
  for (const char* op : {"contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex"}) {
    EXPECT_EQ(CompileOne(fmt::format("fd.name {} ab", op)), fmt::format("fd.name {} ab", op));
  }
  for (const char* op : {"in", "intersects", "pmatch"}) {
    EXPECT_EQ(CompileOne(fmt::format("fd.name {} (/a, /b)", op)), fmt::format("fd.name {} (/a, /b)", op));
  }
}

TEST(Condition, AListMayStandWithoutBlanksAndMayBeEmpty) {
  EXPECT_EQ(CompileOne("proc.name in(a,b)"), "proc.name in (a, b)");
  EXPECT_EQ(CompileOne("proc.name in ()"), "proc.name in ()");
  EXPECT_EQ(CompileOne("proc.name in ( )"), "proc.name in ()");
  EXPECT_EQ(CompileOne("proc.name in a"), "proc.name in (a)");
}

TEST(Condition, BareStringsHaveAnythingButBlanksQuotesParenthesesCommasAndEquals) {
  EXPECT_EQ(CompileOne("proc.pname in (runc:[0:PARENT], a-b.c, \\d)"), "proc.pname in (runc:[0:PARENT], a-b.c, \\d)");
  EXPECT_EQ(CompileOne("fd.name startswith /a/*?%"), "fd.name startswith /a/*?%");
}

TEST(Condition, QuotedStringsHaveEscapes) {
  EXPECT_EQ(CompileOne(R"(>
    fd.name = "a\"b\\c\/d\x41\t")"),
            "fd.name = a\"b\\c/dA\t");
  EXPECT_EQ(CompileOne(R"(>
    fd.name = 'a\'b "c"')"),
            "fd.name = a'b \"c\"");
  EXPECT_EQ(CompileOne(R"(>
    fd.name = "a\ b")"),
            "fd.name = a\\b");
}

TEST(Condition, BadEscapesAreErrorsAtTheBackslash) {
  EXPECT_THAT(ConditionErrors(R"(fd.name = "a\q")"), ElementsAre(HasSubstr("3:26: unknown escape sequence")));
  EXPECT_THAT(ConditionErrors(R"(fd.name = "a\'")"), ElementsAre(HasSubstr("3:26: unknown escape sequence")));
  EXPECT_THAT(ConditionErrors(R"(fd.name = "a\xZ1")"), ElementsAre(HasSubstr("3:26: expected two hexadecimal digits")));
  EXPECT_THAT(ConditionErrors(R"(fd.name = "\x00")"), ElementsAre(HasSubstr("3:25: a value cannot contain a NUL")));
  EXPECT_THAT(ConditionErrors(R"(fd.name = "abc)"), ElementsAre(HasSubstr("3:24: the string has no closing \"")));
}

TEST(Condition, ArgumentsMayBeQuotedAndDotted) {
  EXPECT_EQ(CompileOne("proc.aname[2]=a"), "proc.aname[2] = a");
  EXPECT_EQ(CompileOne("proc.aname=a"), "proc.aname = a");
  EXPECT_EQ(CompileOne("evt.arg.flags contains a"), "evt.arg.flags contains a");
  EXPECT_EQ(CompileOne("evt.arg[flags] contains a"), "evt.arg.flags contains a");
  EXPECT_EQ(CompileOne("evt.arg['flags'] contains a"), "evt.arg.flags contains a");
}

TEST(Condition, TransformersNestOnTheLeft) {
  EXPECT_EQ(CompileOne("tolower(fd.name) = a"), "tolower(fd.name) = a");
  EXPECT_EQ(CompileOne("toupper( basename(fd.name) ) = A"), "toupper(basename(fd.name)) = A");
  EXPECT_EQ(CompileOne("len(fd.name) > 10"), "len(fd.name) > 10");
}

TEST(Condition, ModifiersAreSugar) {
  EXPECT_EQ(CompileOne("fd.name startswith anyof (/a, /b)"), "(fd.name startswith /a or fd.name startswith /b)");
  EXPECT_EQ(CompileOne("fd.name contains allof (a, b)"), "(fd.name contains a and fd.name contains b)");
  EXPECT_EQ(CompileOne("fd.name contains oneof (a, b)"),
            "((fd.name contains a and not fd.name contains b) or (not fd.name contains a and fd.name contains b))");
  EXPECT_EQ(CompileOne("fd.name startswith anyof ()"), "fd.name in ()");
  EXPECT_EQ(CompileOne("proc.name = anyof and fd.name = x"), "(proc.name = anyof and fd.name = x)");
}

TEST(Condition, SyntaxErrorsPointAtTheToken) {
  EXPECT_THAT(ConditionErrors("fd.name = a fd.name = b"),
              ElementsAre("3:26: expected 'and', 'or' or the end of the condition instead of 'fd.name'"));
  EXPECT_THAT(ConditionErrors("(fd.name = a"), ElementsAre("3:14: this '(' is never closed"));
  EXPECT_THAT(ConditionErrors("(fd.name = a))"), ElementsAre(HasSubstr("3:27: expected 'and', 'or' or the end")));
  EXPECT_THAT(ConditionErrors("fd.name is a"), ElementsAre(HasSubstr("3:22: expected an operator")));
  EXPECT_THAT(ConditionErrors("fd.name = a and"), ElementsAre(HasSubstr("expected a blank or '(' after 'and'")));
  EXPECT_THAT(ConditionErrors("fd.name = a AND fd.name = b"), ElementsAre("3:26: AND must be written in lower case"));
  EXPECT_THAT(ConditionErrors("fd.name in (a b)"), ElementsAre("3:28: expected ',' or ')' in the list instead of 'b'"));
  EXPECT_THAT(ConditionErrors("fd.name in (a,)"), ElementsAre("3:28: expected a value after ','"));
  EXPECT_THAT(ConditionErrors("fd.name startswith (a, b)"), ElementsAre(HasSubstr("a list needs 'in' or a modifier")));
  EXPECT_THAT(ConditionErrors("fd.num > abc"), ElementsAre("3:23: expected a number after '>'"));
  EXPECT_THAT(ConditionErrors("filename = a"), ElementsAre(HasSubstr("a field's name has a dot")));
  EXPECT_THAT(ConditionErrors("fd.name contains"), ElementsAre(HasSubstr("expected a blank after 'contains'")));
}

TEST(Condition, DepthIsBoundedWithoutRecursionTrouble) {
  auto nested = [](size_t depth) { return std::string(depth, '(') + "fd.name=a" + std::string(depth, ')'); };
  EXPECT_EQ(CompileOne(nested(1000)), "fd.name = a");
  EXPECT_THAT(ConditionErrors(nested(1001)), ElementsAre(HasSubstr("the condition nests deeper than 1000 levels")));
  EXPECT_THAT(ConditionErrors(nested(500000)), ElementsAre(HasSubstr("the condition nests deeper than 1000 levels")));
  // The deepest tree that parentheses can make: each level holds a `not`, an `or` and an `and`.
  std::string deepest = "fd.num=1";
  for (int i = 0; i < 1000; ++i) deepest = "fd.name=a or fd.num=2 and not (" + deepest + ")";
  EXPECT_THAT(ConditionErrors(deepest), ElementsAre(HasSubstr("nests deeper than 1000 levels")));
  std::string nots;
  for (int i = 0; i < 100000; ++i) nots += "not ";
  EXPECT_EQ(CompileOne(nots + "fd.name=a"), "fd.name = a");
}

TEST(Condition, EqualPartsAreShared) {
  LoadResult result = Load(RuleWith("(fd.num=0x10 and fd.name=a) or (proc.name=x and fd.num=16 and fd.name=a)"));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.rules->predicates.size(), 3u);
}

// rules[0].condition of a rule with this one.
std::string Printed(const std::string& condition) {
  std::string quoted;
  for (char c : condition) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  LoadResult result = Load(RuleWith("'" + quoted + "'"));
  return result.ok() ? result.rules->rules.at(0).condition : "error: " + result.diagnostics.at(0).message;
}

TEST(Condition, ThatIsPrintedReadsBackAsItWas) {
  for (
      const char* condition :
      {R"((evt.type = open and proc.name in (a, "b c", "d\"e", "f\\g", "h\ni\tj", "", "=", "it's")))",
       "((evt.type = open or evt.type = openat) and not (proc.name = a or not fd.name exists))",
       R"((evt.type = open and proc.env["A B"] startswith anyof (x, "y,z") and tolower(proc.name) = val(proc.pname)))"}) {
    EXPECT_EQ(Printed(condition), condition);
  }
}

}  // namespace
}  // namespace vedette
