// SPDX-License-Identifier: Apache-2.0
//
// LibbpfLog: while one lives, libbpf's messages go to it instead of stderr. libbpf knows one callback per process, so
// at most one may live at a time; what comes from other threads meanwhile is taken too.
#ifndef VEDETTE_SENSOR_LIBBPF_LOG_H_
#define VEDETTE_SENSOR_LIBBPF_LOG_H_

#include <functional>
#include <string>
#include <string_view>

namespace vedette {

class LibbpfLog {
 public:
  using Sink = std::function<void(std::string_view line)>;

  explicit LibbpfLog(Sink sink);  // may be empty
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // The end of the verifier's log of the program that it refused, or else libbpf's last words; on one line, never
  // empty.
  std::string Reason() const;
  // The program that was refused; "" if none was.
  std::string RefusedProgram() const;

  void Add(std::string_view text);  // for the callback

 private:
  const Sink sink_;
  std::string text_;  // the newest kMaxKept bytes
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_LIBBPF_LOG_H_
