// SPDX-License-Identifier: Apache-2.0
//
// StdoutSink: alerts on a descriptor that was open before us, each line written as it comes. A line that a cancelled
// write left half done is finished by nobody: the program ends then.
#ifndef VEDETTE_OUTPUTS_STDOUT_SINK_H_
#define VEDETTE_OUTPUTS_STDOUT_SINK_H_

#include <string>

#include "outputs/fd_io.h"
#include "outputs/sink.h"

namespace vedette {

class StdoutSink : public Sink {
 public:
  explicit StdoutSink(int fd = 1) : fd_(fd) {}                                // not owned
  absl::Status Write(const Alert& alert, std::string_view encoded) override;  // kAborted: the reader is gone
  void Cancel() override { canceller_.Cancel(); }

 private:
  const int fd_;
  Canceller canceller_;
  std::string line_;
  size_t written_ = 0;  // of line_, by a Write that failed: a retry goes on there
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_STDOUT_SINK_H_
