// SPDX-License-Identifier: Apache-2.0
#include "outputs/syslog_udp_sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace vedette {
namespace {
constexpr std::chrono::seconds kTimeout{5};
}  // namespace

absl::Status SyslogUdpSink::Send(std::string_view datagram) {
  while (send(fd_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      if (absl::Status status = WaitReady(fd_.get(), POLLOUT, canceller_, kTimeout); !status.ok()) return status;
      continue;
    }
    if (errno == EMSGSIZE) {
      return absl::InvalidArgumentError(fmt::format("{} bytes are too long for a datagram", datagram.size()));
    }
    // ECONNREFUSED speaks of the datagram before this one.
    const bool refused = errno == ECONNREFUSED;
    absl::Status status = ErrnoStatus(fmt::format("cannot send to {}", address_.ToString()), errno);
    resend_previous_ = resend_previous_ || (refused && !previous_.empty());
    if (!refused) fd_.Reset();  // the route or the address may have changed
    return status;
  }
  return absl::OkStatus();
}

absl::Status SyslogUdpSink::Write(const Alert& alert, std::string_view encoded) {
  if (!fd_.valid()) {
    absl::StatusOr<UniqueFd> fd = ConnectTo(address_, canceller_, kTimeout);
    if (!fd.ok()) return fd.status();
    fd_ = std::move(*fd);
  }
  if (resend_previous_) {
    if (absl::Status status = Send(previous_); !status.ok()) return status;
    resend_previous_ = false;
  }
  const bool cut = message_.Format(alert, encoded, kMaxSyslogUdp, datagram_);
  if (absl::Status status = Send(datagram_); !status.ok()) return status;
  if (cut) truncated_.fetch_add(1, std::memory_order_relaxed);
  previous_.swap(datagram_);
  return absl::OkStatus();
}

absl::Status SyslogUdpSink::Flush() {
  if (!resend_previous_) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("{} refused an alert that was counted as delivered", address_.ToString()));
}

}  // namespace vedette
