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

namespace {

bool IsPerProcessor(int map, uint32_t value_size, uint32_t entries, bpf_map_info& info) {
  __u32 size = sizeof(info);
  return bpf_obj_get_info_by_fd(map, &info, &size) == 0 && info.type == BPF_MAP_TYPE_PERCPU_ARRAY &&
         info.value_size >= value_size && info.value_size <= kMaxValue && info.max_entries >= entries;
}

void AddWorks(int map, HookCounts& counts) {
  bpf_map_info info{};
  if (!IsPerProcessor(map, sizeof(vd_hook_counts), 1, info)) return;
  const size_t stride = (info.value_size + 7) / 8 * 8;
  const auto processors = static_cast<size_t>(std::max(1, libbpf_num_possible_cpus()));
  std::vector<char> values(stride * processors);
  for (uint32_t slot = 0; slot < info.max_entries; ++slot) {
    if (bpf_map_lookup_elem(map, &slot, values.data()) != 0) continue;
    for (size_t cpu = 0; cpu < processors; ++cpu) {
      vd_hook_counts of;
      memcpy(&of, values.data() + cpu * stride, sizeof(of));
      for (size_t kind = 0; kind < VD_KIND_COUNT; ++kind) {
        counts.seen[kind] += of.seen[kind];
        counts.refused[kind] += of.refused[kind];
      }
    }
  }
}

}  // namespace

void AddHookCounts(int works, int mute_hits, int sent, int losses, HookCounts& counts) {
  bpf_map_info info{};
  AddWorks(works, counts);
  const bool has_muted = IsPerProcessor(mute_hits, sizeof(uint64_t), VD_KIND_COUNT, info);
  const bool has_sent = IsPerProcessor(sent, sizeof(uint64_t), VD_KIND_COUNT, info);
  const bool has_losses = IsPerProcessor(losses, sizeof(uint64_t), uint32_t{VD_KIND_COUNT} * VD_LOSS_COUNT, info);
  for (uint32_t kind = 0; kind < VD_KIND_COUNT; ++kind) {
    if (has_muted) {
      const uint64_t muted = SumOverProcessors(mute_hits, kind);
      counts.muted[kind] += muted;
      counts.seen[kind] += muted;
    }
    if (has_sent) counts.sent[kind] += SumOverProcessors(sent, kind);
    if (has_losses) counts.lost[kind] += SumOverProcessors(losses, kind * VD_LOSS_COUNT + VD_LOSS_RING_FULL);
  }
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
