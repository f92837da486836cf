// SPDX-License-Identifier: Apache-2.0
#include "outputs/output_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/outputs/alerts.h"

namespace vedette {
namespace {

std::string ErrorOf(const OutputConfig& config) { return std::string(MakeRoute(config).status().message()); }

TEST(MakeRoute, NamesTheRouteAfterWhereItLeads) {
  TemporaryDirectory directory;
  EXPECT_EQ(MakeRoute({.type = "stdout"})->name, "stdout");
  EXPECT_EQ(MakeRoute({.type = "file", .path = directory / "a"})->name, "file " + directory / "a");
  EXPECT_EQ(MakeRoute({.type = "syslog", .address = "udp://[::1]"})->name, "syslog udp://[::1]:514");
}

TEST(MakeRoute, SaysWhatIsWrongWithAConfiguration) {
  EXPECT_EQ(ErrorOf({.type = "carrier-pigeon"}),
            "unknown output type 'carrier-pigeon'; there are stdout, file, syslog");
  EXPECT_EQ(ErrorOf({.type = "file"}), "a file output needs a path");
  EXPECT_EQ(ErrorOf({.type = "stdout", .format = "yaml"}), "unknown format 'yaml'; there are json, text, text-color");
  EXPECT_EQ(ErrorOf({.type = "stdout", .queue_alerts = 0}), "queue_alerts must be at least 1");
  EXPECT_THAT(ErrorOf({.type = "syslog"}), testing::HasSubstr("needs an address"));
  EXPECT_THAT(ErrorOf({.type = "syslog", .address = "udp://h", .facility = "x"}), testing::HasSubstr("facility 'x'"));
}

}  // namespace
}  // namespace vedette
