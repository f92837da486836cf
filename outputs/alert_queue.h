// SPDX-License-Identifier: Apache-2.0
//
// AlertQueue: the bounded queue before a sink, first in, first out. When it is full, the newest alert of the lowest
// priority makes room for one of higher priority; an alert that is itself the least is refused. So a flood of notices
// pushes out no critical alert, and of alike alerts the first ones stay: they show how it began. Not thread-safe.
#ifndef VEDETTE_OUTPUTS_ALERT_QUEUE_H_
#define VEDETTE_OUTPUTS_ALERT_QUEUE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <memory>

#include "engine/alert.h"

namespace vedette {

class AlertQueue {
 public:
  using Item = std::shared_ptr<const Alert>;

  AlertQueue(size_t max_alerts, size_t max_bytes) : max_alerts_(max_alerts), max_bytes_(max_bytes) {}

  // What was forced out: nothing, alerts of lower priority, or `alert` itself.
  std::deque<Item> Push(Item alert);
  Item Pop();  // null when empty

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Full enough that the loss of further alerts is likely; the hysteresis of loss reports.
  bool half_full() const { return size_ * 2 > max_alerts_ || bytes_ * 2 > max_bytes_; }

 private:
  static constexpr size_t kPriorities = static_cast<size_t>(Priority::kDebug) + 1;
  struct Entry {
    uint64_t number;
    size_t bytes;
    Item alert;
  };

  bool HasRoomFor(size_t bytes) const { return size_ < max_alerts_ && bytes_ + bytes <= max_bytes_; }
  std::deque<Entry>* LowestBelow(Priority priority);
  Item Take(std::deque<Entry>& from, bool newest);

  const size_t max_alerts_;
  const size_t max_bytes_;
  std::array<std::deque<Entry>, kPriorities> entries_;  // by priority
  uint64_t next_number_ = 0;
  size_t size_ = 0;
  size_t bytes_ = 0;
};

size_t ApproximateBytes(const Alert& alert);

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_ALERT_QUEUE_H_
