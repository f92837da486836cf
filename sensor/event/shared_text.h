// SPDX-License-Identifier: Apache-2.0
//
// SharedText: bytes that several processes own together — what an exec made known is the same for all that is forked
// from it. One allocation, freed with its last owner; the views into it are kept beside it. Event thread only: the
// owners are counted without atomics.
#ifndef VEDETTE_SENSOR_EVENT_SHARED_TEXT_H_
#define VEDETTE_SENSOR_EVENT_SHARED_TEXT_H_

#include <cstddef>
#include <new>
#include <utility>

namespace vedette {

class SharedText {
 public:
  SharedText() = default;  // none
  // Room for `bytes`, not initialised. While it lives, `*total` (which outlives it; may be null) is that much more.
  SharedText(size_t bytes, size_t* total) : block_(new (::operator new(sizeof(Block) + bytes)) Block{1, bytes, total}) {
    if (total != nullptr) *total += bytes;
  }
  SharedText(const SharedText& other) : block_(other.block_) {
    if (block_ != nullptr) ++block_->owners;
  }
  SharedText(SharedText&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedText& operator=(SharedText other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedText() {
    if (block_ == nullptr || --block_->owners != 0) return;
    if (block_->total != nullptr) *block_->total -= block_->bytes;
    ::operator delete(block_);
  }

  // To be written to before it is shared.
  char* data() { return reinterpret_cast<char*>(block_ + 1); }

 private:
  struct Block {
    size_t owners;
    size_t bytes;
    size_t* total;
  };
  Block* block_ = nullptr;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_SHARED_TEXT_H_
