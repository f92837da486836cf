// SPDX-License-Identifier: Apache-2.0
//
// Fields on the right of an operator, and transformers of several arguments: what is allowed, and how errors say so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(RightSide, IsAFieldInValOrATransformer) {
  EXPECT_EQ(CompileOne("proc.name = val(proc.pname)"), "proc.name = val(proc.pname)");
  EXPECT_EQ(CompileOne("proc.name = val( proc.pname )"), "proc.name = val(proc.pname)");
  EXPECT_EQ(CompileOne("tolower(proc.name) startswith toupper(proc.pname)"),
            "tolower(proc.name) startswith toupper(proc.pname)");
  EXPECT_EQ(CompileOne("proc.pid != val(proc.ppid)"), "proc.pid != val(proc.ppid)");
  EXPECT_EQ(CompileOne("proc.pid < val(proc.ppid)"), "proc.pid < val(proc.ppid)");
  EXPECT_EQ(CompileOne("proc.name in val(proc.pname)"), "proc.name in val(proc.pname)");
  EXPECT_EQ(CompileOne("evt.arg.flags = val(evt.arg[mode])"), "evt.arg.flags = val(evt.arg.mode)");
  EXPECT_EQ(CompileOne("fd.sip = val(fd.cip)"), "fd.sip = val(fd.cip)");
  EXPECT_EQ(CompileOne("fd.num > len(fd.name)"), "fd.num > len(fd.name)");
}

TEST(RightSide, ErrorsPointAtIt) {
  EXPECT_THAT(ConditionErrors("val(fd.name) = a"), ElementsAre("3:14: val() stands only on the right of an operator"));
  EXPECT_THAT(ConditionErrors("fd.name = val(tolower(fd.name))"), ElementsAre(HasSubstr("3:28: val() takes a field")));
  EXPECT_THAT(ConditionErrors("fd.name = val(fd.nmae)"),
              ElementsAre("3:28: unknown field 'fd.nmae'; did you mean 'fd.name'?"));
  EXPECT_THAT(ConditionErrors("fd.name = val(fd.nameraw"), ElementsAre(HasSubstr("3:38: expected ')'")));
  EXPECT_THAT(ConditionErrors("fd.name regex val(proc.name)"),
              ElementsAre("3:32: 'regex' takes no field on its right; write the pattern"));
  EXPECT_THAT(ConditionErrors("fd.name pmatch val(proc.cwd)"), ElementsAre(HasSubstr("'pmatch' takes no field")));
  EXPECT_THAT(ConditionErrors("fd.num = val(fd.name)"),
              ElementsAre("3:27: 'fd.num' is a number, which cannot be compared with 'fd.name', a path"));
  EXPECT_THAT(ConditionErrors("fd.name = len(proc.name)"), ElementsAre(HasSubstr("cannot be compared")));
  EXPECT_THAT(ConditionErrors("evt.failed = val(proc.name)"), ElementsAre(HasSubstr("is a boolean")));
}

TEST(RightSide, IsNotForFieldsOfSeveralValuesOrNetworks) {
  for (const char* field : {"fd.ip", "fd.net", "fd.snet"}) {
    EXPECT_THAT(ConditionErrors(fmt::format("{} = val(fd.sip)", field)), ElementsAre(HasSubstr("is not compared")));
    EXPECT_THAT(ConditionErrors(fmt::format("fd.sip = val({})", field)), ElementsAre(HasSubstr("cannot stand on")));
  }
  EXPECT_THAT(ConditionErrors("fd.port = val(fd.sport)"), ElementsAre(HasSubstr("is not compared")));
  EXPECT_THAT(ConditionErrors("proc.aname = val(proc.name)"), ElementsAre(HasSubstr("is not compared")));
  EXPECT_THAT(ConditionErrors("proc.name = val(proc.aname)"), ElementsAre(HasSubstr("cannot stand on")));
}

TEST(RightSide, IsForgivenByTheRuleThatSkipsUnknownFields) {
  LoadResult result = Load(RuleWith("fd.name = val(fd.nope)", "  skip-if-unknown-filter: true\n"));
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result.rules->rules, IsEmpty());
}

TEST(Transformers, TakeSeveralArguments) {
  EXPECT_EQ(CompileOne("'concat(proc.name, \":\", fd.name) = a'"), "concat(proc.name, \":\", fd.name) = a");
  EXPECT_EQ(CompileOne("'join(\",\", (proc.name, \"x\", 7)) = a'"), "join(\",\", (proc.name, \"x\", \"7\")) = a");
  EXPECT_EQ(CompileOne("'getopt((\"-n\", proc.name), \"n\") intersects (n)'"),
            "getopt((\"-n\", proc.name), \"n\") intersects (n)");
  EXPECT_EQ(CompileOne("'getopt((\"-t\", proc.name), \"t:\")[t] = bash'"),
            "getopt((\"-t\", proc.name), \"t:\")[t] = bash");
  EXPECT_EQ(CompileOne("'len(getopt((proc.name), \"ab\")) > 1'"), "len(getopt((proc.name), \"ab\")) > 1");
  EXPECT_EQ(CompileOne("'tolower(concat(proc.name, proc.exe)) = val(proc.cmdline)'"),
            "tolower(concat(proc.name, proc.exe)) = val(proc.cmdline)");
}

TEST(Transformers, HaveTheirArgumentsChecked) {
  auto errors = [](std::string_view condition) { return ConditionErrors("'" + std::string(condition) + "'"); };
  EXPECT_THAT(errors("concat(proc.name) = a"), ElementsAre(HasSubstr("3:15: concat() takes two or more texts")));
  EXPECT_THAT(errors("concat(proc.name, fd.num) = a"), ElementsAre(HasSubstr("'fd.num' is no text")));
  EXPECT_THAT(errors("concat(proc.name, proc.aname) = a"), ElementsAre(HasSubstr("stands for several values")));
  EXPECT_THAT(errors("join(\",\", proc.name) = a"), ElementsAre(HasSubstr("'proc.name' is no list")));
  EXPECT_THAT(errors("join((proc.name), (proc.name)) = a"), ElementsAre(HasSubstr("is a list")));
  EXPECT_THAT(errors("getopt() intersects (a)"), ElementsAre(HasSubstr("getopt() needs an argument")));
  EXPECT_THAT(errors("getopt((\"a\")) intersects (a)"), ElementsAre(HasSubstr("getopt() takes a list")));
  EXPECT_THAT(errors("getopt(\"a\", \"n\") intersects (a)"), ElementsAre(HasSubstr("is no list")));
  EXPECT_THAT(errors("getopt((\"a\"), (\"n\")) intersects (a)"), ElementsAre(HasSubstr("is a list")));
  EXPECT_THAT(errors("getopt((\"a\"), \"n\")[nn] = a"), ElementsAre(HasSubstr("one option")));
  EXPECT_THAT(errors("getopt((\"a\"), \"n\") = a"), ElementsAre(HasSubstr("use one of exists, in, intersects")));
  EXPECT_THAT(errors("tolower(\"a\") = a"), ElementsAre(HasSubstr("takes a field or a transformer")));
  EXPECT_THAT(errors("tolower(proc.name, fd.name) = a"), ElementsAre(HasSubstr("tolower() takes one field")));
  EXPECT_THAT(errors("tolower(proc.name)[1] = a"), ElementsAre(HasSubstr("takes no argument in [ ]")));
  std::string deep;
  for (int i = 0; i < 17; ++i) deep += "tolower(";
  EXPECT_THAT(errors(deep + "proc.name) = a"), ElementsAre(HasSubstr("more than 16 nested transformers")));
}

TEST(Modifiers, AreSugarForFieldsOfSeveralValuesToo) {
  EXPECT_EQ(CompileOne("proc.aname = allof (a, b)"), "(proc.aname = a and proc.aname = b)");
  EXPECT_EQ(CompileOne("proc.aname = oneof (a, b)"),
            "((proc.aname = a and not proc.aname = b) or (not proc.aname = a and proc.aname = b))");
  EXPECT_EQ(CompileOne("proc.name != allof ()"), "proc.name in ()");
}

}  // namespace
}  // namespace vedette
