// SPDX-License-Identifier: Apache-2.0
#include "outputs/syslog_tcp_sink.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace vedette {
namespace {

constexpr std::chrono::seconds kConnectTimeout{5};
constexpr unsigned kAckTimeoutMs = 30'000;  // a receiver that vanished is noticed after this
constexpr int kSendBuffer = 256 << 10;      // bounds what is kept in flight
constexpr std::chrono::seconds kFlushTimeout{2};

void SetOption(int fd, int level, int option, int value) {
  // Best effort: none of them changes what is delivered, only how soon a broken connection shows.
  setsockopt(fd, level, option, &value, sizeof(value));
}

}  // namespace

absl::Status SyslogTcpSink::Connect() {
  absl::StatusOr<UniqueFd> fd = ConnectTo(address_, canceller_, kConnectTimeout);
  if (!fd.ok()) return fd.status();
  fd_ = std::move(*fd);
  SetOption(fd_.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  SetOption(fd_.get(), SOL_SOCKET, SO_SNDBUF, kSendBuffer);
  SetOption(fd_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, kAckTimeoutMs);
  SetOption(fd_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  sent_ = 0;
  std::deque<Frame> again;
  again.swap(in_flight_);
  while (!again.empty()) {
    absl::Status status = Send(std::move(again.front().bytes));
    again.pop_front();
    if (status.ok()) continue;
    for (Frame& frame : again) in_flight_.push_back(std::move(frame));
    return status;
  }
  return absl::OkStatus();
}

// Its FIN is noticed before a frame goes into a connection that nobody reads any more.
bool SyslogTcpSink::PeerClosed() const {
  char byte = 0;
  ssize_t n = recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void SyslogTcpSink::ForgetAcknowledged() {
  int queued = 0;  // sent and not acknowledged
  if (ioctl(fd_.get(), SIOCOUTQ, &queued) != 0) return;
  const uint64_t acknowledged = sent_ - static_cast<uint64_t>(queued);
  while (!in_flight_.empty() && in_flight_.front().end <= acknowledged) in_flight_.pop_front();
}

absl::Status SyslogTcpSink::SendBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
      sent_ += static_cast<uint64_t>(n);
    } else if (errno == EAGAIN) {
      if (absl::Status status = WaitReady(fd_.get(), POLLOUT, canceller_); !status.ok()) return status;
    } else if (errno != EINTR) {
      return absl::UnavailableError(
          fmt::format("connection to {} lost: {}", address_.ToString(), std::strerror(errno)));
    }
  }
  return absl::OkStatus();
}

// On an error the frame stays in flight when it was to be sent again, and the connection is closed.
absl::Status SyslogTcpSink::Send(std::string frame) {
  const uint64_t end = sent_ + frame.size();
  in_flight_.push_back({end, std::move(frame)});
  absl::Status status = SendBytes(in_flight_.back().bytes);
  if (!status.ok()) fd_.Reset();
  return status;
}

absl::Status SyslogTcpSink::Write(const Alert& alert, std::string_view encoded) {
  if (fd_.valid()) {
    ForgetAcknowledged();
    if (PeerClosed()) fd_.Reset();
  }
  if (!fd_.valid()) {
    if (absl::Status status = Connect(); !status.ok()) return status;
  }
  std::string message;
  const bool cut = message_.Format(alert, encoded, kMaxSyslogTcp, message);
  absl::Status status = Send(fmt::format("{} {}", message.size(), message));
  if (!status.ok()) {
    in_flight_.pop_back();  // the dispatcher comes again with it
    return status;
  }
  if (cut) truncated_.fetch_add(1, std::memory_order_relaxed);
  return status;
}

absl::Status SyslogTcpSink::Flush() {
  if (!fd_.valid()) return absl::OkStatus();
  const auto deadline = std::chrono::steady_clock::now() + kFlushTimeout;
  for (ForgetAcknowledged(); !in_flight_.empty(); ForgetAcknowledged()) {
    if (PeerClosed() || std::chrono::steady_clock::now() >= deadline) {
      return absl::UnavailableError(
          fmt::format("{} alerts not acknowledged by {}", in_flight_.size(), address_.ToString()));
    }
    // There is no event for "acknowledged": look again soon, or stop when cancelled.
    absl::Status status = WaitReady(canceller_.fd(), 0, canceller_, std::chrono::milliseconds(10));
    if (absl::IsCancelled(status)) break;
  }
  return absl::OkStatus();
}

}  // namespace vedette
