// SPDX-License-Identifier: Apache-2.0
//
// JsonWriter: appends JSON to a string as it goes, with no tree in between. The caller keeps the nesting right; commas
// and escapes are the writer's. One thread.
#ifndef VEDETTE_OUTPUTS_JSON_WRITER_H_
#define VEDETTE_OUTPUTS_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}  // `out` outlives the writer

  void BeginObject() { Open('{'); }
  void EndObject() { Close('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { Close(']'); }
  void Key(std::string_view key);

  // With its key. Not overloads of one name: a literal would be a bool.
  void StringMember(std::string_view key, std::string_view value) {
    Key(key);
    String(value);
  }
  void UnsignedMember(std::string_view key, uint64_t value) {
    Key(key);
    Unsigned(value);
  }
  void BoolMember(std::string_view key, bool value) {
    Key(key);
    Bool(value);
  }

  void String(std::string_view value);
  void Number(int64_t value);
  void Unsigned(uint64_t value);
  void Bool(bool value);
  void Null();

 private:
  void Separate();
  void Open(char c);
  void Close(char c);

  std::string& out_;
  bool comma_ = false;  // something stands before the next element
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_JSON_WRITER_H_
