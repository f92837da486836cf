// SPDX-License-Identifier: Apache-2.0
//
// Introductions: containers that hooks have told of, on their way to the event thread. The hook's thread waits in Add()
// until the event thread has taken its container over. Bounded by the hooks' threads: each waits for one.
#ifndef VEDETTE_SENSOR_INTRODUCTIONS_H_
#define VEDETTE_SENSOR_INTRODUCTIONS_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "sensor/oci_container.h"

namespace vedette {

class Introductions {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  // Any thread but the event thread. `wake` makes that call Serve() soon.
  absl::Status Add(IntroducedContainer container, Deadline deadline, const std::function<void()>& wake);
  // Event thread. `take` says what came of it.
  void Serve(const std::function<absl::Status(const IntroducedContainer&)>& take);

 private:
  struct Item {
    IntroducedContainer container;
    bool done = false;
    absl::Status status;
  };
  std::mutex mutex_;
  std::condition_variable served_;
  std::vector<std::shared_ptr<Item>> waiting_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_INTRODUCTIONS_H_
