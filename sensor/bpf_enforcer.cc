// SPDX-License-Identifier: Apache-2.0
#include "sensor/bpf_enforcer.h"

#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fmt/format.h"
#include "sensor/unpreempted.h"

namespace vedette {
namespace {

absl::Status Failed(const char* map, int error) {
  return absl::InternalError(fmt::format("kernel policy: cannot write {}: {}; the former policy stays in force", map,
                                         strerror(error < 0 ? -error : error)));
}

vd_trie_key KeyOf(const KernelPolicy::StringEntry& entry, uint8_t generation) {
  vd_trie_key key{};
  key.prefix_len = VD_TRIE_FIXED_BITS + entry.prefix_bits;
  key.generation = generation;
  key.table = static_cast<__u8>(entry.table);
  key.kind = static_cast<__u16>(entry.policy);
  memcpy(key.bytes, entry.bytes.data(), std::min<size_t>(entry.bytes.size(), sizeof(key.bytes)));
  return key;
}

vd_scalar_key KeyOf(const KernelPolicy::ScalarEntry& entry, uint8_t generation) {
  vd_scalar_key key{};
  key.generation = generation;
  key.table = static_cast<__u8>(entry.table);
  key.kind = static_cast<__u16>(entry.policy);
  key.value = entry.value;
  return key;
}

// Waits until every hook that was running has returned (synchronize_rcu); false if the kernel cannot.
bool WaitForHooks() { return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0; }

}  // namespace

absl::Status BpfEnforcer::Install(const KernelPolicy& policy) {
  for (const EventKindInfo& info : AllEventKinds()) {
    if (policy.verdict_kinds()[info.kind] && !hooks_[info.kind]) {
      return absl::FailedPreconditionError(fmt::format(
          "kernel policy: the hook of {} was not loaded for verdicts; restart vedette with these rules", info.name));
    }
  }
  const Unpreempted unpreempted;
  uint32_t next = active_ + 1;
  const auto generation = static_cast<uint8_t>(next & 1);
  Remove(generation);  // what the last flip left, if it could not wait
  counts_.Begin(generation, policy);
  if (absl::Status s = Write(policy, generation); !s.ok()) {
    Remove(generation);
    return s;
  }
  __u32 zero = 0;
  if (int error = bpf_map_update_elem(maps_.active, &zero, &next, BPF_ANY); error != 0) {
    Remove(generation);
    return Failed("vd_policy_active", error);
  }
  active_ = next;
  classes_.Activate(generation);
  if (WaitForHooks()) Remove(generation ^ 1);
  counts_.Activate(generation);
  return absl::OkStatus();
}

absl::Status BpfEnforcer::Write(const KernelPolicy& policy, uint8_t generation) {
  Keys& keys = written_[generation];
  for (const KernelPolicy::StringEntry& entry : policy.strings) {
    if (entry.prefix_bits > VD_POLICY_STRING * 8) {
      return absl::InvalidArgumentError(fmt::format("kernel policy: a string of {} bits; the hooks compare at most {}",
                                                    entry.prefix_bits, VD_POLICY_STRING * 8));
    }
    keys.trie.push_back(KeyOf(entry, generation));
    if (int error = bpf_map_update_elem(maps_.trie, &keys.trie.back(), &entry.clauses, BPF_ANY); error != 0) {
      return Failed("vd_policy_trie", error);
    }
  }
  for (const KernelPolicy::ScalarEntry& entry : policy.scalars) {
    if (absl::Status s = PutScalar(entry, generation); !s.ok()) return s;
  }
  if (absl::Status s = classes_.Begin(policy, generation); !s.ok()) return s;
  if (absl::Status s = WriteCalls(policy, generation); !s.ok()) return s;
  if (absl::Status s = WriteTraits(policy, generation); !s.ok()) return s;
  return WriteKinds(policy, generation);
}

absl::Status BpfEnforcer::PutScalar(const KernelPolicy::ScalarEntry& entry, uint8_t generation) {
  Keys& keys = written_[generation];
  keys.scalars.push_back(KeyOf(entry, generation));
  const int error = bpf_map_update_elem(maps_.scalars, &keys.scalars.back(), &entry.clauses, BPF_ANY);
  return error == 0 ? absl::OkStatus() : Failed("vd_policy_scalars", error);
}

absl::Status BpfEnforcer::PutContainer(uint64_t cgroup, const vd_container_class& value) {
  const int error = bpf_map_update_elem(maps_.containers, &cgroup, &value, BPF_ANY);
  return error == 0 ? absl::OkStatus() : Failed("vd_containers", error);
}

void BpfEnforcer::DropContainer(uint64_t cgroup) { bpf_map_delete_elem(maps_.containers, &cgroup); }

bool BpfEnforcer::Know(const Container& container, uint64_t cgroup) {
  const Unpreempted unpreempted;
  return classes_.Know(container, cgroup);
}

void BpfEnforcer::Sweep() {
  if (classes_.known() == 0) return;
  const Unpreempted unpreempted;
  classes_.Sweep();
}

absl::Status BpfEnforcer::WriteCalls(const KernelPolicy& policy, uint8_t generation) {
  Keys& keys = written_[generation];
  for (size_t i = 0; i < policy.calls.size(); ++i) {
    const KernelPolicy::Calls& calls = policy.calls[i];
    const auto index = static_cast<__u32>(generation * VD_MAX_CALL_POLICIES + i);
    vd_call_policy table = *calls.table;
    table.counter = counts_.CounterOf(generation, table.policy_id);
    if (int error = bpf_map_update_elem(maps_.call_policies, &index, &table, BPF_ANY); error != 0) {
      return Failed("vd_call_policies", error);
    }
    keys.calls.push_back({generation, calls.profile});
    if (int error = bpf_map_update_elem(maps_.call_index, &keys.calls.back(), &index, BPF_ANY); error != 0) {
      return Failed("vd_call_index", error);
    }
  }
  return absl::OkStatus();
}

absl::Status BpfEnforcer::WriteTraits(const KernelPolicy& policy, uint8_t generation) {
  for (size_t i = 0; i < policy.traits.size(); ++i) {
    const auto index = static_cast<__u32>(generation * VD_MAX_TRAITS + i);
    if (int error = bpf_map_update_elem(maps_.traits, &index, &policy.traits[i], BPF_ANY); error != 0) {
      return Failed("vd_traits", error);
    }
  }
  return absl::OkStatus();
}

absl::Status BpfEnforcer::WriteKinds(const KernelPolicy& policy, uint8_t generation) {
  for (uint32_t kind = 0; kind < VD_POLICY_COUNT; ++kind) {
    __u32 index = generation * VD_POLICY_COUNT + kind;
    vd_kind_policy counted = policy.kinds[kind];
    counts_.SetCounters(generation, counted);
    if (int error = bpf_map_update_elem(maps_.kinds, &index, &counted, BPF_ANY); error != 0) {
      return Failed("vd_policy_kinds", error);
    }
  }
  return absl::OkStatus();
}

// The kinds need not be emptied: they are written whole before this generation is active again.
void BpfEnforcer::Remove(uint8_t generation) {
  Keys& keys = written_[generation];
  for (const vd_trie_key& key : keys.trie) bpf_map_delete_elem(maps_.trie, &key);
  for (const vd_scalar_key& key : keys.scalars) bpf_map_delete_elem(maps_.scalars, &key);
  for (const vd_call_key& key : keys.calls) bpf_map_delete_elem(maps_.call_index, &key);
  keys = {};
}

}  // namespace vedette
