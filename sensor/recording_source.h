// SPDX-License-Identifier: Apache-2.0
//
// RecordingSource: replays a recording. Made and run by the event thread; as fast as the sink takes the events.
#ifndef VEDETTE_SENSOR_RECORDING_SOURCE_H_
#define VEDETTE_SENSOR_RECORDING_SOURCE_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "sensor/event_source.h"
#include "sensor/event_stream.h"
#include "sensor/recording.h"

namespace vedette {

class RecordingSource : public EventSource {
 public:
  // `partial`: deliver what is whole of a damaged recording and end there without error.
  static absl::StatusOr<std::unique_ptr<RecordingSource>> Open(const std::string& path, bool partial);

  absl::Status Run(const Sink& sink, const Tap& tap, const std::function<void()>& idle) override;
  void Stop() override { stop_.store(true, std::memory_order_relaxed); }
  SourceStats Stats() const override { return stream_.Stats(); }
  // Before Run(): what the rule set's profiles are called.
  void SetProfiles(std::span<const std::string> names) { stream_.SetProfiles(names); }
  void SetScopes(EventStream::Scope scope) { stream_.SetScopes(std::move(scope)); }
  const RecordingFacts& facts() const { return reader_->facts(); }

 private:
  explicit RecordingSource(std::unique_ptr<RecordingReader> reader);

  std::unique_ptr<RecordingReader> reader_;
  EventStream stream_;
  std::atomic<bool> stop_{false};
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_RECORDING_SOURCE_H_
