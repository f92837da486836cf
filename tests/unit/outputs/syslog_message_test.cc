// SPDX-License-Identifier: Apache-2.0
#include "outputs/syslog_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "outputs/syslog_address.h"
#include "tests/unit/outputs/alerts.h"

namespace vedette {
namespace {

std::string Format(const Alert& alert, std::string_view text, size_t bound = kMaxSyslogTcp) {
  auto message = SyslogMessage::Create("local0", "vedette");
  std::string out;
  message->Format(alert, text, bound, out);
  return out;
}

TEST(SyslogMessage, IsRfc5424) {
  EXPECT_EQ(Format(ShadowAlert(), "the text"),
            "<130>1 2017-10-09T23:31:56.746609Z node-1 vedette " + std::to_string(getpid()) +
                " alert [vedette@32473 id=\"01890a5d-ac96-774b-bcce-b302099a8057\" rule=\"Container reads host "
                "credentials\" priority=\"Critical\" source=\"syscall\" tags=\"container,T1003.008\"] the text");
}

TEST(SyslogMessage, EscapesQuotesBackslashesAndBracketsInStructuredData) {
  Alert alert = ShadowAlert();
  alert.rule = R"(a "b" \c] )"
               "\n\xff";
  EXPECT_THAT(Format(alert, "x"), testing::HasSubstr(R"( rule="a \"b\" \\c\] \\n)"
                                                     "\ufffd\" "));
}

TEST(SyslogMessage, AHeaderFieldHasNoBlankAndIsNeverEmpty) {
  Alert alert = ShadowAlert();
  alert.hostname = "no de\n1";
  EXPECT_THAT(Format(alert, "x"), testing::HasSubstr("Z node1 vedette "));
  alert.hostname = "é";
  EXPECT_THAT(Format(alert, "x"), testing::HasSubstr("Z - vedette "));
}

TEST(SyslogMessage, IsCutAtTheBoundOnACharacterWithAMark) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "é";
  const std::string whole = Format(ShadowAlert(), text);
  const std::string cut = Format(ShadowAlert(), text, 500);
  EXPECT_LE(cut.size(), 500u);
  const size_t mark = cut.find("…[cut ");
  ASSERT_NE(mark, std::string::npos);
  EXPECT_EQ(cut.substr(0, mark), whole.substr(0, mark));
  EXPECT_EQ(cut.substr(mark), "…[cut " + std::to_string(whole.size() - mark) + " bytes]");
  EXPECT_EQ(cut.substr(mark - 2, 2), "é");
}

TEST(SyslogMessage, AnUnknownFacilityIsAnErrorThatNamesThoseThereAre) {
  auto message = SyslogMessage::Create("local9", "vedette");
  EXPECT_THAT(std::string(message.status().message()), testing::HasSubstr("'local9'; there are kern, user"));
}

TEST(SyslogAddress, IsTransportHostAndPort) {
  EXPECT_EQ(ParseSyslogAddress("udp://127.0.0.1:5514")->ToString(), "udp://127.0.0.1:5514");
  EXPECT_EQ(ParseSyslogAddress("tcp://[::1]:6514")->host, "::1");
  EXPECT_EQ(ParseSyslogAddress("udp://siem.example")->port, "514");
  EXPECT_EQ(ParseSyslogAddress("tcp://[fe80::1]")->ToString(), "tcp://[fe80::1]:601");
}

TEST(SyslogAddress, WhatIsNoAddressIsAnErrorThatSaysHowToWriteOne) {
  for (const char* text : {"", "127.0.0.1:514", "http://x:1", "udp://", "udp://:514", "tcp://x:0", "tcp://x:65536",
                           "tcp://x:", "tcp://x:1y", "tcp://[::1", "tcp://[::1]x", "tcp://x:99999999999999999999"}) {
    auto address = ParseSyslogAddress(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_THAT(std::string(address.status().message()), testing::HasSubstr("write udp://HOST:PORT")) << text;
  }
}

}  // namespace
}  // namespace vedette
