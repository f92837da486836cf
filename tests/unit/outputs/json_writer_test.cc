// SPDX-License-Identifier: Apache-2.0
#include "outputs/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace vedette {
namespace {

TEST(JsonWriter, WritesNestedObjectsAndArraysWithCommasWhereTheyBelong) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("a");
  json.BeginArray();
  json.Number(-1);
  json.BeginObject();
  json.EndObject();
  json.Null();
  json.EndArray();
  json.Key("b\n");
  json.Bool(true);
  json.Key("c");
  json.Unsigned(std::numeric_limits<uint64_t>::max());
  json.Key("d");
  json.String("\"");
  json.EndObject();
  EXPECT_EQ(out, R"({"a":[-1,{},null],"b\n":true,"c":18446744073709551615,"d":"\""})");
}

}  // namespace
}  // namespace vedette
