// SPDX-License-Identifier: Apache-2.0
#include "engine/value_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace vedette {
namespace {

using Access = ValueIndex::Access;

bool Fulfils(std::string_view value, const ValueIndex::Item& item) {
  switch (item.access) {
    case Access::kExact:
      return value == item.text;
    case Access::kPrefix:
      return value.starts_with(item.text);
    case Access::kSuffix:
      return value.ends_with(item.text);
  }
  return false;
}

TEST(ValueIndex, FindsTheRulesThatATestOfEachWouldFind) {
  std::mt19937 random(3);
  auto text = [&](size_t longest) {
    std::string s(random() % (longest + 1), 'a');
    for (char& c : s) c = "ab\xff"[random() % 3];
    return s;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<ValueIndex::Item> items;
    for (uint32_t rule = 0; rule < 40; ++rule) items.push_back({static_cast<Access>(random() % 3), text(4), rule});
    const ValueIndex index(items);
    for (int i = 0; i < 100; ++i) {
      const std::string value = text(6);
      std::vector<uint32_t> expected, found;
      for (const auto& item : items) {
        if (Fulfils(value, item)) expected.push_back(item.rule);
      }
      index.Find(value, found);
      std::sort(found.begin(), found.end());
      ASSERT_EQ(found, expected) << value;
    }
  }
}

}  // namespace
}  // namespace vedette
