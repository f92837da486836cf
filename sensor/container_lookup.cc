// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_lookup.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace vedette {

ContainerLookup::ContainerLookup(Load load, size_t max_queued) : load_(std::move(load)), max_queued_(max_queued) {
  // Signals are the main thread's business.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  worker_ = std::jthread([this](std::stop_token stop) { Work(std::move(stop)); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ContainerLookup::~ContainerLookup() = default;

bool ContainerLookup::Ask(const Container& container) {
  {
    std::lock_guard lock(mutex_);
    if (questions_.size() >= max_queued_) {
      ++dropped_;
      return false;
    }
    questions_.push_back(container);
  }
  wake_.notify_one();
  return true;
}

std::vector<Container> ContainerLookup::Collect() {
  std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

size_t ContainerLookup::waiting() const {
  std::lock_guard lock(mutex_);
  return questions_.size() + (at_work_ ? 1 : 0);
}

uint64_t ContainerLookup::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

void ContainerLookup::Work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [this] { return !questions_.empty(); })) {
    Container container = std::move(questions_.front());
    questions_.erase(questions_.begin());
    at_work_ = true;
    lock.unlock();
    bool found = load_(container);
    lock.lock();
    at_work_ = false;
    if (stop.stop_requested()) return;
    if (!found) continue;
    container.known = container.details.unread.empty();
    if (answers_.size() >= max_queued_) {
      ++dropped_;
      continue;
    }
    answers_.push_back(std::move(container));
  }
}

}  // namespace vedette
