// SPDX-License-Identifier: Apache-2.0
//
// SyslogUdpSink: one datagram per alert (RFC 5426). UDP acknowledges nothing, so delivery is best effort; but when the
// receiver's host reports its port closed, the datagram that it did not take is sent again with the next.
#ifndef VEDETTE_OUTPUTS_SYSLOG_UDP_SINK_H_
#define VEDETTE_OUTPUTS_SYSLOG_UDP_SINK_H_

#include <atomic>
#include <string>
#include <utility>

#include "outputs/fd_io.h"
#include "outputs/sink.h"
#include "outputs/syslog_address.h"
#include "outputs/syslog_message.h"

namespace vedette {

class SyslogUdpSink : public Sink {
 public:
  SyslogUdpSink(SyslogAddress address, SyslogMessage message)
      : address_(std::move(address)), message_(std::move(message)) {}
  absl::Status Write(const Alert& alert, std::string_view encoded) override;
  absl::Status Flush() override;  // an error if the last datagram is known to have been refused
  void Cancel() override { canceller_.Cancel(); }
  uint64_t Truncated() const override { return truncated_.load(std::memory_order_relaxed); }

 private:
  absl::Status Send(std::string_view datagram);

  const SyslogAddress address_;
  const SyslogMessage message_;
  Canceller canceller_;
  UniqueFd fd_;
  std::string datagram_;
  std::string previous_;          // the last that was sent without an error
  bool resend_previous_ = false;  // … and was refused, as was learnt later
  std::atomic<uint64_t> truncated_{0};
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_SYSLOG_UDP_SINK_H_
