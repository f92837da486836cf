// SPDX-License-Identifier: Apache-2.0
//
// SyslogTcpSink: octet-counted frames over one TCP connection (RFC 6587), made anew when it breaks. Syslog acknowledges
// nothing, so the frames that the receiver's kernel has not acknowledged are kept, and sent again on the next
// connection: a receiver may see an alert twice (its id tells), but none that was written into a dying connection is
// lost. What the receiver's kernel had taken and the receiver had not read is beyond reach.
#ifndef VEDETTE_OUTPUTS_SYSLOG_TCP_SINK_H_
#define VEDETTE_OUTPUTS_SYSLOG_TCP_SINK_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "outputs/fd_io.h"
#include "outputs/sink.h"
#include "outputs/syslog_address.h"
#include "outputs/syslog_message.h"

namespace vedette {

class SyslogTcpSink : public Sink {
 public:
  SyslogTcpSink(SyslogAddress address, SyslogMessage message)
      : address_(std::move(address)), message_(std::move(message)) {}
  absl::Status Write(const Alert& alert, std::string_view encoded) override;
  absl::Status Flush() override;  // waits, up to 2 s, until the receiver's kernel has everything
  void Cancel() override { canceller_.Cancel(); }
  uint64_t Truncated() const override { return truncated_.load(std::memory_order_relaxed); }

 private:
  struct Frame {
    uint64_t end;  // its last byte's place in the connection, counted from 1
    std::string bytes;
  };

  absl::Status Connect();  // and sends again what was not acknowledged
  bool PeerClosed() const;
  absl::Status Send(std::string frame);
  absl::Status SendBytes(std::string_view bytes);
  void ForgetAcknowledged();

  const SyslogAddress address_;
  const SyslogMessage message_;
  Canceller canceller_;
  UniqueFd fd_;
  uint64_t sent_ = 0;            // bytes, on this connection
  std::deque<Frame> in_flight_;  // bounded by the socket's send buffer
  std::atomic<uint64_t> truncated_{0};
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_SYSLOG_TCP_SINK_H_
