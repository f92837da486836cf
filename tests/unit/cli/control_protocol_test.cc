// SPDX-License-Identifier: Apache-2.0
#include "cli/control_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vedette {
namespace {

using testing::HasSubstr;

std::string WhyNot(const std::string& line) { return std::string(ParseControlRequest(line).status().message()); }

TEST(ControlProtocol, TakesARequestOfItsVersion) {
  auto request = ParseControlRequest("{\"version\":1,\"command\":\"mode\",\"mode\":\"monitor\"}\n");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ((*request)["mode"], "monitor");
}

TEST(ControlProtocol, SaysWhatIsWrongWithOthers) {
  EXPECT_THAT(WhyNot("mode monitor\n"), HasSubstr("no JSON object"));
  EXPECT_THAT(WhyNot("[1]\n"), HasSubstr("no JSON object"));
  EXPECT_THAT(WhyNot("{\"version\":2,\"command\":\"mode\"}\n"), HasSubstr("version 1"));
  EXPECT_THAT(WhyNot("{\"command\":\"mode\"}\n"), HasSubstr("version 1"));
  EXPECT_THAT(WhyNot("{\"version\":1,\"command\":7}\n"), HasSubstr("command"));
}

TEST(ControlProtocol, AnswersInOneLine) {
  EXPECT_EQ(MakeControlReply(std::string("a\nb")), "{\"ok\":true,\"text\":\"a\\nb\",\"version\":1}\n");
  EXPECT_EQ(MakeControlReply(absl::NotFoundError("no rule \xff")), "{\"ok\":false,\"text\":\"no rule \xef\xbf\xbd\",\"version\":1}\n");
}

TEST(ControlProtocol, SaysThatNobodyListens) {
  EXPECT_THAT(std::string(AskAgent("/nowhere/socket", {{"version", 1}}).status().message()), HasSubstr("does an agent run?"));
}

}  // namespace
}  // namespace vedette
