// SPDX-License-Identifier: Apache-2.0
//
// SyslogAddress: where a syslog receiver listens, as it is written in the configuration: udp://HOST:PORT or
// tcp://HOST:PORT, an IPv6 address in brackets, the port 514 (udp) or 601 (tcp) unless given.
#ifndef VEDETTE_OUTPUTS_SYSLOG_ADDRESS_H_
#define VEDETTE_OUTPUTS_SYSLOG_ADDRESS_H_

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "outputs/fd_io.h"

namespace vedette {

struct SyslogAddress {
  enum class Transport { kUdp, kTcp };
  Transport transport = Transport::kUdp;
  std::string host;
  std::string port;  // decimal, 1 to 65535

  std::string ToString() const;
};

absl::StatusOr<SyslogAddress> ParseSyslogAddress(std::string_view text);

// A connected, non-blocking socket to the first of the host's addresses that answers. Resolving a name blocks for as
// long as the system's resolver takes.
absl::StatusOr<UniqueFd> ConnectTo(const SyslogAddress& address, const Canceller& canceller,
                                   std::chrono::milliseconds timeout);

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_SYSLOG_ADDRESS_H_
