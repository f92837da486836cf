// SPDX-License-Identifier: Apache-2.0
#include "sensor/pinned_map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <numeric>

namespace vedette {
namespace {
constexpr uint32_t kMaxValue = 64 << 10;  // of a map that is read by element
}  // namespace

uint64_t SumOverProcessors(int map, uint32_t index) {
  std::vector<uint64_t> counts(static_cast<size_t>(std::max(1, libbpf_num_possible_cpus())));
  if (bpf_map_lookup_elem(map, &index, counts.data()) != 0) return 0;
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

PinnedMap::PinnedMap(const std::string& path) : fd_(bpf_obj_get(path.c_str())) {
  bpf_map_info info{};
  __u32 size = sizeof(info);
  if (!fd_.valid() || bpf_obj_get_info_by_fd(fd_.get(), &info, &size) != 0) return;
  type_ = info.type;
  key_size_ = info.key_size;
  value_size_ = info.value_size;
  max_entries_ = info.max_entries;
}

bool PinnedMap::NextKey(const void* key, void* next) const { return bpf_map_get_next_key(fd_.get(), key, next) == 0; }

uint32_t PinnedMap::Elements(bool per_processor, uint32_t value_size) const {
  const uint32_t type = per_processor ? BPF_MAP_TYPE_PERCPU_ARRAY : BPF_MAP_TYPE_ARRAY;
  return type_ == type && key_size_ == sizeof(uint32_t) && value_size_ == value_size ? max_entries_ : 0;
}

std::vector<char> PinnedMap::Element(uint32_t index) const {
  if (ArraySize(value_size_) == 0 || value_size_ > kMaxValue) return {};
  std::vector<char> bytes(value_size_);
  if (bpf_map_lookup_elem(fd_.get(), &index, bytes.data()) != 0) return {};
  return bytes;
}

}  // namespace vedette
