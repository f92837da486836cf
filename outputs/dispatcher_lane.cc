// SPDX-License-Identifier: Apache-2.0
#include "outputs/dispatcher_lane.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace vedette {
namespace {

int64_t NowNs() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

Dispatcher::Lane::Lane(Route route, const Callbacks& callbacks)
    : name_(std::move(route.name)),
      encoder_(std::move(route.encoder)),
      sink_(std::move(route.sink)),
      retry_min_(route.retry_min),
      retry_max_(route.retry_max),
      callbacks_(callbacks),
      random_(std::random_device{}()),
      queue_(route.queue_alerts, route.queue_bytes),
      thread_([this] { Run(); }) {}

Dispatcher::Lane::~Lane() { FinishStop(Clock::now()); }

void Dispatcher::Lane::Push(AlertQueue::Item alert) {
  MutexLock lock(mutex_);
  if (ended_ || stopping_) {
    ++stats_.lost;
    return;
  }
  for (const AlertQueue::Item& lost : queue_.Push(std::move(alert))) Lose(*lost);
  changed_.notify_all();
}

void Dispatcher::Lane::Lose(const Alert& alert) {
  ++stats_.lost;
  unreported_.Add(alert);
}

void Dispatcher::Lane::RequestReopen() {
  MutexLock lock(mutex_);
  reopen_ = true;
}

void Dispatcher::Lane::BeginStop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void Dispatcher::Lane::FinishStop(Clock::time_point deadline) {
  bool cancel = false;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    while (!ended_ && Clock::now() < deadline) changed_.wait_until(mutex_, deadline);
    cancel = !ended_;
    cancelled_ = true;
    changed_.notify_all();
  }
  if (cancel) sink_->Cancel();
  if (thread_.joinable()) thread_.join();
}

SinkStats Dispatcher::Lane::Stats() const {
  MutexLock lock(mutex_);
  SinkStats stats = stats_;
  stats.name = name_;
  stats.queued = queue_.size();
  stats.truncated = sink_->Truncated();
  return stats;
}

void Dispatcher::Lane::Run() {
  pthread_setname_np(pthread_self(), "vedette-sink");
  for (Job job = Next(); job.alert != nullptr; job = Next()) Deliver(job);
  if (absl::Status status = sink_->Flush(); !status.ok()) Log(std::string(status.message()));
  End();
}

Dispatcher::Lane::Job Dispatcher::Lane::Next() {
  MutexLock lock(mutex_);
  while (true) {
    if (cancelled_) return {};
    if (unreported_.count != 0 && !queue_.half_full()) {
      Alert report = MakeLossAlert(name_, std::exchange(unreported_, {}), NowNs());
      return {std::make_shared<const Alert>(std::move(report)), /*report=*/true};
    }
    if (AlertQueue::Item alert = queue_.Pop()) return {std::move(alert)};
    if (stopping_) return {};
    changed_.wait(mutex_);
  }
}

void Dispatcher::Lane::Deliver(const Job& job) {
  const Alert& alert = *job.alert;
  encoded_.clear();
  encoder_->Encode(alert, encoded_);
  for (uint32_t failures = 0;; ++failures) {
    ReopenIfAsked();
    absl::Status status = sink_->Write(alert, encoded_);
    if (status.ok()) {
      if (failures != 0) Log(fmt::format("works again, after {} failed attempts", failures));
      MutexLock lock(mutex_);
      if (!job.report) ++stats_.delivered;
      return;
    }
    NoteFailure(status, failures);
    if (absl::IsInvalidArgument(status) || absl::IsAborted(status) || !Backoff(failures)) {
      MutexLock lock(mutex_);
      if (!job.report) Lose(alert);
      cancelled_ = cancelled_ || absl::IsAborted(status);
      return;
    }
    MutexLock lock(mutex_);
    ++stats_.retries;
  }
}

void Dispatcher::Lane::ReopenIfAsked() {
  {
    MutexLock lock(mutex_);
    if (!std::exchange(reopen_, false)) return;
  }
  if (absl::Status status = sink_->Reopen(); !status.ok()) Log(std::string(status.message()));
}

void Dispatcher::Lane::NoteFailure(const absl::Status& status, uint32_t failures) {
  std::string message(status.message());
  if (absl::IsAborted(status)) {
    if (callbacks_.gone) callbacks_.gone(name_);
  } else if (absl::IsInvalidArgument(status)) {
    Log(message + "; the alert is lost");
  } else if (failures == 0 && !absl::IsCancelled(status)) {
    Log(message + "; retrying");
  }
}

bool Dispatcher::Lane::Backoff(uint32_t failures) {
  auto ceiling = std::min(retry_max_, retry_min_ * (1 << std::min(failures, 16u)));
  auto half = std::max<int64_t>(ceiling.count() / 2, 1);
  auto pause = std::chrono::milliseconds(half + static_cast<int64_t>(random_() % static_cast<uint64_t>(half)));
  MutexLock lock(mutex_);
  // The stop may come early in a long pause: its deadline is worth a last attempt, then short pauses.
  if (stopping_) pause = std::min(pause, retry_min_);
  const bool was_stopping = stopping_;
  const auto until = Clock::now() + pause;
  while (!cancelled_ && stopping_ == was_stopping && Clock::now() < until) changed_.wait_until(mutex_, until);
  return !cancelled_;
}

void Dispatcher::Lane::End() {
  MutexLock lock(mutex_);
  while (AlertQueue::Item alert = queue_.Pop()) Lose(*alert);
  ended_ = true;
  changed_.notify_all();
}

void Dispatcher::Lane::Log(const std::string& line) const {
  if (callbacks_.log) callbacks_.log(fmt::format("output {}: {}", name_, line));
}

}  // namespace vedette
