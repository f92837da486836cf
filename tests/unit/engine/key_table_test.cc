// SPDX-License-Identifier: Apache-2.0
#include "engine/key_table.h"

#include <gtest/gtest.h>

#include <string>

namespace vedette {
namespace {

TEST(KeyTable, ForgetsTheKeyUsedLongestAgoAndCountsIt) {
  KeyTable<int> table({.keys = 2, .bytes = 1 << 20});
  table.Get("a") = 1;
  table.Get("b") = 2;
  EXPECT_EQ(table.Get("a"), 1);
  table.Get("c") = 3;
  EXPECT_EQ(table.forgotten(), 1u);
  EXPECT_EQ(table.Get("a"), 1);
  EXPECT_EQ(table.Get("c"), 3);
  EXPECT_EQ(table.Get("b"), 0);
}

TEST(KeyTable, StaysWithinItsBytesWhateverTheKeys) {
  KeyTable<int> table({.keys = 1000, .bytes = 64 << 10});
  for (int i = 0; i < 5000; ++i) {
    table.Get(std::to_string(i) + std::string(static_cast<size_t>(i) * 7 % 9000, 'x'));
    ASSERT_LE(table.bytes(), 64u << 10);
  }
  EXPECT_EQ(table.size() + table.forgotten(), 5000u);
}

TEST(KeyTable, AStateThatGrowsMakesOthersGo) {
  KeyTable<int> table({.keys = 1000, .bytes = 10000});
  for (int i = 0; i < 10; ++i) table.Get(std::to_string(i));
  EXPECT_EQ(table.size(), 10u);
  table.Charge(9000);
  EXPECT_LE(table.bytes(), 10000u);
  EXPECT_LT(table.size(), 10u);
  EXPECT_GT(table.forgotten(), 0u);
}

TEST(KeyTable, ErasingGivesAllBytesBack) {
  KeyTable<int> table;
  table.Get("a");
  table.Charge(100);
  table.Erase("a");
  table.Erase("a");
  EXPECT_EQ(table.bytes(), 0u);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.forgotten(), 0u);
}

}  // namespace
}  // namespace vedette
