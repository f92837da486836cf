// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "cli/commands.h"
#include "cli/terminal.h"

namespace vedette {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

Signals::~Signals() { Finish(); }

void Signals::Finish() {
  canceller_.Cancel();
  if (thread_.joinable()) thread_.join();
}

void Signals::Start(Handlers handlers) {
  handlers_ = std::move(handlers);
  thread_ = std::thread([this] { Run(); });
}

void Signals::Run() {
  bool stopping = false;
  while (WaitReady(fd_.get(), POLLIN, canceller_).ok()) {
    signalfd_siginfo info{};
    if (read(fd_.get(), &info, sizeof(info)) != sizeof(info)) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGHUP && handlers_.reload) {
      handlers_.reload();
    } else if (std::exchange(stopping, true)) {
      Say("stopped at once, without delivering what is queued");
      _exit(kExitError);
    } else {
      handlers_.stop(signal);
    }
  }
}

}  // namespace vedette
