// SPDX-License-Identifier: Apache-2.0
//
// Value: what a field of an event is, or that it is not there. A view: strings point into the event's record,
// the process or the Values' scratch space, and live as long as the event's callback. Trivially copyable.
#ifndef VEDETTE_SENSOR_EVENT_VALUE_H_
#define VEDETTE_SENSOR_EVENT_VALUE_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace vedette {

// An IP address; IPv4 lies in the first four bytes.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};
  bool v6 = false;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// What a field is to the type checker. Falco's types, folded: the language reference's section "Type rules".
enum class FieldType : uint8_t {
  kBool,
  kNumber,   // int64
  kPort,     // number; the language accepts service names
  kString,   // CHARBUF
  kPath,     // FSPATH: a string that pmatch may test
  kBuffer,   // bytes
  kAddress,  // IPADDR
  kNet,      // IPNET: address tested against networks
};

class Value {
 public:
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kAddress };

  constexpr Value() : text_{nullptr, 0} {}
  static constexpr Value Bool(bool b) { return Value(Kind::kBool, b ? 1 : 0); }
  static constexpr Value Number(int64_t n) { return Value(Kind::kNumber, n); }
  static constexpr Value String(std::string_view s) { return Value(s); }
  static Value Address(const IpAddress& a) { return Value(a); }

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  // Of its kind only; of another kind: false, 0, "" and the address of zeros.
  bool boolean() const { return number() != 0; }
  int64_t number() const { return kind_ == Kind::kNumber || kind_ == Kind::kBool ? number_ : 0; }
  std::string_view string() const {
    return kind_ == Kind::kString ? std::string_view(text_.data, text_.size) : std::string_view();
  }
  IpAddress address() const { return kind_ == Kind::kAddress ? address_ : IpAddress(); }

 private:
  constexpr Value(Kind kind, int64_t n) : kind_(kind), number_(n) {}
  constexpr explicit Value(std::string_view s) : kind_(Kind::kString), text_{s.data(), s.size()} {}
  explicit Value(const IpAddress& a) : kind_(Kind::kAddress), address_(a) {}

  struct Text {
    const char* data;
    size_t size;
  };
  Kind kind_ = Kind::kNull;
  union {  // by kind_
    int64_t number_;
    Text text_;
    IpAddress address_;
  };
};
static_assert(sizeof(Value) == 32);

// What an extractor writes to: one value for most fields, several for those that mean "any of" (proc.aname,
// fd.ip). Reused by the caller; nothing is allocated. What exceeds a bound is cut and overflowed() says so.
class Values {
 public:
  static constexpr size_t kMaxValues = 64;
  static constexpr size_t kScratch = 16384;

  void Clear() {
    count_ = 0;
    used_ = 0;
    overflowed_ = false;
    unnamed_ = false;
  }
  void Add(Value v) {
    if (v.is_null()) return;
    if (count_ == kMaxValues) {
      overflowed_ = true;
      return;
    }
    values_[count_++] = v;
  }
  // Room for a string put together by an extractor, valid until Clear(); shorter than asked when scratch is full.
  std::span<char> Scratch(size_t bytes) {
    size_t left = kScratch - used_;
    if (bytes > left) {
      overflowed_ = true;
      bytes = left;
    }
    std::span<char> out(scratch_.data() + used_, bytes);
    used_ += bytes;
    return out;
  }

  // Gives back the last `bytes` of what Scratch() handed out, for an extractor that asked for more than it used.
  void GiveBack(size_t bytes) { used_ -= bytes < used_ ? bytes : used_; }
  // The values so far were parts of one to come; what they point to stays.
  void DropValues() { count_ = 0; }
  size_t ScratchLeft() const { return kScratch - used_; }
  void MarkOverflow() { overflowed_ = true; }
  // There is a thing, but no name of it is known: it has no value, and yet differs from every one.
  void MarkUnnamed() { unnamed_ = true; }

  bool empty() const { return count_ == 0; }
  size_t size() const { return count_; }
  const Value& operator[](size_t i) const { return values_[i]; }
  const Value* begin() const { return values_.data(); }
  const Value* end() const { return values_.data() + count_; }
  bool overflowed() const { return overflowed_; }
  bool unnamed() const { return unnamed_; }

 private:
  std::array<Value, kMaxValues> values_;
  size_t count_ = 0;
  size_t used_ = 0;
  bool overflowed_ = false;
  bool unnamed_ = false;
  std::array<char, kScratch> scratch_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_VALUE_H_
