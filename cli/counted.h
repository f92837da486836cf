// SPDX-License-Identifier: Apache-2.0
//
// Counted: a number with its noun, for what the commands print: "1 rule", "2 rules". Plain function; any thread.
#ifndef VEDETTE_CLI_COUNTED_H_
#define VEDETTE_CLI_COUNTED_H_

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

inline std::string Counted(uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

}  // namespace vedette
#endif  // VEDETTE_CLI_COUNTED_H_
