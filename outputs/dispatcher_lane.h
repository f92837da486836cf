// SPDX-License-Identifier: Apache-2.0
//
// Dispatcher::Lane: one sink with its queue and thread. Owned by the dispatcher; the thread owns the sink's Write.
#ifndef VEDETTE_OUTPUTS_DISPATCHER_LANE_H_
#define VEDETTE_OUTPUTS_DISPATCHER_LANE_H_

#include <condition_variable>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "outputs/alert_queue.h"
#include "outputs/dispatcher.h"
#include "outputs/loss_alert.h"
#include "outputs/mutex.h"

namespace vedette {

class Dispatcher::Lane {
 public:
  using Clock = std::chrono::steady_clock;

  Lane(Route route, const Callbacks& callbacks);  // starts the thread; `callbacks` outlives it
  ~Lane();                                        // cancels and joins

  void Push(AlertQueue::Item alert) ABSL_LOCKS_EXCLUDED(mutex_);
  void RequestReopen() ABSL_LOCKS_EXCLUDED(mutex_);
  void BeginStop() ABSL_LOCKS_EXCLUDED(mutex_);  // deliver what is queued, then end
  // Waits for that until the deadline, then gives up what is left.
  void FinishStop(Clock::time_point deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  SinkStats Stats() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Job {
    AlertQueue::Item alert;  // null: the lane ends
    bool report = false;     // of losses: not itself counted
  };

  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  Job Next() ABSL_LOCKS_EXCLUDED(mutex_);
  void Deliver(const Job& job) ABSL_LOCKS_EXCLUDED(mutex_);
  void ReopenIfAsked() ABSL_LOCKS_EXCLUDED(mutex_);
  bool Backoff(uint32_t failures) ABSL_LOCKS_EXCLUDED(mutex_);  // false: the lane ends
  void NoteFailure(const absl::Status& status, uint32_t failures);
  void End() ABSL_LOCKS_EXCLUDED(mutex_);  // counts what is left as lost
  void Log(const std::string& line) const;
  void Lose(const Alert& alert) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after construction.
  const std::string name_;
  const std::unique_ptr<Encoder> encoder_;
  const std::unique_ptr<Sink> sink_;
  const std::chrono::milliseconds retry_min_, retry_max_;
  const Callbacks& callbacks_;

  // The thread's own.
  std::string encoded_;
  std::minstd_rand random_;

  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  AlertQueue queue_ ABSL_GUARDED_BY(mutex_);
  LossRecord unreported_ ABSL_GUARDED_BY(mutex_);
  SinkStats stats_ ABSL_GUARDED_BY(mutex_);
  bool reopen_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;   // end once the queue is empty
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;  // end now
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_DISPATCHER_LANE_H_
