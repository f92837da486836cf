// SPDX-License-Identifier: Apache-2.0
#include "outputs/stdout_sink.h"

namespace vedette {

absl::Status StdoutSink::Write(const Alert&, std::string_view encoded) {
  if (written_ == 0) {
    line_.assign(encoded);
    line_ += '\n';
  }
  size_t written = 0;
  absl::Status status = WriteAll(fd_, std::string_view(line_).substr(written_), canceller_, &written);
  written_ = status.ok() ? 0 : written_ + written;
  return status;
}

}  // namespace vedette
