// SPDX-License-Identifier: Apache-2.0
//
// FileSink: alerts appended to a file, one line each, created 0640. Rotates by size: FILE is renamed FILE.1, FILE.1
// FILE.2, …, and what exceeds the number to keep is removed. When somebody else moved or removed the file (logrotate),
// it is created anew at the next alert, without waiting for SIGHUP. A line is in the file whole or not at all.
#ifndef VEDETTE_OUTPUTS_FILE_SINK_H_
#define VEDETTE_OUTPUTS_FILE_SINK_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "outputs/fd_io.h"
#include "outputs/sink.h"

namespace vedette {

class FileSink : public Sink {
 public:
  struct Options {
    std::string path;
    uint64_t rotate_bytes = 0;  // a line that would exceed it goes into a new file; 0: never
    uint32_t rotate_keep = 5;   // rotated files beside the current one
  };

  // Opens the file, so that what is wrong with it is known at the start.
  static absl::StatusOr<std::unique_ptr<FileSink>> Open(Options options);

  absl::Status Write(const Alert& alert, std::string_view encoded) override;
  absl::Status Reopen() override;
  void Cancel() override { canceller_.Cancel(); }

 private:
  explicit FileSink(Options options) : options_(std::move(options)) {}
  bool Moved() const;
  absl::Status Rotate();
  std::string Numbered(uint32_t n) const;

  const Options options_;
  Canceller canceller_;
  UniqueFd fd_;
  bool regular_ = false;  // else a device or a fifo: no rotation
  uint64_t size_ = 0;
  dev_t dev_ = 0;
  ino_t ino_ = 0;
  std::string line_;
};

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_FILE_SINK_H_
