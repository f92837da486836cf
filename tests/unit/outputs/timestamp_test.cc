// SPDX-License-Identifier: Apache-2.0
#include "outputs/timestamp.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace vedette {
namespace {

std::string Iso(int64_t ns, int digits) {
  std::string out;
  AppendIso8601(ns, digits, out);
  return out;
}

TEST(Timestamp, IsWrittenInUtcWithTheDigitsAskedFor) {
  EXPECT_EQ(Iso(1'507'591'916'746'609'046, 9), "2017-10-09T23:31:56.746609046Z");
  EXPECT_EQ(Iso(1'507'591'916'746'609'046, 6), "2017-10-09T23:31:56.746609Z");
  EXPECT_EQ(Iso(0, 9), "1970-01-01T00:00:00.000000000Z");
}

TEST(Timestamp, BeforeTheEpochAndAtTheEndsOfTheRangeIsStillATime) {
  EXPECT_EQ(Iso(-1, 9), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(Iso(std::numeric_limits<int64_t>::max(), 9), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(Iso(std::numeric_limits<int64_t>::min(), 9), "1677-09-21T00:12:43.145224192Z");
}

}  // namespace
}  // namespace vedette
