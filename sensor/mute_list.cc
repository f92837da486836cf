// SPDX-License-Identifier: Apache-2.0
#include "sensor/mute_list.h"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "bpf/abi/config.h"
#include "fmt/format.h"

namespace vedette {
namespace {
constexpr size_t kBytes = VD_MUTE_SLOTS * sizeof(uint64_t);
}  // namespace

absl::StatusOr<std::unique_ptr<MuteList>> MuteList::Open(int map) {
  void* slots = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
  if (slots == MAP_FAILED) {
    return absl::InternalError(fmt::format("the map vd_muted cannot be mapped: {}", strerror(errno)));
  }
  return std::unique_ptr<MuteList>(new MuteList(static_cast<uint64_t*>(slots)));
}

MuteList::~MuteList() { munmap(slots_, kBytes); }

void MuteList::Add(uint64_t tag) {
  std::atomic_ref(slots_[tag >> (64 - VD_MUTE_BITS)]).store(tag, std::memory_order_relaxed);
}

}  // namespace vedette
