// SPDX-License-Identifier: Apache-2.0
//
// Sink: one transport. Owned by the dispatcher, which calls it from one thread of its own per sink.
#ifndef VEDETTE_OUTPUTS_SINK_H_
#define VEDETTE_OUTPUTS_SINK_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "engine/alert.h"

namespace vedette {

class Sink {
 public:
  virtual ~Sink() = default;
  // `encoded` is one line, without a line end; `alert` for what the transport's own envelope needs (syslog's PRI). An
  // error is retried by the dispatcher with backoff, save two: kAborted, the receiver is gone for good (nobody reads
  // stdout any more), ends the sink; kInvalidArgument, this alert can never be delivered, counts it lost.
  virtual absl::Status Write(const Alert& alert, std::string_view encoded) = 0;
  virtual absl::Status Flush() { return absl::OkStatus(); }

  // Opens its file again under its name (after logrotate moved it). Called before the next Write.
  virtual absl::Status Reopen() { return absl::OkStatus(); }

  // Any thread: makes the Write that waits for its receiver, and all further ones, fail soon with kCancelled.
  virtual void Cancel() {}

  // Any thread: alerts that were delivered cut, because the transport bounds a message.
  virtual uint64_t Truncated() const { return 0; }
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_SINK_H_
