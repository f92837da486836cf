// SPDX-License-Identifier: Apache-2.0
#include "outputs/json_writer.h"

#include <charconv>

#include "outputs/escape.h"

namespace vedette {
namespace {

template <typename Integer>
void AppendInteger(Integer value, std::string& out) {
  char digits[24];
  auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  out.append(digits, end);
}

}  // namespace

void JsonWriter::Separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

void JsonWriter::Open(char c) {
  Separate();
  out_ += c;
  comma_ = false;
}

void JsonWriter::Close(char c) {
  out_ += c;
  comma_ = true;
}

void JsonWriter::Key(std::string_view key) {
  String(key);
  out_ += ':';
  comma_ = false;
}

void JsonWriter::String(std::string_view value) {
  Separate();
  out_ += '"';
  AppendEscapedJson(value, out_);
  out_ += '"';
}

void JsonWriter::Number(int64_t value) {
  Separate();
  AppendInteger(value, out_);
}

void JsonWriter::Unsigned(uint64_t value) {
  Separate();
  AppendInteger(value, out_);
}

void JsonWriter::Bool(bool value) {
  Separate();
  out_ += value ? "true" : "false";
}

void JsonWriter::Null() {
  Separate();
  out_ += "null";
}

}  // namespace vedette
