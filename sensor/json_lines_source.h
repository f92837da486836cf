// SPDX-License-Identifier: Apache-2.0
//
// JsonLinesSource: events written as one JSON object of fields per line (see sensor/event/synthetic.h). Empty lines
// and lines that begin with # are skipped; the first line that is no event ends the run with its file and line. Made
// and run by the event thread.
#ifndef VEDETTE_SENSOR_JSON_LINES_SOURCE_H_
#define VEDETTE_SENSOR_JSON_LINES_SOURCE_H_

#include <atomic>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sensor/event_source.h"

namespace vedette {

class JsonLinesSource : public EventSource {
 public:
  static constexpr size_t kMaxLine = 1 << 20;

  static absl::StatusOr<std::unique_ptr<JsonLinesSource>> Open(const std::string& path);

  absl::Status Run(const Sink& sink, const Tap& tap, const std::function<void()>& idle) override;
  void Stop() override { stop_.store(true, std::memory_order_relaxed); }
  SourceStats Stats() const override { return stats_; }

 private:
  JsonLinesSource(std::string path, std::ifstream file);
  bool ReadLine(std::string& line);
  absl::Status Deliver(const std::string& line, const Sink& sink);

  const std::string path_;
  std::ifstream file_;
  uint64_t line_ = 0;
  SourceStats stats_;
  std::atomic<bool> stop_{false};
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_JSON_LINES_SOURCE_H_
