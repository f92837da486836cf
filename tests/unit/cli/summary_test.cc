// SPDX-License-Identifier: Apache-2.0
#include "cli/summary.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Summary, OfAnUneventfulRunSaysThatNothingWasLost) {
  AgentReport report;
  report.sinks.push_back({.name = "stdout"});
  EXPECT_EQ(Summarize(report),
            "  events    0\n"
            "  alerts    0\n"
            "  losses    none\n"
            "  output    stdout: 0 delivered\n");
}

TEST(Summary, ShowsEveryLoss) {
  AgentReport report;
  report.source.delivered[VD_KIND_EXEC] = 2;
  report.source.delivered[VD_KIND_FILE_OPEN] = 10;
  report.source.losses[VD_KIND_FILE_OPEN][VD_LOSS_RING_FULL] = 3;
  report.source.losses[VD_KIND_EXEC][VD_LOSS_TRUNCATED] = 1;
  report.source.losses[VD_KIND_CONNECT][VD_LOSS_POLICY] = 4;
  report.source.malformed = 5;
  report.source.unknown_process = 6;
  report.source.processes_evicted = 7;
  report.source.arguments_cut = 11;
  report.source.environments_dropped = 12;
  report.source.details_dropped = 13;
  report.source.containers_cut = 14;
  report.source.containers_unread = 15;
  report.source.containers_refused = 16;
  report.source.containers_unread_reason = "meta.db is damaged: page 7 cannot be";
  report.engine.alerts = 8;
  report.engine.throttled = 20;
  report.engine.throttled_by_rule = {{"Noisy", 12}, {"Noisier", 5}};
  report.engine.throttle_keys_forgotten = 3;
  report.engine.correlation_keys_forgotten = 4;
  report.engine.correlation_unkeyed = 6;
  report.engine.verdict_disagreements = 9;
  report.sinks.push_back({.name = "stdout", .delivered = 8, .retries = 2, .lost = 1, .truncated = 1});
  report.reloads = 1;
  EXPECT_EQ(Summarize(report),
            "  events    12 (file_open 10, process_exec 2)\n"
            "  alerts    8\n"
            "  throttled 20 (Noisy 12, Noisier 5, rules of before a reload 3)\n"
            "  losses    dropped, ring full: 3 (file_open 3)\n"
            "  losses    truncated: 1 (process_exec 1)\n"
            "  losses    allowed, undecided: 4 (connect 4)\n"
            "  losses    records refused by the decoder: 5\n"
            "  losses    events of an unknown process: 6\n"
            "  losses    processes forgotten, table full: 7\n"
            "  losses    processes with arguments cut, table full: 11\n"
            "  losses    processes without their environment, table full: 12\n"
            "  losses    processes without their descriptors, table full: 13\n"
            "  losses    containers with mounts or labels cut: 14\n"
            "  losses    containers without labels, as meta.db is damaged: page 7 cannot be: 15\n"
            "  losses    containers not known to the kernel, table full: 16\n"
            "  losses    keys of a throttle forgotten, table full: 3\n"
            "  losses    keys of a count or sequence forgotten, table full: 4\n"
            "  losses    alerts not delivered to stdout: 1\n"
            "  losses    alerts cut for stdout: 1\n"
            "  output    stdout: 8 delivered, 2 retries\n"
            "  unkeyed   6 events without a value to count or sequence by\n"
            "  verdicts  9 decided otherwise in the kernel than by the rules\n"
            "  reloads   1 done, 0 failed\n");
}

}  // namespace
}  // namespace vedette
