// SPDX-License-Identifier: Apache-2.0
#include "sensor/recording_source.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace vedette {
namespace {

constexpr uint64_t kIdleEvery = 4096;  // records
// How far the slowest ring can have been behind the others when the recording was made.
constexpr uint64_t kMaxLagNs = 30'000'000'000;

uint64_t TimeOf(std::span<const std::byte> record) {
  uint64_t time = 0;
  if (record.size() >= sizeof(vd_header)) memcpy(&time, record.data() + offsetof(vd_header, time_ns), sizeof(time));
  return time;
}

// A recording has no names of users; this machine's are right for what was recorded on it.
Host HostOf(const RecordingFacts& facts) {
  Host here = Host::Load();
  return here.hostname() == facts.hostname ? here : Host(facts.hostname, {});
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordingSource>> RecordingSource::Open(const std::string& path, bool partial) {
  absl::StatusOr<std::unique_ptr<RecordingReader>> reader = RecordingReader::Open(path, partial);
  if (!reader.ok()) return reader.status();
  return std::unique_ptr<RecordingSource>(new RecordingSource(*std::move(reader)));
}

RecordingSource::RecordingSource(std::unique_ptr<RecordingReader> reader)
    : reader_(std::move(reader)),
      stream_({.processes = {},
               .containers = {},
               .boot_to_realtime_ns = reader_->facts().boot_to_realtime_ns,
               .host = HostOf(reader_->facts())}) {}

absl::Status RecordingSource::Run(const Sink& sink, const Tap& tap, const std::function<void()>& idle) {
  uint64_t newest = 0;
  while (!stop_.load(std::memory_order_relaxed)) {
    const std::optional<std::span<const std::byte>> record = reader_->Next();
    if (!record) break;
    if (tap) tap(*record);
    stream_.Feed(*record, sink);
    newest = std::max(newest, TimeOf(*record));
    if (reader_->records() % kIdleEvery != 0) continue;
    if (newest > kMaxLagNs) stream_.Advance(newest - kMaxLagNs);
    if (idle) idle();
  }
  if (!reader_->status().ok()) return reader_->status();
  if (idle) idle();
  return absl::OkStatus();
}

}  // namespace vedette
