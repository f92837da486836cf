// SPDX-License-Identifier: Apache-2.0
#include "outputs/fd_io.h"

#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace vedette {

void UniqueFd::Reset(int fd) {
  if (fd_ >= 0 && fd_ != fd) close(fd_);
  fd_ = fd;
}

Canceller::Canceller() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Canceller::Cancel() {
  uint64_t one = 1;
  // Fails only when it is already set, 2^64 times over.
  [[maybe_unused]] ssize_t written = write(event_.get(), &one, sizeof(one));
}

absl::Status ErrnoStatus(std::string_view what, int error) {
  std::string message = fmt::format("{}: {}", what, std::strerror(error));
  return error == EPIPE ? absl::AbortedError(message) : absl::UnavailableError(message);
}

absl::Status WaitReady(int fd, short events, const Canceller& canceller, std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  auto deadline = Clock::now() + timeout;
  while (true) {
    int left = -1;
    if (timeout >= std::chrono::milliseconds(0)) {
      auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      left = static_cast<int>(std::clamp<int64_t>(rest.count(), 0, INT_MAX));
    }
    pollfd fds[2] = {{fd, events, 0}, {canceller.fd(), POLLIN, 0}};
    int ready = poll(fds, 2, left);
    if (ready < 0 && errno != EINTR) return ErrnoStatus("poll", errno);
    if (ready > 0 && fds[1].revents != 0) return absl::CancelledError("cancelled");
    if (ready > 0) return absl::OkStatus();
    if (ready == 0) return absl::DeadlineExceededError("timed out");
  }
}

absl::Status WriteAll(int fd, std::string_view bytes, const Canceller& canceller, size_t* written) {
  size_t done = 0;
  absl::Status status;
  while (status.ok() && done < bytes.size()) {
    status = WaitReady(fd, POLLOUT, canceller);
    if (!status.ok()) break;
    // A pipe that poll calls writable takes PIPE_BUF bytes without blocking, no more.
    ssize_t n = write(fd, bytes.data() + done, std::min<size_t>(bytes.size() - done, PIPE_BUF));
    if (n >= 0) {
      done += static_cast<size_t>(n);
    } else if (errno != EINTR && errno != EAGAIN) {
      status = ErrnoStatus("write", errno);
    }
  }
  if (written != nullptr) *written = done;
  return status;
}

}  // namespace vedette
