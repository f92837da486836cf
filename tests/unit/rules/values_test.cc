// SPDX-License-Identifier: Apache-2.0
//
// Literals: what a value means for a field's type.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/literal.h"
#include "rules/nearest_name.h"

namespace vedette {
namespace {

using testing::HasSubstr;

std::string Error(FieldType type, Operator op, std::string_view text) { return MakeLiteral(type, op, text).error; }
Literal Make(FieldType type, Operator op, std::string_view text) {
  auto made = MakeLiteral(type, op, text);
  EXPECT_TRUE(made.literal) << text << ": " << made.error;
  return made.literal.value_or(Literal());
}
Literal Value(FieldType type, std::string_view text) { return Make(type, Operator::kEqual, text); }

TEST(Values, NumbersAreDecimalOrHexadecimal) {
  EXPECT_EQ(Value(FieldType::kNumber, "42").number, 42);
  EXPECT_EQ(Value(FieldType::kNumber, "-1").number, -1);
  EXPECT_EQ(Value(FieldType::kNumber, "0xff").number, 255);
  EXPECT_EQ(Value(FieldType::kNumber, "9223372036854775807").number, INT64_MAX);
  EXPECT_EQ(Value(FieldType::kNumber, "-9223372036854775808").number, INT64_MIN);
  for (const char* bad : {"", "x", "1.5", "1e3", "9223372036854775808", "0x", "--1", "1 "}) {
    EXPECT_THAT(Error(FieldType::kNumber, Operator::kEqual, bad), HasSubstr("is not a 64-bit integer")) << bad;
  }
}

TEST(Values, PortsMayBeServices) {
  EXPECT_EQ(Value(FieldType::kPort, "8080").number, 8080);
  EXPECT_EQ(Value(FieldType::kPort, "ssh").number, 22);
  EXPECT_EQ(Value(FieldType::kPort, "https").number, 443);
  EXPECT_THAT(Error(FieldType::kPort, Operator::kEqual, "65536"), HasSubstr("is not a port (0 to 65535)"));
  EXPECT_THAT(Error(FieldType::kPort, Operator::kEqual, "no-such"), HasSubstr("neither a port nor a known service"));
}

TEST(Values, BooleansAreTrueAndFalseOnly) {
  EXPECT_EQ(Value(FieldType::kBool, "true").number, 1);
  EXPECT_EQ(Value(FieldType::kBool, "false").number, 0);
  for (const char* bad : {"yes", "1", "True", ""}) {
    EXPECT_THAT(Error(FieldType::kBool, Operator::kEqual, bad), HasSubstr("expected true or false")) << bad;
  }
}

TEST(Values, AddressesAndNetworks) {
  EXPECT_FALSE(Value(FieldType::kAddress, "10.1.2.3").address.v6);
  EXPECT_EQ(Value(FieldType::kAddress, "10.1.2.3").address.bytes[3], 3);
  EXPECT_TRUE(Value(FieldType::kAddress, "fe80::1").address.v6);
  EXPECT_THAT(Error(FieldType::kAddress, Operator::kEqual, "10.0.0.0/8"), HasSubstr("is a network"));
  EXPECT_THAT(Error(FieldType::kAddress, Operator::kEqual, "300.1.1.1"), HasSubstr("is not an IP address"));
  EXPECT_EQ(Value(FieldType::kNet, "10.0.0.0/8").prefix_bits, 8);
  EXPECT_EQ(Value(FieldType::kNet, "10.0.0.1").prefix_bits, 32);
  EXPECT_EQ(Value(FieldType::kNet, "fd00::/7").prefix_bits, 7);
  EXPECT_THAT(Error(FieldType::kNet, Operator::kEqual, "10.0.0.0/33"), HasSubstr("must be 0 to 32"));
  EXPECT_THAT(Error(FieldType::kNet, Operator::kEqual, "10.0.0.0/"), HasSubstr("must be 0 to 32"));
}

TEST(Values, ByteOperatorsTakeHexadecimal) {
  EXPECT_EQ(Make(FieldType::kBuffer, Operator::kBContains, "CAfe00").text, std::string("\xca\xfe\0", 3));
  for (const char* bad : {"", "a", "zz", "abc"}) {
    EXPECT_THAT(Error(FieldType::kBuffer, Operator::kBStartsWith, bad), HasSubstr("hexadecimal")) << bad;
  }
}

TEST(Values, RegularExpressionsArePosix) {
  EXPECT_EQ(Make(FieldType::kString, Operator::kRegex, "a[[:digit:]]+(b|c)*").text, "a[[:digit:]]+(b|c)*");
  EXPECT_THAT(Error(FieldType::kString, Operator::kRegex, "a(b"), HasSubstr("invalid regular expression"));
  EXPECT_THAT(Error(FieldType::kString, Operator::kRegex, "a(?:b)"), HasSubstr("invalid regular expression"));
}

TEST(NearestName, IsWithinAThirdOfTheName) {
  const std::string_view names[] = {"spawned_process", "open_read", "open_write"};
  EXPECT_EQ(NearestName("open_raed", names), "open_read");
  EXPECT_EQ(NearestName("opn_write", names), "open_write");
  EXPECT_EQ(NearestName("spawn_process", names), "spawned_process");
  EXPECT_EQ(NearestName("container", names), "");
  EXPECT_EQ(NearestName(std::string(1000, 'a'), names), "");
  EXPECT_EQ(NearestName("", names), "");
}

}  // namespace
}  // namespace vedette
