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
  options.additions.push_back({.suggested = true});
  EXPECT_EQ(Parts("a", options),
            "a container_id=|<container.id>| container_name=|<container.name>| container_image_repository=|"
            "<container.image.repository>| container_image_tag=|<container.image.tag>| k8s_pod_name=|<k8s.pod.name>| "
            "k8s_ns_name=|<k8s.ns.name>");
}

// The outputs of the rules one, two (both tagged a) and three (tagged a and b), with these additions.
std::vector<std::string> OutputsWith(std::vector<OutputAddition> additions) {
  std::string text;
  for (const char* rule : {"one, tags: [a]", "two, tags: [a]", "three, tags: [a, b]"}) {
    text += fmt::format("- {{desc: d, condition: evt.type=open, output: out, priority: INFO, rule: {}}}\n", rule);
  }
  LoadResult result = Load(text, {.additions = std::move(additions)});
  std::vector<std::string> out;
  for (const Rule& rule : result.rules->rules) out.push_back(rule.output_template);
  return out;
}

TEST(OutputAdditions, GoToTheRulesThatTheyMatch) {
  EXPECT_THAT(OutputsWith({{.text = "t=%evt.type"}}),
              ElementsAre("out t=%evt.type", "out t=%evt.type", "out t=%evt.type"));
  EXPECT_THAT(
      OutputsWith({{.tags = {"a"}, .text = "x1"}, {.rule = "two", .text = "x2"}, {.tags = {"b", "a"}, .text = "x3"}}),
      ElementsAre("out x1", "out x1 x2", "out x1 x3"));
  EXPECT_THAT(
      OutputsWith({{.source = "k8s_audit", .text = "%ka.verb"}, {.source = "syscall", .rule = "one", .text = "x"}}),
      ElementsAre("out x", "out", "out"));
}

TEST(OutputAdditions, MayBeFieldsOnlyAndTheLaterOfANameStays) {
  LoadResult result =
      Load(RuleWithOutput("o"),
           {.additions = {{.fields = {{"site", "north"}, {"proc.pid", {}}}}, {.fields = {{"site", "%evt.hostname"}}}}});
  const Rule& rule = result.rules->rules.at(0);
  EXPECT_EQ(rule.output_template, "o");
  ASSERT_EQ(rule.extra_fields.size(), 2u);
  EXPECT_EQ(rule.extra_fields[0].name, "proc.pid");
  EXPECT_TRUE(rule.extra_fields[0].typed);
  EXPECT_EQ(rule.extra_fields[1].format.at(0).field.spelling, "evt.hostname");
  EXPECT_FALSE(rule.extra_fields[1].typed);
}

TEST(OutputAdditions, OfAFieldThatIsNoneFailTheLoad) {
  LoadResult result = Load(RuleWithOutput("o"), {.additions = {{.fields = {{"fd.nmae", {}}}}}});
  EXPECT_FALSE(result.ok());
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
