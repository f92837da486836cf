// SPDX-License-Identifier: Apache-2.0
//
// UniqueFd, Canceller and the waits and writes that a Canceller ends: how sinks write to a descriptor whose other end
// may be slow, without ever hanging the stop.
#ifndef VEDETTE_OUTPUTS_FD_IO_H_
#define VEDETTE_OUTPUTS_FD_IO_H_

#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/status/status.h"

namespace vedette {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    Reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void Reset(int fd = -1);

 private:
  int fd_ = -1;
};

// Once cancelled it stays so. Cancel() from any thread; waits from the sink's.
class Canceller {
 public:
  Canceller();
  void Cancel();
  int fd() const { return event_.get(); }

 private:
  UniqueFd event_;
};

inline constexpr std::chrono::milliseconds kNoTimeout{-1};

// Until poll(2) reports one of `events` on `fd` (or an error, which the next call on it then tells): kCancelled,
// kDeadlineExceeded.
absl::Status WaitReady(int fd, short events, const Canceller& canceller,
                       std::chrono::milliseconds timeout = kNoTimeout);

// Writes all of `bytes` to a file, pipe or terminal, waiting as long as it takes. `written` tells how many went out
// before an error. EPIPE is kAborted.
absl::Status WriteAll(int fd, std::string_view bytes, const Canceller& canceller, size_t* written = nullptr);

// "write: No space left on device", with the code retries go by: kUnavailable, kAborted for EPIPE.
absl::Status ErrnoStatus(std::string_view what, int error);

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_FD_IO_H_
