// SPDX-License-Identifier: Apache-2.0
#include "sensor/introductions.h"

#include <utility>

namespace vedette {

absl::Status Introductions::Add(IntroducedContainer container, Deadline deadline, const std::function<void()>& wake) {
  auto item = std::make_shared<Item>();
  item->container = std::move(container);
  std::unique_lock lock(mutex_);
  waiting_.push_back(item);
  lock.unlock();
  wake();
  lock.lock();
  if (served_.wait_until(lock, deadline, [&] { return item->done; })) return item->status;
  std::erase(waiting_, item);
  return absl::DeadlineExceededError("the agent was too busy to take it over");
}

void Introductions::Serve(const std::function<absl::Status(const IntroducedContainer&)>& take) {
  std::unique_lock lock(mutex_);
  if (waiting_.empty()) return;
  const std::vector<std::shared_ptr<Item>> items = std::exchange(waiting_, {});
  lock.unlock();
  for (const auto& item : items) {
    absl::Status status = take(item->container);
    lock.lock();
    item->status = std::move(status);
    item->done = true;
    lock.unlock();
  }
  served_.notify_all();
}

}  // namespace vedette
