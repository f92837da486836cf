// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/load.h"

namespace vedette {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string RuleWithOutput(std::string_view output) {
  return fmt::format("- rule: r\n  desc: d\n  condition: evt.type=open\n  output: {}\n  priority: NOTICE\n", output);
}

// "text|<fd.name:10>|text"
std::string Parts(std::string_view output, const LoadOptions& options = {}) {
  LoadResult result = Load(RuleWithOutput(output), options);
  if (!result.ok()) return result.diagnostics[0].message;
  std::string out;
  for (const OutputPart& part : result.rules->rules[0].output) {
    if (!out.empty()) out += "|";
    if (part.field.field == nullptr) {
      out += part.text;
    } else {
      out += "<" + part.field.spelling + (part.width != 0 ? fmt::format(":{}", part.width) : "") + ">";
    }
  }
  return out;
}

TEST(Output, IsTextAndFields) {
  EXPECT_EQ(Parts("file=%fd.name by %proc.name."), "file=|<fd.name>| by |<proc.name>|.");
  EXPECT_EQ(Parts("no fields"), "no fields");
  EXPECT_EQ(Parts("'%fd.name'"), "<fd.name>");
}

TEST(Output, FieldsHaveArguments) {
  EXPECT_EQ(Parts("a[4]=%proc.aname[4] f=%evt.arg.flags, g=%evt.arg[flags]"),
            "a[4]=|<proc.aname[4]>| f=|<evt.arg.flags>|, g=|<evt.arg.flags>");
  EXPECT_EQ(Parts("'%fd.name[x]'"), "<fd.name>|[x]");
}

TEST(Output, FieldsHaveWidthsAndTransformers) {
  EXPECT_EQ(Parts("a %10fd.name b"), "a |<fd.name:10>| b");
  EXPECT_EQ(Parts("x%toupper(proc.name)y"), "x|<toupper(proc.name)>|y");
  EXPECT_EQ(Parts("x %*fd.name"), "x |<fd.name>");
  EXPECT_EQ(Parts("'*%fd.name'"), "<fd.name>");
}

TEST(Output, ContainerInfoPrintsNothing) { EXPECT_EQ(Parts("a %container.info b"), "a  b"); }

TEST(Output, SuggestedFieldsAreAppendedOnRequest) {
  LoadOptions options;
  options.suggested_output = true;
  EXPECT_EQ(Parts("a", options),
            "a container_id=|<container.id>| container_name=|<container.name>| container_image_repository=|"
            "<container.image.repository>| container_image_tag=|<container.image.tag>| k8s_pod_name=|<k8s.pod.name>| "
            "k8s_ns_name=|<k8s.ns.name>");
}

TEST(Output, ErrorsPointAtTheField) {
  auto errors = [](std::string_view output) { return Errors(RuleWithOutput(output)); };
  EXPECT_THAT(errors("file=%fd.nmae x"), ElementsAre("4:17: unknown field 'fd.nmae'; did you mean 'fd.name'?"));
  EXPECT_THAT(errors("50%"), ElementsAre(HasSubstr("4:13: the output ends with '%'")));
  EXPECT_THAT(errors("50% of"), ElementsAre(HasSubstr("4:14: expected a field after '%'")));
  EXPECT_THAT(errors("a%99999fd.name"), ElementsAre(HasSubstr("the width is more than")));
  EXPECT_THAT(errors("'%join(fd.name)'"), ElementsAre(HasSubstr("4:13: join() takes a separator and a list")));
  EXPECT_THAT(errors("'%tolower(fd.name'"), ElementsAre(HasSubstr("expected ',' or ')' after an argument")));
  EXPECT_THAT(errors("'%fd.a %fd.b'"),
              ElementsAre(HasSubstr("unknown field 'fd.a'"), HasSubstr("unknown field 'fd.b'")));
}

TEST(SkipIfUnknownFilter, SkipsTheRuleWithAWarning) {
  for (const char* condition : {"fd.nope = 1", "evt.type = nope"}) {
    LoadResult result = Load(RuleWith(condition, "  skip-if-unknown-filter: true\n"));
    ASSERT_TRUE(result.ok()) << condition;
    EXPECT_THAT(result.rules->rules, IsEmpty());
    EXPECT_EQ(result.diagnostics.size(), 1u);
  }
  EXPECT_FALSE(Load(RuleWith("fd.num = x", "  skip-if-unknown-filter: true\n")).ok());
}

}  // namespace
}  // namespace vedette
