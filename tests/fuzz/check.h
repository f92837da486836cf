// SPDX-License-Identifier: Apache-2.0
//
// What the fuzz targets share: a check that stays on in every build, and the input as a record of the rings.
#ifndef VEDETTE_TESTS_FUZZ_CHECK_H_
#define VEDETTE_TESTS_FUZZ_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

// The target's promise about its subject; the input that breaks it is a finding.
#define FUZZ_CHECK(condition)                                                              \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)

namespace vedette {

inline std::string_view TextOf(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

// Bytes in an allocation of their own, aligned as a ring aligns them and of exactly their size: AddressSanitizer sees
// the first byte that is read beyond them.
class AlignedBytes {
 public:
  AlignedBytes(const uint8_t* data, size_t size) : bytes_(new std::byte[size]), size_(size) {
    if (size != 0) std::memcpy(bytes_.get(), data, size);
  }
  std::span<const std::byte> span() const { return {bytes_.get(), size_}; }
  std::byte* data() { return bytes_.get(); }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  size_t size_;
};
static_assert(__STDCPP_DEFAULT_NEW_ALIGNMENT__ >= 8);

// Reads every byte, so that a view of freed or foreign memory is found.
inline void Touch(std::string_view text) {
  uint8_t sum = 0;
  for (char c : text) sum = static_cast<uint8_t>(sum + static_cast<uint8_t>(c));
  volatile uint8_t sink = sum;
  static_cast<void>(sink);
}

}  // namespace vedette
#endif  // VEDETTE_TESTS_FUZZ_CHECK_H_
