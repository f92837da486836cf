// SPDX-License-Identifier: Apache-2.0
//
// The schema's tables against the reader: a key that one of them lacks would be a lie to the editor.
#include "cli/rule_schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "rules/rule_keys.h"
#include "rules/rule_loader.h"
#include "sensor/event/field.h"

namespace vedette {
namespace {

TEST(RuleSchema, HasEveryKeyOfTheTable) {
  const auto schema = nlohmann::json::parse(RuleSchema());
  const auto& properties = schema["$defs"]["rule"]["properties"];
  EXPECT_EQ(properties.size(), RuleKeys().size());
  for (const RuleKey& key : RuleKeys()) EXPECT_EQ(properties[std::string(key.name)]["description"], key.doc);
}

TEST(RuleSchema, HasEveryFieldWithItsDoc) {
  const auto schema = nlohmann::json::parse(RuleSchema());
  const auto& choices = schema["$defs"]["field"]["anyOf"];
  ASSERT_EQ(choices.size(), AllFields().size() + 1);
  for (size_t i = 0; i < AllFields().size(); ++i) {
    EXPECT_EQ(choices[i]["const"], AllFields()[i].name);
    EXPECT_EQ(choices[i]["description"], AllFields()[i].doc);
  }
}

// The reader knows each key of the table: none is unknown to it, and a near miss of each is named.
TEST(RuleSchema, TheReaderKnowsEveryKeyOfTheTable) {
  for (const RuleKey& key : RuleKeys()) {
    const std::vector<RuleFile> files = {
        {"r.yaml", fmt::format("- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: NOTICE\n"
                               "  {}: x\n  nonsense: x\n",
                               key.name)}};
    std::string all;
    for (const Diagnostic& d : LoadRules(files).diagnostics) all += d.message + "\n";
    EXPECT_THAT(all, testing::Not(testing::HasSubstr(fmt::format("unknown key '{}'", key.name))));
  }
}

}  // namespace
}  // namespace vedette
