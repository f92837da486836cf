// SPDX-License-Identifier: Apache-2.0
//
// The layout is the kernel's (kernel/bpf/ringbuf.c): a page with the consumer's position, writable; a page with the
// producer's, read-only; the data. Positions count bytes since the beginning. A record is a header of 8 bytes, the
// first four its length and two flags, and its bytes, padded to a multiple of 8.
#include "sensor/ring_reader.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fmt/format.h"

namespace vedette {
namespace {

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

absl::StatusOr<std::unique_ptr<RingReader>> RingReader::Open(int map, uint32_t size, Handler handler) {
  std::unique_ptr<RingReader> reader(new RingReader(size, std::move(handler)));
  size_t page = PageSize();
  void* consumer = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
  if (consumer == MAP_FAILED) return absl::ErrnoToStatus(errno, "a ring cannot be mapped");
  reader->consumer_page_ = consumer;
  void* producer = mmap(nullptr, page + size, PROT_READ, MAP_SHARED, map, static_cast<off_t>(page));
  if (producer == MAP_FAILED)
    return absl::ErrnoToStatus(errno, fmt::format("a ring of {} bytes cannot be mapped", size));
  reader->producer_pages_ = producer;
  reader->data_ = static_cast<const std::byte*>(producer) + page;
  return reader;
}

RingReader::~RingReader() {
  if (consumer_page_ != nullptr) munmap(consumer_page_, PageSize());
  if (producer_pages_ != nullptr) munmap(producer_pages_, PageSize() + size_);
}

std::span<const std::byte> RingReader::RecordAt(uint64_t position, uint32_t length) {
  size_t at = (position + BPF_RINGBUF_HDR_SZ) & (size_ - 1);
  if (length <= size_ - at) return {data_ + at, length};
  unwrapped_.resize((length + 7) / 8);
  size_t first = size_ - at;
  memcpy(unwrapped_.data(), data_ + at, first);
  memcpy(reinterpret_cast<std::byte*>(unwrapped_.data()) + first, data_, length - first);
  return {reinterpret_cast<const std::byte*>(unwrapped_.data()), length};
}

size_t RingReader::Read(size_t max) {
  auto* consumer = static_cast<uint64_t*>(consumer_page_);
  uint64_t position = __atomic_load_n(consumer, __ATOMIC_RELAXED);  // ours alone to write
  size_t count = 0;
  while (count < max && position < __atomic_load_n(static_cast<uint64_t*>(producer_pages_), __ATOMIC_ACQUIRE)) {
    auto* header = reinterpret_cast<const uint32_t*>(data_ + (position & (size_ - 1)));
    uint32_t word = __atomic_load_n(header, __ATOMIC_ACQUIRE);
    if ((word & BPF_RINGBUF_BUSY_BIT) != 0) break;
    uint32_t length = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    if ((word & BPF_RINGBUF_DISCARD_BIT) == 0) {
      handler_(RecordAt(position, length));
      ++count;
    }
    position += (uint64_t{length} + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
    __atomic_store_n(consumer, position, __ATOMIC_RELEASE);
  }
  return count;
}

}  // namespace vedette
