// SPDX-License-Identifier: Apache-2.0
//
// Correlation: `count` and `sequence` of one rule: events of one key that together are an alert. Time is the events'
// own; events may come a little out of its order, since the kernel's rings are read one after the other. After an alert
// the key begins anew. Owned by the engine; event thread. Allocates after a match only, within the bounds of KeyTable.
//
// A count keeps the times of the key's last events, fewer than `at_least`.
//
// A sequence keeps, per step, the best way to have got there: the one that began last, since what begins later ends
// later. So one pass over the steps per event finds a sequence if there is one, whatever lies between its events, and
// noise cannot push a step out. Besides, the last few events are kept: when one comes late, those after it are tried
// again, and the last ones alone. An event is never more than one step of a sequence.
#ifndef VEDETTE_ENGINE_CORRELATION_H_
#define VEDETTE_ENGINE_CORRELATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/key_table.h"
#include "rules/rule_set.h"

namespace vedette {

// What was found: the alert is about the last event.
struct Correlated {
  uint64_t count = 0;    // events
  int64_t first_ns = 0;  // time of the first
  int64_t last_ns = 0;
};

using StepMask = uint32_t;  // bit i: step i holds of the event

class Correlation {
 public:
  virtual ~Correlation() = default;
  // The event holds (count) or is what `steps` says (sequence).
  virtual std::optional<Correlated> Add(std::string_view key, int64_t time_ns, StepMask steps) = 0;
  // A key that is forgotten has to begin anew: what it had is lost.
  virtual uint64_t keys_forgotten() const = 0;
  virtual size_t keys() const = 0;
};

class CountCorrelation : public Correlation {
 public:
  explicit CountCorrelation(const CorrelationSpec& spec, KeyBounds bounds = {});
  std::optional<Correlated> Add(std::string_view key, int64_t time_ns, StepMask steps) override;
  uint64_t keys_forgotten() const override { return keys_.forgotten(); }
  size_t keys() const override { return keys_.size(); }

 private:
  struct State {
    std::vector<int64_t> times;  // ascending
  };
  const size_t at_least_;
  const uint64_t within_ns_;
  KeyTable<State> keys_;
};

class SequenceCorrelation : public Correlation {
 public:
  explicit SequenceCorrelation(const CorrelationSpec& spec, KeyBounds bounds = {});
  std::optional<Correlated> Add(std::string_view key, int64_t time_ns, StepMask steps) override;
  uint64_t keys_forgotten() const override { return keys_.forgotten(); }
  size_t keys() const override { return keys_.size(); }

 private:
  struct Moment {  // orders events: by time, by arrival where times are equal
    int64_t time_ns = 0;
    uint64_t arrival = 0;
    friend auto operator<=>(const Moment&, const Moment&) = default;
  };
  struct Step {  // the best way to have done this step
    bool done = false;
    int64_t start_ns = 0;
    Moment end;
  };
  struct Seen {
    Moment moment;
    StepMask steps = 0;
  };
  static constexpr size_t kRecent = 16;
  struct State {
    std::vector<Step> steps;
    std::array<Seen, kRecent> recent;
    uint64_t seen = 0;
    int64_t newest_ns = 0;
  };
  static void Improve(Step& step, const Step& other);
  // True: the last step is done.
  bool Apply(State& state, const Seen& event) const;
  bool ApplyInOrder(State& state, const Seen& event) const;

  const size_t steps_;
  const uint64_t within_ns_;
  KeyTable<State> keys_;
  uint64_t arrivals_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_CORRELATION_H_
