// SPDX-License-Identifier: Apache-2.0
//
// The errors that a refusal can be told as, by name: EACCES. No state, any thread.
#ifndef VEDETTE_RULES_ERRNO_NAME_H_
#define VEDETTE_RULES_ERRNO_NAME_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vedette {

// "EACCES" → 13. Nothing for other texts, and for what the kernel keeps for itself (ERESTARTSYS).
std::optional<uint32_t> ErrnoOf(std::string_view name);
std::vector<std::string_view> ErrnoNames();

}  // namespace vedette
#endif  // VEDETTE_RULES_ERRNO_NAME_H_
