// SPDX-License-Identifier: Apache-2.0
//
// RingReader: reads one BPF ring buffer. libbpf's reader maps the data twice, so that no record seems to wrap around,
// which counts double in the agent's memory, and it cannot stop after a batch; this one maps it once and copies
// the one record in a thousand that wraps. Owned by BpfSource; event thread.
#ifndef VEDETTE_SENSOR_RING_READER_H_
#define VEDETTE_SENSOR_RING_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace vedette {

class RingReader {
 public:
  using Handler = std::function<void(std::span<const std::byte> record)>;  // 8-byte aligned, valid during the call

  // `map`: file descriptor of a BPF_MAP_TYPE_RINGBUF of `size` bytes; used during the call only.
  static absl::StatusOr<std::unique_ptr<RingReader>> Open(int map, uint32_t size, Handler handler);
  ~RingReader();
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;

  // Hands on up to `max` records; fewer: the ring is empty, or the next record is still being written.
  size_t Read(size_t max);

 private:
  RingReader(uint32_t size, Handler handler) : size_(size), handler_(std::move(handler)) {}
  std::span<const std::byte> RecordAt(uint64_t position, uint32_t length);

  const uint32_t size_;
  const Handler handler_;
  void* consumer_page_ = nullptr;
  void* producer_pages_ = nullptr;  // the producer's page, then the data
  const std::byte* data_ = nullptr;
  std::vector<uint64_t> unwrapped_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_RING_READER_H_
