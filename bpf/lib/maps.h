/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Every map and shared variable. They are weak: each family includes this file and the linker keeps one of each.
 */
#ifndef VEDETTE_LIB_MAPS_H
#define VEDETTE_LIB_MAPS_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "work.h"

const volatile struct vd_config vd_config __weak SEC(".rodata") = {};

/* The next identity of a process image. The loader sets its first value (not 0) before the programs are attached. */
__u64 vd_next_exec_id __weak SEC(".bss");

/* What process 1 has as its root, set by the seed iterator: a task with the same root is no container. */
__u64 vd_host_root_dentry __weak SEC(".bss");

/* Part of every tag: a new one forgets all that vd_muted holds. Written by user space. */
__u64 vd_tag_epoch __weak SEC(".bss");

/* Tags of what no rule is about, written by user space through a mapping, one word each: see prefilter.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VD_MUTE_SLOTS);
	__type(key, u32);
	__type(value, u64);
} vd_muted __weak SEC(".maps");

/* By kind: how many operations were let pass by vd_muted. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VD_KIND_COUNT);
	__type(key, u32);
	__type(value, u64);
} vd_mute_hits __weak SEC(".maps");

/* The agent has ended: what is only told is not built any more, what decides goes on. Set at its exit. */
__u32 vd_unattended __weak SEC(".bss");

/* When the agent's process began, by the seed iterator: a later one with its number is not the agent. */
__u64 vd_agent_start_ns __weak SEC(".bss");

/* How often VD_LOSS_POLICY has been counted, so that user space need not ask for the counters by kind. */
__u64 vd_undecided __weak SEC(".bss");

/* Records that wait for a result, so that the end of a call need not look where there is none. */
__s64 vd_pending_count __weak SEC(".bss");

/* The three lanes; the loader sets their sizes. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22);
} vd_ring_lifecycle __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} vd_ring_verdict __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 23);
} vd_ring_bulk __weak SEC(".maps");

/* Index: kind * VD_LOSS_COUNT + enum vd_loss. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VD_KIND_COUNT *VD_LOSS_COUNT);
	__type(key, u32);
	__type(value, u64);
} vd_losses __weak SEC(".maps");

/* Identity of a process, on its group leader. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct vd_task_state);
} vd_tasks __weak SEC(".maps");

/* vd_tasks of the programs that these take over from, until they are gone; its own and empty where there are none. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct vd_task_state);
} vd_former __weak SEC(".maps");

/* On the group leader, and only where a rule asks for ancestors; and those of the programs that these take over from. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct vd_lineage);
} vd_lineages __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct vd_lineage);
} vd_former_lineages __weak SEC(".maps");

__u32 vd_lineages_seeded __weak SEC(".bss"); /* processes whose ancestors the iterator has found */

/* See bpf/abi/pins.h. User space writes vd_rules through a mapping, too. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct vd_owner);
} vd_owner __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * VD_MAX_RULES);
	__type(key, u32);
	__type(value, struct vd_rule);
} vd_rules __weak SEC(".maps");

/* Of a thread: the mount by which it is about to write (mnt_want_write), for hooks that are told of an inode only. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} vd_written_mounts __weak SEC(".maps");

/* Where records are built. A program may be preempted by another task's on the same processor, hence several. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VD_WORK_SLOTS);
	__type(key, u32);
	__type(value, struct vd_work);
} vd_works __weak SEC(".maps");

/* Records that wait for the result of their system call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VD_PENDING_SMALL_SLOTS);
	__type(key, u32);
	__type(value, struct vd_pending_small);
} vd_pending_small __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VD_PENDING_LARGE_SLOTS);
	__type(key, u32);
	__type(value, struct vd_pending_large);
} vd_pending_large __weak SEC(".maps");

/* For them, where vd_config.return_kinds has any: small slots first. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VD_PENDING_SMALL_SLOTS + VD_PENDING_LARGE_SLOTS);
	__type(key, u32);
	__type(value, struct vd_return);
} vd_returns __weak SEC(".maps");

/* Kernel policy, see bpf/abi/policy.h. The first counts the policies; the lowest bit is the generation. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} vd_policy_active __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * VD_POLICY_COUNT);
	__type(key, u32);
	__type(value, struct vd_kind_policy);
} vd_policy_kinds __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 2 * 262144);
	__type(key, struct vd_trie_key);
	__type(value, struct vd_clause_set);
} vd_policy_trie __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 2 * 65536);
	__type(key, struct vd_scalar_key);
	__type(value, struct vd_clause_set);
} vd_policy_scalars __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * VD_MAX_TRAITS);
	__type(key, u32);
	__type(value, struct vd_trait);
} vd_traits __weak SEC(".maps");

/* By cgroup id; written by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VD_MAX_CONTAINERS);
	__type(key, u64);
	__type(value, struct vd_container_class);
} vd_containers __weak SEC(".maps");
/* System calls of profiles, see bpf/abi/policy.h. The loader makes them small where no profile has any. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * VD_MAX_CALL_POLICIES);
	__type(key, struct vd_call_key);
	__type(value, u32);
} vd_call_index __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * VD_MAX_CALL_POLICIES);
	__type(key, u32);
	__type(value, struct vd_call_policy);
} vd_call_policies __weak SEC(".maps");

/* Two calls with one slot take it from each other: more is told then, never less. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VD_CALL_RATES);
	__type(key, u32);
	__type(value, struct vd_call_rate);
} vd_call_rates __weak SEC(".maps");

/* By kind: records that were put into a ring. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VD_KIND_COUNT);
	__type(key, u32);
	__type(value, u64);
} vd_sent __weak SEC(".maps");

/* Containers in monitor mode, see bpf/abi/policy.h; and how many. Looked at only when a rule is about to refuse. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VD_MAX_MONITORED);
	__type(key, u64);
	__type(value, struct vd_monitored);
} vd_monitored __weak SEC(".maps");

__u32 vd_monitored_count __weak SEC(".bss");
/* Former names, see bpf/abi/policy.h. What is known once is known for good: nothing is removed but with the map. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VD_MAX_NAMES);
	__type(key, struct vd_name_key);
	__type(value, struct vd_name);
} vd_names __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VD_MAX_UNMOUNTED);
	__type(key, struct vd_unmounted_key);
	__type(value, struct vd_name);
} vd_unmounted __weak SEC(".maps");

__u32 vd_name_count __weak SEC(".bss"); /* at least as many as are in vd_names */

/* Which policy is in force: a number that no other of this agent has had. */
static __always_inline u32 vd_policy_epoch(void)
{
	u32 zero = 0, *active = bpf_map_lookup_elem(&vd_policy_active, &zero);

	return active ? *(volatile u32 *)active : 0;
}

static __always_inline u32 vd_active_generation(void)
{
	return vd_policy_epoch() & 1;
}

/* There is a name: walks look for them. */
static __always_inline bool vd_has_names(void)
{
	return *(volatile u32 *)&vd_name_count != 0;
}

/* There is no room for what anybody may do: see vd_is_unplaced() and vd_may_not_mount(). */
static __always_inline bool vd_names_are_full(void)
{
	return *(volatile u32 *)&vd_name_count >= VD_FULL_NAMES;
}

static __always_inline void vd_count_loss(u32 kind, u32 reason)
{
	u32 index = kind * VD_LOSS_COUNT + reason;
	u64 *count = bpf_map_lookup_elem(&vd_losses, &index);

	if (count)
		__sync_fetch_and_add(count, 1);
	if (reason == VD_LOSS_POLICY)
		__sync_fetch_and_add(&vd_undecided, 1);
}

static __always_inline void vd_count_sent(u32 kind)
{
	u64 *count = bpf_map_lookup_elem(&vd_sent, &kind);

	if (count)
		*count += 1;
}

#endif
