// SPDX-License-Identifier: Apache-2.0
#include "outputs/dispatcher.h"

#include <utility>

#include "outputs/dispatcher_lane.h"

namespace vedette {

Dispatcher::Dispatcher() : Dispatcher(Callbacks{}) {}
Dispatcher::Dispatcher(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}
Dispatcher::~Dispatcher() { Stop(std::chrono::seconds(5)); }

void Dispatcher::Add(Route route) { lanes_.push_back(std::make_unique<Lane>(std::move(route), callbacks_)); }

void Dispatcher::Send(Alert alert) {
  auto shared = std::make_shared<const Alert>(std::move(alert));
  for (auto& lane : lanes_) lane->Push(shared);
}

void Dispatcher::Reopen() {
  for (auto& lane : lanes_) lane->RequestReopen();
}

void Dispatcher::Stop(std::chrono::milliseconds deadline) {
  // All begin before any is waited for: they share the deadline.
  for (auto& lane : lanes_) lane->BeginStop();
  const auto end = Lane::Clock::now() + deadline;
  for (auto& lane : lanes_) lane->FinishStop(end);
}

std::vector<SinkStats> Dispatcher::Stats() const {
  std::vector<SinkStats> stats;
  for (const auto& lane : lanes_) stats.push_back(lane->Stats());
  return stats;
}

}  // namespace vedette
