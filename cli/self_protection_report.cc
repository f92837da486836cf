// SPDX-License-Identifier: Apache-2.0
#include "cli/self_protection_report.h"

#include <fmt/format.h>

#include <cstring>

#include "bpf/abi/self.h"
#include "engine/internal_alert.h"

namespace vedette {
namespace {

// " SIGKILL", " /rules.yaml"; "" where nothing is to be said.
std::string Object(const SelfAttempt& attempt) {
  if (!attempt.name.empty()) return " " + attempt.name;
  if (attempt.kind != VD_SELF_SIGNAL_ATTEMPT) return "";
  const char* name = sigabbrev_np(static_cast<int>(attempt.detail));
  return name != nullptr ? fmt::format(" SIG{}", name) : fmt::format(" {}", attempt.detail);
}

AlertValue TextOrNull(const std::string& text) { return text.empty() ? AlertValue() : AlertValue(text); }

}  // namespace

Alert MakeTamperAlert(const LiveAttempt& live, const BootClock& clock, const std::string& hostname) {
  const SelfAttempt& attempt = live.attempt;
  const int64_t time = clock.boot_realtime_ns + static_cast<int64_t>(attempt.time_ns);
  Alert alert = MakeInternalAlert("tampering refused", Priority::kCritical, time, hostname);
  const std::string object = Object(attempt);
  const std::string container = !live.container_id.empty() ? live.container_id : attempt.container ? "unknown" : "host";
  alert.output = fmt::format("somebody tried to {}, which was refused | object={} process={} pid={} exe={} user={} container={}",
                             attempt.what, object.empty() ? "<NA>" : object.substr(1), attempt.comm, attempt.pid,
                             attempt.exe.empty() ? "<NA>" : attempt.exe, attempt.uid, container);
  alert.fields = {{"vedette.attempt", attempt.what},
                  {"vedette.object", TextOrNull(object.empty() ? object : object.substr(1))},
                  {"proc.pid", int64_t{attempt.pid}},
                  {"proc.name", attempt.comm},
                  {"proc.exepath", TextOrNull(attempt.exe)},
                  {"proc.cmdline", TextOrNull(live.command_line)},
                  {"user.uid", int64_t{attempt.uid}},
                  {"container.id", container}};
  return alert;
}

Alert MakeGuardAlert(bool on, const BootClock& clock, const std::string& hostname) {
  const int64_t now = clock.boot_realtime_ns + static_cast<int64_t>(clock.now_ns);
  Alert alert = MakeInternalAlert(on ? "self-protection on" : "self-protection off",
                                  on ? Priority::kNotice : Priority::kCritical, now, hostname);
  alert.output = on ? "self-protection was switched on again"
                    : "self-protection was switched off: root of this host may end the agent, unpin it and edit its rules";
  return alert;
}

Alert MakeModeAlert(const std::string& what, Mode mode, const ControlPeer& peer, const BootClock& clock,
                    const std::string& hostname) {
  const int64_t now = clock.boot_realtime_ns + static_cast<int64_t>(clock.now_ns);
  const bool less = mode == Mode::kMonitor;
  Alert alert = MakeInternalAlert("mode changed", less ? Priority::kCritical : Priority::kNotice, now, hostname);
  alert.output = fmt::format("the mode was changed by `vedette mode` | {} process={} user={}", what, peer.pid, peer.uid);
  alert.fields = {{"vedette.mode", std::string(less ? "monitor" : "enforce")},
                  {"vedette.change", what},
                  {"proc.pid", int64_t{peer.pid}},
                  {"user.uid", int64_t{peer.uid}}};
  return alert;
}

}  // namespace vedette
