// SPDX-License-Identifier: Apache-2.0
#include "engine/uuid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace vedette {
namespace {

TEST(UuidV7, HasTheFormOfRfc9562) {
  UuidV7 ids;
  EXPECT_THAT(ids.Next(1'700'000'000'123'456'789),
              testing::MatchesRegex("018bcfe5-687b-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(UuidV7, IsDistinctAndSortsByTime) {
  UuidV7 ids;
  std::set<std::string> seen;
  std::string last;
  for (int64_t i = 0; i < 3000; ++i) {
    const std::string id = ids.Next(1'700'000'000'000'000'000 + i * 1000);
    EXPECT_LT(last, id);
    EXPECT_TRUE(seen.insert(id).second);
    last = id;
  }
}

TEST(UuidV7, SurvivesAnAbsurdTime) {
  UuidV7 ids;
  EXPECT_EQ(ids.Next(-5).size(), 36u);
  EXPECT_EQ(ids.Next(INT64_MAX).size(), 36u);
}

}  // namespace
}  // namespace vedette
