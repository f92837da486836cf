// SPDX-License-Identifier: Apache-2.0
//
// Case folding as the C locale does it: the letters of ASCII, every other byte as it is.
#ifndef VEDETTE_ENGINE_ASCII_H_
#define VEDETTE_ENGINE_ASCII_H_

namespace vedette {

constexpr unsigned char AsciiLower(unsigned char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c - 'A' + 'a') : c;
}
constexpr unsigned char AsciiUpper(unsigned char c) {
  return c >= 'a' && c <= 'z' ? static_cast<unsigned char>(c - 'a' + 'A') : c;
}

}  // namespace vedette
#endif  // VEDETTE_ENGINE_ASCII_H_
