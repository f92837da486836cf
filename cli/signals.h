// SPDX-License-Identifier: Apache-2.0
//
// Signals: SIGINT, SIGTERM and SIGHUP as calls on a thread of their own, where anything may be done. Made before any
// other thread, so that all inherit the blocked mask; one at a time.
#ifndef VEDETTE_CLI_SIGNALS_H_
#define VEDETTE_CLI_SIGNALS_H_

#include <functional>
#include <thread>

#include "outputs/fd_io.h"

namespace vedette {

class Signals {
 public:
  struct Handlers {
    std::function<void(int signal)> stop;  // SIGINT, SIGTERM; the second one ends the program at once
    std::function<void()> reload;          // SIGHUP; empty: as stop
  };

  Signals();   // blocks the signals: they wait until Start
  ~Signals();  // as Finish; the signals stay blocked
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void Start(Handlers handlers);
  // No handler runs any more when it returns: call it before what they use goes away.
  void Finish();

 private:
  void Run();

  UniqueFd fd_;
  Canceller canceller_;
  Handlers handlers_;
  std::thread thread_;
};

}  // namespace vedette
#endif  // VEDETTE_CLI_SIGNALS_H_
