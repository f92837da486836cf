// SPDX-License-Identifier: Apache-2.0
#include "outputs/syslog_address.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <memory>

namespace vedette {
namespace {

struct Scheme {
  std::string_view prefix;
  SyslogAddress::Transport transport;
  std::string_view default_port;
};
constexpr Scheme kSchemes[] = {
    {"udp://", SyslogAddress::Transport::kUdp, "514"},
    {"tcp://", SyslogAddress::Transport::kTcp, "601"},  // RFC 6587: no port is assigned; 601 is RFC 3195's
};

const Scheme& SchemeOf(SyslogAddress::Transport transport) {
  return kSchemes[transport == SyslogAddress::Transport::kUdp ? 0 : 1];
}

bool IsPort(std::string_view text) {
  unsigned port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

absl::Status Invalid(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      fmt::format("syslog address '{}': {}; write udp://HOST:PORT or tcp://HOST:PORT", text, why));
}

absl::Status FinishConnect(int fd, const Canceller& canceller, std::chrono::milliseconds timeout) {
  if (absl::Status status = WaitReady(fd, POLLOUT, canceller, timeout); !status.ok()) return status;
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? absl::OkStatus() : ErrnoStatus("connect", error);
}

absl::StatusOr<UniqueFd> ConnectOne(const addrinfo& info, const Canceller& canceller,
                                    std::chrono::milliseconds timeout) {
  UniqueFd fd(socket(info.ai_family, info.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, info.ai_protocol));
  if (!fd.valid()) return ErrnoStatus("socket", errno);
  absl::Status status;
  if (connect(fd.get(), info.ai_addr, info.ai_addrlen) != 0) {
    status = errno == EINPROGRESS ? FinishConnect(fd.get(), canceller, timeout) : ErrnoStatus("connect", errno);
  }
  if (!status.ok()) return status;
  return fd;
}

}  // namespace

std::string SyslogAddress::ToString() const {
  bool v6 = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}{}:{}", SchemeOf(transport).prefix, v6 ? "[" : "", host, v6 ? "]" : "", port);
}

absl::StatusOr<SyslogAddress> ParseSyslogAddress(std::string_view text) {
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(scheme.prefix)) continue;
    std::string_view rest = text.substr(scheme.prefix.size());
    std::string_view host, port;
    if (rest.starts_with('[')) {
      size_t end = rest.find(']');
      if (end == std::string_view::npos) return Invalid(text, "the bracket is not closed");
      host = rest.substr(1, end - 1);
      port = rest.substr(end + 1);
      if (!port.empty() && !port.starts_with(':')) return Invalid(text, "a port follows the bracket");
    } else {
      host = rest.substr(0, rest.find(':'));
      port = rest.substr(host.size());
    }
    port = port.empty() ? scheme.default_port : port.substr(1);
    if (host.empty()) return Invalid(text, "the host is missing");
    if (!IsPort(port)) return Invalid(text, "the port is no number from 1 to 65535");
    return SyslogAddress{scheme.transport, std::string(host), std::string(port)};
  }
  return Invalid(text, "it begins with neither udp:// nor tcp://");
}

absl::StatusOr<UniqueFd> ConnectTo(const SyslogAddress& address, const Canceller& canceller,
                                   std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = address.transport == SyslogAddress::Transport::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* list = nullptr;
  if (int error = getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &list); error != 0) {
    return absl::UnavailableError(fmt::format("cannot resolve '{}': {}", address.host, gai_strerror(error)));
  }
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  absl::Status last = absl::UnavailableError("no address");
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    absl::StatusOr<UniqueFd> fd = ConnectOne(*info, canceller, timeout);
    if (fd.ok() || absl::IsCancelled(fd.status())) return fd;
    last = fd.status();
  }
  return absl::UnavailableError(fmt::format("cannot reach {}: {}", address.ToString(), std::string(last.message())));
}

}  // namespace vedette
