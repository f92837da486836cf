// SPDX-License-Identifier: Apache-2.0
//
// TextWriter: puts a string together in a Values' scratch space, without allocating. One at a time per Values, on the
// event thread; what it does not use is given back when it dies. Text beyond the scratch is cut and marked there.
#ifndef VEDETTE_SENSOR_EVENT_TEXT_WRITER_H_
#define VEDETTE_SENSOR_EVENT_TEXT_WRITER_H_

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "sensor/event/value.h"

namespace vedette {

class TextWriter {
 public:
  explicit TextWriter(Values& out) : out_(out), room_(out.Scratch(out.ScratchLeft())) {}
  ~TextWriter() { out_.GiveBack(room_.size() - kept_); }
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  void Append(std::string_view text) {
    size_t n = std::min(text.size(), room_.size() - used_);
    if (n != text.size()) out_.MarkOverflow();
    if (n != 0) std::memcpy(room_.data() + used_, text.data(), n);
    used_ += n;
  }
  void Append(char c) { Append(std::string_view(&c, 1)); }
  template <typename Integer>
  void AppendNumber(Integer value, int base = 10) {
    char digits[72];
    auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
    Append(std::string_view(digits, static_cast<size_t>(end - digits)));
  }
  // With leading zeros up to `width`.
  void AppendPadded(uint64_t value, size_t width) {
    char digits[24];
    auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    auto count = static_cast<size_t>(end - digits);
    for (size_t i = count; i < width; ++i) Append('0');
    Append(std::string_view(digits, count));
  }

  size_t size() const { return used_; }
  std::string_view text() const { return {room_.data(), used_}; }
  void Truncate(size_t size) { used_ = std::min(used_, size); }

  // Of the text only `part`, which lies in it.
  void Keep(std::string_view part) {
    if (!part.empty()) std::memmove(room_.data(), part.data(), part.size());
    used_ = part.size();
  }

  // The text becomes a value of `out`. Call it once, last.
  void Finish() {
    kept_ = used_;
    out_.Add(Value::String(text()));
  }

 private:
  Values& out_;
  std::span<char> room_;
  size_t used_ = 0;
  size_t kept_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_TEXT_WRITER_H_
