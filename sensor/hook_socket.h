// SPDX-License-Identifier: Apache-2.0
//
// HookSocket: where the agent hears of containers from `vedette oci-hook`, before they run. A unix socket in a
// directory of its own, both for root only; who connects has to be root, too (SO_PEERCRED), as the agent sees it.
// One request at a time, on a thread of its own; each is bounded in bytes and time. Owned by the live source.
#ifndef VEDETTE_SENSOR_HOOK_SOCKET_H_
#define VEDETTE_SENSOR_HOOK_SOCKET_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "sensor/oci_container.h"
#include "sensor/owned_fd.h"

namespace vedette {

inline constexpr const char* kDefaultHookSocket = "/run/vedette/oci-hook.sock";

class HookSocket {
 public:
  using Clock = std::chrono::steady_clock;
  using Handler = std::function<absl::Status(const OciContainer& container, Clock::time_point deadline)>;
  static constexpr std::chrono::milliseconds kPatience{2000};  // with one request
  static constexpr size_t kMaxRequest = 16 << 10;

  // Unavailable: another agent listens there.
  static absl::StatusOr<std::unique_ptr<HookSocket>> Listen(const std::string& path, Handler handler);
  ~HookSocket();  // waits for the request that is being handled

 private:
  HookSocket(std::string path, OwnedFd listener, OwnedFd stop, Handler handler);
  void Work() const;
  void Serve(int connection) const;

  const std::string path_;
  const OwnedFd listener_, stop_;
  const Handler handler_;
  std::jthread worker_;  // last: ends before what it uses
};

// For the hook: OK when the agent at `path` has said that the kernel decides by what is known of it.
absl::Status TellAgent(const std::string& path, const OciContainer& container, std::chrono::milliseconds patience);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_HOOK_SOCKET_H_
