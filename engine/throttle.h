// SPDX-License-Identifier: Apache-2.0
//
// Throttle: `throttle` of one rule. A key's time begins with an alert; `limit` alerts pass in it, the others are
// counted, and the first alert after it says how many there were. It only ever decides whether an alert is shown, never
// what is refused. Time is the events' own. Owned by the engine; event thread. Allocates after a match only.
#ifndef VEDETTE_ENGINE_THROTTLE_H_
#define VEDETTE_ENGINE_THROTTLE_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/key_table.h"
#include "rules/rule_set.h"

namespace vedette {

class Throttle {
 public:
  explicit Throttle(const ThrottleSpec& spec, KeyBounds bounds = {})
      : limit_(spec.limit), within_ns_(spec.within_ns), keys_(bounds) {}

  // Nothing: the alert of this key is suppressed. Else how many were, of this key, since the last one that passed.
  std::optional<uint64_t> Pass(std::string_view key, int64_t time_ns);

  uint64_t suppressed() const { return suppressed_; }
  // A key that is forgotten alerts again at once: what is lost is the count in its next alert, not an alert.
  uint64_t keys_forgotten() const { return keys_.forgotten(); }
  size_t keys() const { return keys_.size(); }

 private:
  struct State {
    int64_t start_ns = 0;
    uint32_t passed = 0;  // since the start; 0: the key is new
    uint64_t suppressed = 0;
  };
  bool IsOver(const State& state, int64_t time_ns) const;

  const uint32_t limit_;
  const int64_t within_ns_;
  KeyTable<State> keys_;
  uint64_t suppressed_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_THROTTLE_H_
