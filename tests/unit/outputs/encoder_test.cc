// SPDX-License-Identifier: Apache-2.0
#include "outputs/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "tests/unit/outputs/alerts.h"

namespace vedette {
namespace {

class EncoderTest : public testing::Test {
 protected:
  EncoderTest() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  static std::string Encode(std::string_view format, const Alert& alert) {
    auto encoder = MakeEncoder(format);
    if (!encoder.ok()) return encoder.status().ToString();
    std::string out;
    (*encoder)->Encode(alert, out);
    return out;
  }
};

TEST_F(EncoderTest, TextIsFalcosLine) {
  EXPECT_EQ(Encode("text", ShadowAlert()),
            "23:31:56.746609046: Critical credentials opened | file=/etc/shadow proc=cat");
}

TEST_F(EncoderTest, TextMarksWhatTheKernelRefused) {
  Alert alert = ShadowAlert();
  alert.verdict = VD_VERDICT_DENY;
  EXPECT_THAT(Encode("text", alert), testing::HasSubstr(": Critical [DENIED] credentials opened"));
  alert.verdict = VD_VERDICT_KILL;
  EXPECT_THAT(Encode("text", alert), testing::HasSubstr("Critical [KILLED] credentials"));
  alert.verdict = VD_VERDICT_WOULD_DENY;
  EXPECT_THAT(Encode("text", alert), testing::HasSubstr("Critical [WOULD DENY] credentials"));
}

TEST_F(EncoderTest, TextNeverCarriesATerminalSequenceOfTheEvent) {
  Alert alert = ShadowAlert();
  alert.output = "file=/tmp/\x1b[2J\n23:31:57.0: Notice forged";
  EXPECT_EQ(Encode("text", alert), "23:31:56.746609046: Critical file=/tmp/\\u001b[2J\\n23:31:57.0: Notice forged");
  std::string colored = Encode("text-color", alert);
  EXPECT_THAT(colored, testing::Not(testing::HasSubstr("\x1b[2J")));
}

TEST_F(EncoderTest, ColoredTextSaysTheSameInColors) {
  Alert alert = ShadowAlert();
  alert.verdict = VD_VERDICT_DENY;
  EXPECT_EQ(Encode("text-color", alert),
            "\x1b[2m23:31:56.746609046:\x1b[0m \x1b[1;31mCritical\x1b[0m \x1b[1;37;41m[DENIED]\x1b[0m "
            "credentials opened | file=/etc/shadow proc=cat");
}

TEST_F(EncoderTest, JsonHasFalcosShape) {
  EXPECT_EQ(Encode("json", ShadowAlert()),
            R"({"hostname":"node-1",)"
            R"("output":"23:31:56.746609046: Critical credentials opened | file=/etc/shadow proc=cat",)"
            R"("output_fields":{"evt.time":1507591916746609046,"fd.name":"/etc/shadow","proc.name":"cat","fd.num":3},)"
            R"("priority":"Critical","rule":"Container reads host credentials","source":"syscall",)"
            R"("tags":["container","T1003.008"],"time":"2017-10-09T23:31:56.746609046Z",)"
            R"("uuid":"01890a5d-ac96-774b-bcce-b302099a8057"})");
}

TEST_F(EncoderTest, JsonCarriesEveryKindOfValue) {
  Alert alert = ShadowAlert();
  alert.fields = {{"evt.time", int64_t{7}}, {"container.name", std::monostate{}}, {"evt.is_open_read", true}};
  EXPECT_THAT(Encode("json", alert),
              testing::HasSubstr(R"("output_fields":{"evt.time":7,"container.name":null,"evt.is_open_read":true})"));
}

TEST_F(EncoderTest, JsonNamesTheVerdictOnlyWhereThereIsOne) {
  Alert alert = ShadowAlert();
  EXPECT_FALSE(nlohmann::json::parse(Encode("json", alert)).contains("verdict"));
  alert.verdict = VD_VERDICT_WOULD_KILL;
  EXPECT_EQ(nlohmann::json::parse(Encode("json", alert)).at("verdict"), "would_kill");
  alert.verdict = VD_VERDICT_KILL_AFTER;
  EXPECT_EQ(nlohmann::json::parse(Encode("json", alert)).at("verdict"), "kill-after");
  EXPECT_THAT(Encode("json", alert), testing::HasSubstr("[KILLED AFTER] "));
}

TEST_F(EncoderTest, HostileBytesAreOneLineOfValidJson) {
  Alert alert = ShadowAlert();
  for (int byte = 0; byte < 256; ++byte) alert.output += static_cast<char>(byte);
  alert.fields = {{"fd.name", alert.output}};
  std::string line = Encode("json", alert);
  EXPECT_THAT(line, testing::Not(testing::HasSubstr("\n")));
  nlohmann::json parsed = nlohmann::json::parse(line);  // throws on invalid UTF-8
  EXPECT_THAT(parsed.at("output_fields").at("fd.name").get<std::string>(), testing::HasSubstr("\x1b"));
}

TEST_F(EncoderTest, AnUnknownFormatIsAnErrorThatNamesThoseThereAre) {
  EXPECT_EQ(std::string(MakeEncoder("xml").status().message()),
            "unknown format 'xml'; there are json, text, text-color");
}

}  // namespace
}  // namespace vedette
