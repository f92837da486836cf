// SPDX-License-Identifier: Apache-2.0
//
// HookCounts: what became of operations, by kind, as the programs count it. From their maps, pinned or not. Any thread.
#ifndef VEDETTE_SENSOR_HOOK_COUNTS_H_
#define VEDETTE_SENSOR_HOOK_COUNTS_H_

#include <array>
#include <cstdint>

#include "bpf/abi/pins.h"

namespace vedette {

struct HookCounts {
  using ByKind = std::array<uint64_t, VD_KIND_COUNT>;
  ByKind seen{};     // a hook ran, or the end of a call
  ByKind muted{};    // of these: no rule is about it, so the prefilter let it pass
  ByKind refused{};  // by a rule
  ByKind sent{};     // records put into a ring
  ByKind lost{};     // records for which the ring had no room
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_HOOK_COUNTS_H_
