// SPDX-License-Identifier: Apache-2.0
#include "outputs/escape.h"

#include <gtest/gtest.h>

#include <string>

#include "outputs/utf8.h"

namespace vedette {
namespace {

std::string Json(std::string_view in) {
  std::string out;
  AppendEscapedJson(in, out);
  return out;
}

TEST(Escape, PlainTextAndValidUtf8StayAsTheyAre) {
  EXPECT_EQ(EscapedText("cat /etc/shadow \"a\\b\""), "cat /etc/shadow \"a\\b\"");
  EXPECT_EQ(EscapedText("Ünïcödé 漢字 🦊"), "Ünïcödé 漢字 🦊");
}

TEST(Escape, ControlCharactersAreWrittenAsJsonDoes) {
  EXPECT_EQ(EscapedText("a\nb\rc\td\be\ff"), "a\\nb\\rc\\td\\be\\ff");
  EXPECT_EQ(EscapedText("\x1b]0;owned\x07"), "\\u001b]0;owned\\u0007");
  EXPECT_EQ(EscapedText(std::string_view("a\0b", 3)), "a\\u0000b");
  EXPECT_EQ(EscapedText("\x7f"), "\\u007f");
}

TEST(Escape, EightBitControlsAreEscapedBecauseTerminalsObeyThem) {
  EXPECT_EQ(EscapedText("\xc2\x9b"
                        "31m"),
            "\\u009b31m");
}

TEST(Escape, CharactersThatTurnTextOrEndLinesAreEscaped) {
  EXPECT_EQ(EscapedText("\u202egnp.exe"), "\\u202egnp.exe");
  EXPECT_EQ(EscapedText("a\u2028b\u2066c\ufeff"), "a\\u2028b\\u2066c\\ufeff");
}

TEST(Escape, InvalidUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(EscapedText("a\xff"
                        "b"),
            "a\ufffdb");
  EXPECT_EQ(EscapedText("\xc0\xaf"), "\ufffd\ufffd");                      // overlong
  EXPECT_EQ(EscapedText("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");            // surrogate
  EXPECT_EQ(EscapedText("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd");  // beyond U+10FFFF
  EXPECT_EQ(EscapedText("\xe6\xbc"), "\ufffd");                            // cut short
}

TEST(Escape, JsonEscapesQuotesAndBackslashesToo) { EXPECT_EQ(Json("a\"b\\c\n"), "a\\\"b\\\\c\\n"); }

// Whatever three bytes come in, what goes out is valid UTF-8 without anything a terminal or a line reader obeys.
TEST(Escape, NoThreeBytesGetThrough) {
  constexpr unsigned char kBytes[] = {0x00, 0x0a, 0x1b, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0x8f, 0x90,
                                      0x9b, 0x9f, 0xa0, 0xa8, 0xae, 0xbb, 0xbf, 0xc0, 0xc1, 0xc2,
                                      0xdf, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff};
  for (unsigned char a : kBytes) {
    for (unsigned char b : kBytes) {
      for (unsigned char c : kBytes) {
        const std::string in{static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
        const std::string out = EscapedText(in);
        for (std::string_view rest = out; !rest.empty();) {
          CodePoint point = DecodeUtf8(rest);
          ASSERT_TRUE(point.valid) << testing::PrintToString(in);
          ASSERT_FALSE(point.value < 0x20 || (point.value >= 0x7f && point.value <= 0x9f))
              << testing::PrintToString(in);
          rest.remove_prefix(point.bytes);
        }
      }
    }
  }
}

TEST(Utf8Prefix, DoesNotCutACharacterInTwo) {
  EXPECT_EQ(Utf8Prefix("aé", 2), "a");
  EXPECT_EQ(Utf8Prefix("a🦊", 4), "a");
  EXPECT_EQ(Utf8Prefix("a🦊", 5), "a🦊");
  EXPECT_EQ(Utf8Prefix("abc", 0), "");
}

}  // namespace
}  // namespace vedette
