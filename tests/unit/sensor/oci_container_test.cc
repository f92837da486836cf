// SPDX-License-Identifier: Apache-2.0
#include "sensor/oci_container.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vedette {
namespace {

using testing::HasSubstr;

TEST(OciContainer, IsReadFromTheStateThatARuntimeGivesItsHooks) {
  const auto container = ParseOciState(
      R"({"ociVersion": "1.0.2", "id": "web", "status": "creating", "pid": 4711, "bundle": "/run/web", "annotations": {"a": "b"}})");
  ASSERT_TRUE(container.ok()) << container.status();
  EXPECT_EQ(container->id, "web");
  EXPECT_EQ(container->pid, 4711u);
  EXPECT_EQ(container->bundle, "/run/web");
}

TEST(OciContainer, GoesToTheAgentAsItIs) {
  for (const OciContainer& c : {OciContainer{"web", 7, "/a b/\"c"}, OciContainer{"\xff\n", 1, ""}}) {
    const auto again = ParseOciState(ToJson(c));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->pid, c.pid);
    EXPECT_EQ(again->bundle, c.bundle);
  }
}

TEST(OciContainer, OfAnythingElseIsAnErrorThatSaysWhatIsMissing) {
  auto error = [](std::string_view text) {
    const auto container = ParseOciState(text);
    return container.ok() ? "no error" : std::string(container.status().message());
  };
  for (std::string_view text : {"", "{", "[]", "7", "null", "\"web\""})
    EXPECT_THAT(error(text), HasSubstr("no JSON object"));
  EXPECT_THAT(error(std::string(100'000, '[')), HasSubstr("no JSON object"));
  EXPECT_THAT(error(std::string(kMaxOciState + 1, ' ')), HasSubstr("longer than"));
  for (std::string_view id : {"7", "\"\"", "[\"web\"]", "\"a\\u0000b\""}) {
    EXPECT_THAT(error(fmt::format("{{\"id\": {}, \"pid\": 1}}", id)), HasSubstr("no 'id'"));
  }
  for (std::string_view pid : {"0", "-1", "1.5", "\"1\"", "2147483648", "18446744073709551615", "1e99"}) {
    EXPECT_THAT(error(fmt::format("{{\"id\": \"web\", \"pid\": {}}}", pid)), HasSubstr("no 'pid'"));
  }
  EXPECT_THAT(error(R"({"id": "web"})"), HasSubstr("createRuntime"));
  for (std::string_view bundle : {"7", "\"relative\"", "\"\"", "\"/a\\u0000\""}) {
    EXPECT_THAT(error(fmt::format("{{\"id\": \"web\", \"pid\": 1, \"bundle\": {}}}", bundle)), HasSubstr("'bundle'"));
  }
}

TEST(OciContainer, HasToHaveACgroupOfItsOwn) {
  const auto mine = ResolveOciContainer({"no such container", static_cast<uint32_t>(getpid()), ""});
  EXPECT_FALSE(mine.ok());
  EXPECT_FALSE(ResolveOciContainer({"web", 0x7ffffffe, ""}).ok());
}

}  // namespace
}  // namespace vedette
