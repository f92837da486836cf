// SPDX-License-Identifier: Apache-2.0
//
// Dispatcher: hands alerts to sinks. Each sink has a thread and a bounded queue of its own, so a slow or dead one
// delays neither detection nor another sink. What a full queue forces out (alert_queue.h says which) is counted, and
// reported by an alert of its own once there is room again. A failed write is retried, with a backoff that doubles from
// retry_min to retry_max, half of it random.
#ifndef VEDETTE_OUTPUTS_DISPATCHER_H_
#define VEDETTE_OUTPUTS_DISPATCHER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/alert.h"
#include "outputs/encoder.h"
#include "outputs/sink.h"

namespace vedette {

struct SinkStats {
  std::string name;
  uint64_t delivered = 0, retries = 0, lost = 0, queued = 0;
  uint64_t truncated = 0;  // of the delivered, cut at the transport's bound
};

class Dispatcher {
 public:
  struct Route {
    std::string name;  // "stdout", "syslog udp://127.0.0.1:514"
    std::unique_ptr<Encoder> encoder;
    std::unique_ptr<Sink> sink;
    size_t queue_alerts = 8192;
    size_t queue_bytes = 8u << 20;
    std::chrono::milliseconds retry_min{100};
    std::chrono::milliseconds retry_max{30'000};
  };
  struct Callbacks {  // from the sinks' threads; must not call the dispatcher
    // One line when a sink begins to fail and one when it works again.
    std::function<void(const std::string& line)> log;
    // A sink's receiver is gone for good (Sink::Write, kAborted).
    std::function<void(const std::string& sink)> gone;
  };

  Dispatcher();
  explicit Dispatcher(Callbacks callbacks);
  ~Dispatcher();  // as Stop(5 s)
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  void Add(Route route);   // before the first Send
  void Send(Alert alert);  // any one thread; never blocks on a sink
  void Reopen();           // any thread: each sink opens its file again before its next alert
  void Stop(std::chrono::milliseconds
                deadline);               // delivers what is queued, as far as the deadline allows; counts the rest lost
  std::vector<SinkStats> Stats() const;  // any thread

 private:
  class Lane;
  const Callbacks callbacks_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_DISPATCHER_H_
