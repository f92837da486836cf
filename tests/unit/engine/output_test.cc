// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;
using testing::VariantWith;

Alert AlertOf(std::string_view output, std::string_view event, EngineOptions options = {}) {
  const std::string yaml = "- rule: r\n  desc: d\n  condition: evt.type = openat\n  output: \"" + std::string(output) +
                           "\"\n  priority: WARNING\n  tags: [b, a]\n";
  std::vector<Alert> alerts = Detector(yaml, std::move(options)).On(event);
  EXPECT_EQ(alerts.size(), 1u);
  return alerts.empty() ? Alert{} : std::move(alerts.front());
}

TEST(Output, PutsValuesForFieldsAndNaForWhatIsMissing) {
  EXPECT_EQ(AlertOf("file=%fd.name by %proc.name.", "evt.type=openat fd.name=/x").output, "file=/x by <NA>.");
}

TEST(Output, JoinsAncestorsByBlanks) {
  EXPECT_EQ(AlertOf("%proc.aname", "evt.type=openat proc.aname=sh proc.aname=sshd").output, "sh sshd");
}

TEST(Output, PadsAndCutsToTheWidth) {
  EXPECT_EQ(AlertOf("[%6proc.name]", "evt.type=openat proc.name=cat").output, "[cat   ]");
  EXPECT_EQ(AlertOf("[%2proc.name]", "evt.type=openat proc.name=cat").output, "[ca]");
}

TEST(Output, AppliesTransformers) {
  EXPECT_EQ(AlertOf("%toupper(proc.name)", "evt.type=openat proc.name=cat").output, "CAT");
}

TEST(Output, KeepsHostileBytesForTheEncoder) {
  EXPECT_EQ(AlertOf("%fd.name", "evt.type=openat fd.name='a\x1b[31m'").output, "a\x1b[31m");
}

TEST(Output, FieldsAreTyped) {
  const Alert alert = AlertOf("%fd.num %evt.is_open_read %fd.name %proc.name %fd.num",
                              "evt.type=openat fd.num=3 evt.is_open_read=true fd.name=/x");
  EXPECT_THAT(alert.fields,
              ElementsAre(Pair("fd.num", VariantWith<int64_t>(3)), Pair("evt.is_open_read", VariantWith<bool>(true)),
                          Pair("fd.name", VariantWith<std::string>("/x")),
                          Pair("proc.name", VariantWith<std::monostate>(std::monostate{})),
                          Pair("evt.time", VariantWith<int64_t>(alert.time_ns))));
}

TEST(Output, CarriesWhatTheRuleSays) {
  EngineOptions options;
  options.hostname = "box";
  const Alert alert = AlertOf("x", "evt.type=openat", std::move(options));
  EXPECT_EQ(alert.rule, "r");
  EXPECT_EQ(alert.hostname, "box");
  EXPECT_EQ(alert.source, "syscall");
  EXPECT_EQ(alert.priority, Priority::kWarning);
  EXPECT_THAT(alert.tags, ElementsAre("b", "a"));
  EXPECT_EQ(alert.id.size(), 36u);
}

TEST(Output, ExtraFieldsHaveTheirTypeOrTheirTextAndReplaceWhatTheOutputPrints) {
  EngineOptions options;
  std::vector<Alert> alerts;
  Engine engine(options, [&](Alert alert) { alerts.push_back(std::move(alert)); });
  engine.SetRules(
      RulesFrom("- {rule: r, desc: d, condition: evt.type = openat, output: '%proc.name', priority: INFO}",
                {.additions = {{.fields = {{"fd.num", {}}, {"site", "n %fd.num"}, {"proc.name", "<%proc.name>"}}}}}));
  engine.OnEvent(EventFrom("evt.type=openat fd.num=3 proc.name=cat").event());
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].output, "cat");
  EXPECT_THAT(alerts[0].fields,
              ElementsAre(Pair("fd.num", VariantWith<int64_t>(3)), Pair("site", VariantWith<std::string>("n 3")),
                          Pair("proc.name", VariantWith<std::string>("<cat>")), Pair("evt.time", testing::_)));
}

TEST(Output, AppendedFieldsAreInEveryAlert) {
  EngineOptions options;
  FieldRef field;
  field.field = FindField("proc.name").field;
  field.spelling = "proc.name";
  options.appended_fields.push_back(field);
  const Alert alert = AlertOf("x", "evt.type=openat proc.name=cat", std::move(options));
  EXPECT_THAT(alert.fields, Contains(Pair("proc.name", VariantWith<std::string>("cat"))));
}

}  // namespace
}  // namespace vedette
