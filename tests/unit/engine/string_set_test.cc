// SPDX-License-Identifier: Apache-2.0
#include "engine/string_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace vedette {
namespace {

TEST(StringSet, HasItsMembersAndNothingElse) {
  std::mt19937 random(7);
  auto text = [&] {
    std::string s(random() % 12, 'a');
    for (char& c : s) c = static_cast<char>('a' + random() % 3);
    return s;
  };
  std::vector<std::string> members;
  for (int i = 0; i < 500; ++i) members.push_back(text());
  const StringSet set(members);
  const std::set<std::string> expected(members.begin(), members.end());
  for (int i = 0; i < 20'000; ++i) {
    const std::string s = text();
    ASSERT_EQ(set.Contains(s), expected.contains(s)) << s;
  }
}

TEST(StringSet, AnEmptySetHasNothing) { EXPECT_FALSE(StringSet({}).Contains("")); }

TEST(StringSet, KeepsEmbeddedZeroBytes) {
  const StringSet set({std::string("a\0b", 3)});
  EXPECT_TRUE(set.Contains(std::string_view("a\0b", 3)));
  EXPECT_FALSE(set.Contains("a"));
}

}  // namespace
}  // namespace vedette
