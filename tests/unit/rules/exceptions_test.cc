// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string WithExceptions(std::string_view exceptions) {
  return RuleWith("evt.type=open or fd.num=1", fmt::format("  exceptions:\n{}", exceptions));
}

TEST(Exceptions, OfOneFieldAreOneList) {
  EXPECT_EQ(CompiledCondition(WithExceptions("  - name: e\n    fields: proc.name\n    values: [a, b c]\n")),
            "((evt.type = open or fd.num = 1) and not proc.name in (a, b c))");
  EXPECT_EQ(
      CompiledCondition(WithExceptions("  - name: e\n    fields: fd.name\n    comps: pmatch\n    values: [/a, /b]\n")),
      "((evt.type = open or fd.num = 1) and not fd.name pmatch (/a, /b))");
}

TEST(Exceptions, OfSeveralFieldsAreRows) {
  EXPECT_EQ(CompiledCondition(
                WithExceptions("  - name: e\n    fields: [proc.name, fd.name]\n    values: [[a, /x], [b, /y z]]\n")),
            "((evt.type = open or fd.num = 1) and not ((proc.name = a and fd.name = /x) or (proc.name = b and fd.name "
            "= /y z)))");
  EXPECT_EQ(
      CompiledCondition(WithExceptions("  - name: e\n    fields: [proc.name, fd.name]\n    comps: [in, startswith]\n"
                                       "    values: [[[a, b], /x]]\n")),
      "((evt.type = open or fd.num = 1) and not (proc.name in (a, b) and fd.name startswith /x))");
}

TEST(Exceptions, AScalarForAListOperatorMayNameAList) {
  EXPECT_EQ(
      CompiledCondition("- list: l\n  items: [a, b]\n" +
                        WithExceptions("  - name: e\n    fields: [proc.name]\n    comps: [in]\n    values: [[l]]\n")),
      "((evt.type = open or fd.num = 1) and not proc.name in (a, b))");
}

TEST(Exceptions, SeveralAreAllExcluded) {
  EXPECT_EQ(CompiledCondition(WithExceptions(
                "  - {name: e, fields: proc.name, values: [a]}\n  - {name: f, fields: fd.name, values: [b]}\n")),
            "((evt.type = open or fd.num = 1) and not proc.name in (a) and not fd.name in (b))");
}

TEST(Exceptions, WithoutValuesDoNothing) {
  EXPECT_EQ(CompiledCondition(WithExceptions("  - {name: e, fields: proc.name}\n")), "(evt.type = open or fd.num = 1)");
}

TEST(Exceptions, HaveTheirShapeChecked) {
  auto errors = [](std::string_view exception) { return Errors(WithExceptions(exception)); };
  EXPECT_THAT(errors("  - {name: e, values: [a]}\n"), ElementsAre(HasSubstr("has no 'fields'")));
  EXPECT_THAT(errors("  - {fields: proc.name, values: [a]}\n"), ElementsAre(HasSubstr("has no 'name'")));
  EXPECT_THAT(errors("  - {name: e, fields: proc.nmae, values: [a]}\n"),
              ElementsAre(HasSubstr("7:23: exception 'e': unknown field 'proc.nmae'; did you mean 'proc.name'?")));
  EXPECT_THAT(errors("  - {name: e, fields: [proc.name, fd.name], comps: [=], values: [[a, b]]}\n"),
              ElementsAre(HasSubstr("must be lists of the same length")));
  EXPECT_THAT(errors("  - {name: e, fields: proc.name, comps: startswith, values: [a]}\n"),
              ElementsAre(HasSubstr("with a single field 'comps' must be in")));
  EXPECT_THAT(errors("  - {name: e, fields: [proc.name], comps: [equals], values: [[a]]}\n"),
              ElementsAre(HasSubstr("'equals' is no comparison operator")));
  EXPECT_THAT(errors("  - {name: e, fields: [proc.name, fd.name], values: [[a]]}\n"),
              ElementsAre(HasSubstr("this row has 1 values for 2 fields")));
  EXPECT_THAT(errors("  - {name: e, fields: proc.name, values: [[a]]}\n"),
              ElementsAre(HasSubstr("a list of single values")));
  EXPECT_THAT(errors("  - {name: e, fields: proc.name, values: a}\n"), ElementsAre(HasSubstr("must be a sequence")));
  EXPECT_THAT(errors("  - {name: e, fields: fd.num, values: [a]}\n"),
              ElementsAre(HasSubstr("7:40: 'a' is not a 64-bit integer")));
}

TEST(Exceptions, AreAppendedByName) {
  std::string rule = WithExceptions("  - {name: e, fields: proc.name, values: [a]}\n");
  std::string head = "- rule: r\n  override: {exceptions: append}\n  exceptions:\n";
  EXPECT_EQ(CompiledCondition(rule + head + "  - {name: e, values: [b]}\n"),
            "((evt.type = open or fd.num = 1) and not proc.name in (a, b))");
  EXPECT_EQ(CompiledCondition(rule + head + "  - {name: f, fields: fd.name, values: [b]}\n"),
            "((evt.type = open or fd.num = 1) and not proc.name in (a) and not fd.name in (b))");
  EXPECT_THAT(Errors(rule + head + "  - {name: e, fields: fd.name, values: [b]}\n"),
              ElementsAre(HasSubstr("only 'values' can be appended to the exception 'e'")));
  EXPECT_THAT(Errors(rule + head + "  - {name: f, values: [b]}\n"),
              ElementsAre(HasSubstr("needs both 'fields' and 'values'")));
}

}  // namespace
}  // namespace vedette
