// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <future>

namespace vedette {
namespace {

TEST(Signals, AreCallsOnAThreadOfTheirOwn) {
  Signals signals;
  std::promise<int> stopped;
  std::promise<void> reloaded;
  signals.Start({.stop = [&](int signal) { stopped.set_value(signal); }, .reload = [&] { reloaded.set_value(); }});
  kill(getpid(), SIGHUP);
  reloaded.get_future().wait();
  kill(getpid(), SIGTERM);
  EXPECT_EQ(stopped.get_future().get(), SIGTERM);
}

TEST(Signals, ThatCameBeforeTheStartAreNotLost) {
  Signals signals;
  kill(getpid(), SIGINT);
  std::promise<int> stopped;
  signals.Start({.stop = [&](int signal) { stopped.set_value(signal); }, .reload = {}});
  EXPECT_EQ(stopped.get_future().get(), SIGINT);
}

}  // namespace
}  // namespace vedette
