// SPDX-License-Identifier: Apache-2.0
//
// Operators by type: what is allowed is the language reference's section "Type rules".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct TypeCase {
  const char* field;
  const char* value;
  const char* type;
  std::set<std::string> operators;
};

const std::set<std::string> kEquality = {"=", "!=", "in", "intersects"};
const std::set<std::string> kNumeric = {"=", "!=", "<", "<=", ">", ">=", "in", "intersects"};
const std::set<std::string> kText = {
    "=",          "!=",       "<",  "<=",     ">",    ">=",    "contains", "icontains",
    "startswith", "endswith", "in", "pmatch", "glob", "iglob", "regex",    "intersects"};
const std::set<std::string> kAll = {
    "=",          "!=",       "<",    "<=",    ">",     ">=", "contains",   "icontains",   "bcontains",
    "startswith", "endswith", "glob", "iglob", "regex", "in", "intersects", "bstartswith", "pmatch"};

TEST(Types, EachHasItsOperatorsAndNoOthers) {
  const TypeCase kCases[] = {
      {"fd.num", "12", "number", kNumeric},
      {"fd.sport", "80", "port", kNumeric},
      {"evt.is_open_read", "true", "boolean", kEquality},
      {"proc.name", "12", "string", kText},
      {"fd.name", "12", "path", kText},
      {"fd.sip", "10.0.0.1", "IP address", kEquality},
      {"fd.snet", "10.0.0.0/8", "network", kEquality},
  };
  for (const TypeCase& c : kCases) {
    for (const std::string& op : kAll) {
      bool list = op == "in" || op == "intersects" || op == "pmatch";
      bool order = op[0] == '<' || op[0] == '>';
      std::string value = order ? "12" : std::string(c.value);
      std::string condition = fmt::format("{} {} {}", c.field, op,
                                          list    ? "('" + value + "')"
                                          : order ? value
                                                  : "'" + value + "'");
      auto errors = ConditionErrors("\"" + condition + "\"");
      if (c.operators.contains(op)) {
        EXPECT_THAT(errors, IsEmpty()) << condition;
      } else {
        EXPECT_THAT(
            errors,
            ElementsAre(HasSubstr(fmt::format("'{}' cannot be applied to '{}', which is a {}", op, c.field, c.type))))
            << condition;
      }
    }
    EXPECT_THAT(ConditionErrors(fmt::format("{} exists", c.field)), IsEmpty());
  }
}

TEST(Types, UnknownFieldsNameTheNearest) {
  EXPECT_THAT(ConditionErrors("fd.nmae = a"), ElementsAre("3:14: unknown field 'fd.nmae'; did you mean 'fd.name'?"));
  EXPECT_THAT(ConditionErrors("fd.name.x = a"), ElementsAre(HasSubstr("3:14: unknown field 'fd.name.x'")));
}

TEST(Types, FalcosFieldsToComeAreNamed) {
  ASSERT_FALSE(UnsupportedFields().empty());
  std::string name(UnsupportedFields()[0].name);
  EXPECT_THAT(ConditionErrors(name + " exists"),
              ElementsAre(HasSubstr(fmt::format("vedette does not support the field '{}' yet: ", name))));
}

TEST(Types, ArgumentsAreChecked) {
  EXPECT_THAT(ConditionErrors("proc.name[1] = a"), ElementsAre(HasSubstr("'proc.name' takes no argument")));
  EXPECT_THAT(ConditionErrors("proc.aname[x] = a"),
              ElementsAre(HasSubstr("3:25: the argument of 'proc.aname' must be a number")));
  EXPECT_THAT(ConditionErrors("evt.arg = a"), ElementsAre(HasSubstr("the field 'evt.arg' needs an argument")));
  EXPECT_THAT(ConditionErrors("proc.aname[] = a"), ElementsAre(HasSubstr("expected the field's argument")));
  EXPECT_THAT(ConditionErrors("proc.aname[2 = a"), ElementsAre(HasSubstr("expected ']'")));
}

TEST(Types, TransformersAreForSingleTexts) {
  EXPECT_THAT(ConditionErrors("tolower(fd.sip) = a"),
              ElementsAre(HasSubstr("tolower() cannot be applied to 'fd.sip', which is no text")));
  EXPECT_THAT(ConditionErrors("tolower(proc.aname) = a"), ElementsAre(HasSubstr("which stands for several values")));
  EXPECT_THAT(ConditionErrors("tolower(proc.aname[2]) = a"), IsEmpty());
  EXPECT_THAT(ConditionErrors("len(fd.name) contains 3"),
              ElementsAre(HasSubstr("'contains' cannot be applied to 'len(fd.name)'")));
}

TEST(Types, EventTypesMustExistAndBeReported) {
  EXPECT_THAT(ConditionErrors("evt.type = opne"), ElementsAre("3:25: unknown event type 'opne'; did you mean 'open'?"));
  EXPECT_THAT(ConditionErrors("evt.type in (open, foo)"), ElementsAre(HasSubstr("3:33: unknown event type 'foo'")));
  for (const char* type : {"getppid", "signaldeliver"}) {
    EXPECT_THAT(
        Warnings(RuleWith(fmt::format("evt.type = {}", type))),
        ElementsAre(fmt::format("3:25: vedette does not support the event type '{}' yet: no event reports it", type)));
    EXPECT_THAT(Errors(RuleWith(fmt::format("evt.type = {}", type), "  action: deny\n")),
                ElementsAre(HasSubstr("no event reports it")));
  }
  EXPECT_THAT(ConditionErrors("evt.type in (container, mkdir, recvmsg, prctl, userfaultfd)"), IsEmpty());
  EXPECT_THAT(ConditionErrors("evt.type != getppid"), IsEmpty());
  EXPECT_THAT(ConditionErrors("evt.type startswith ope"), IsEmpty());
}

TEST(Types, AllErrorsOfAConditionAreReported) {
  EXPECT_THAT(
      ConditionErrors("fd.a = 1 and fd.num = x and not fd.sip = y"),
      ElementsAre(HasSubstr("3:14: unknown field"), HasSubstr("3:36: 'x' is not"), HasSubstr("3:55: 'y' is not")));
}

TEST(Types, AreCheckedBesideAnUndefinedMacro) {
  EXPECT_THAT(ConditionErrors("nope and (fd.num = x or evt.type = open)"),
              ElementsAre("3:14: undefined macro 'nope'", HasSubstr("3:33: 'x' is not a 64-bit integer")));
}

TEST(Types, AnErrorInAMacroIsReportedOnce) {
  std::string text = "- macro: m\n  condition: fd.num = x\n" + RuleWith("m and evt.type=open");
  std::string other = RuleWith("m");
  other.replace(other.find("rule: r"), 7, "rule: s");
  EXPECT_THAT(Errors(text + other), ElementsAre(HasSubstr("2:23: 'x' is not a 64-bit integer")));
}

}  // namespace
}  // namespace vedette
