// SPDX-License-Identifier: Apache-2.0
#include "engine/correlation.h"

#include <algorithm>
#include <utility>

#include "engine/time_span.h"

namespace vedette {
namespace {

// By how much the rings may be apart, with much to spare.
constexpr uint64_t kLatenessNs = 1'000'000'000;

// `newest` is so long before `now` that nothing can follow it. Not of a time after `now`: the event is merely late.
bool IsPast(int64_t newest, int64_t now, uint64_t within) {
  return newest < now && TimeBetween(newest, now) > within + kLatenessNs;
}

}  // namespace

CountCorrelation::CountCorrelation(const CorrelationSpec& spec, KeyBounds bounds)
    : at_least_(spec.at_least), within_ns_(static_cast<uint64_t>(spec.within_ns)), keys_(bounds) {}

std::optional<Correlated> CountCorrelation::Add(std::string_view key, int64_t time_ns, StepMask) {
  keys_.Expire([&](const State& s) { return IsPast(s.times.back(), time_ns, within_ns_); });
  std::vector<int64_t>& times = keys_.Get(key).times;
  const size_t room = times.capacity();
  times.insert(std::upper_bound(times.begin(), times.end(), time_ns), time_ns);
  keys_.Charge((times.capacity() - room) * sizeof(int64_t));
  const int64_t newest = times.back();
  times.erase(times.begin(), std::find_if(times.begin(), times.end(),
                                          [&](int64_t t) { return TimeBetween(t, newest) <= within_ns_; }));
  if (times.size() < at_least_) return std::nullopt;
  Correlated found{times.size(), times.front(), newest};
  keys_.Erase(key);
  return found;
}

SequenceCorrelation::SequenceCorrelation(const CorrelationSpec& spec, KeyBounds bounds)
    : steps_(spec.steps.size()), within_ns_(static_cast<uint64_t>(spec.within_ns)), keys_(bounds) {}

void SequenceCorrelation::Improve(Step& step, const Step& other) {
  const bool better =
      !step.done || other.start_ns > step.start_ns || (other.start_ns == step.start_ns && other.end < step.end);
  if (other.done && better) step = other;
}

// From the last step to the first, so that the event is not its own successor.
bool SequenceCorrelation::Apply(State& state, const Seen& event) const {
  for (size_t i = steps_; i-- > 0;) {
    if ((event.steps >> i & 1) == 0) continue;
    int64_t start = event.moment.time_ns;
    if (i != 0) {
      const Step& before = state.steps[i - 1];
      if (!before.done || before.end >= event.moment) continue;
      if (TimeBetween(before.start_ns, event.moment.time_ns) > within_ns_) continue;
      start = before.start_ns;
    }
    Improve(state.steps[i], {true, start, event.moment});
    if (i + 1 == steps_) return true;
  }
  return false;
}

// An event that comes late may be the step before events that were there already: those after it are tried again, and
// then the last events alone in their right order, since one that began later may have taken the place of what fits.
bool SequenceCorrelation::ApplyInOrder(State& state, const Seen& event) const {
  if (Apply(state, event)) return true;
  const bool late = state.seen != 0 && event.moment.time_ns < state.newest_ns;
  if (!late) return false;
  std::array<Seen, kRecent + 1> recent{};
  const size_t count = std::min<uint64_t>(state.seen, kRecent);
  std::copy_n(state.recent.begin(), count, recent.begin());
  recent[count] = event;
  const auto end = recent.begin() + count + 1;
  std::sort(recent.begin(), end, [](const Seen& a, const Seen& b) { return a.moment < b.moment; });
  const auto later = std::find_if(recent.begin(), end, [&](const Seen& s) { return s.moment > event.moment; });
  if (std::any_of(later, end, [&](const Seen& s) { return Apply(state, s); })) return true;
  State alone;
  alone.steps.resize(steps_);
  const bool found = std::any_of(recent.begin(), end, [&](const Seen& s) { return Apply(alone, s); });
  for (size_t i = 0; i < steps_; ++i) Improve(state.steps[i], alone.steps[i]);
  return found;
}

std::optional<Correlated> SequenceCorrelation::Add(std::string_view key, int64_t time_ns, StepMask steps) {
  keys_.Expire([&](const State& s) { return IsPast(s.newest_ns, time_ns, within_ns_); });
  State& state = keys_.Get(key);
  if (state.steps.empty()) {
    state.steps.resize(steps_);
    keys_.Charge(steps_ * sizeof(Step));
  }
  const Seen event{{time_ns, ++arrivals_}, steps};
  if (ApplyInOrder(state, event)) {
    const Step& last = state.steps.back();
    Correlated found{steps_, last.start_ns, last.end.time_ns};
    keys_.Erase(key);
    return found;
  }
  state.recent[state.seen++ % kRecent] = event;
  state.newest_ns = state.seen == 1 ? time_ns : std::max(state.newest_ns, time_ns);
  return std::nullopt;
}

}  // namespace vedette
