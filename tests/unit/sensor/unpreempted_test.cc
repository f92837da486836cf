// SPDX-License-Identifier: Apache-2.0
#include "sensor/unpreempted.h"

#include <gtest/gtest.h>
#include <sched.h>

namespace vedette {
namespace {

TEST(Unpreempted, TheThreadHasARealTimePolicyForAsLongAsTheOutermostOneLives) {
  const int before = sched_getscheduler(0);
  {
    const Unpreempted outer;
    const int within = sched_getscheduler(0);
    if (within == before) GTEST_SKIP() << "this thread may not have one";
    EXPECT_EQ(within, SCHED_FIFO);
    { const Unpreempted inner; }
    EXPECT_EQ(sched_getscheduler(0), SCHED_FIFO);
  }
  EXPECT_EQ(sched_getscheduler(0), before);
}

}  // namespace
}  // namespace vedette
