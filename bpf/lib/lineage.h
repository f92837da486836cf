/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What a process descends from (struct vd_lineage), for rules that ask for ancestors: a process gets it when it is made,
 * as its creator's with the program that the creator runs, so that it does not matter who of them is still there.
 */
#ifndef VEDETTE_LIB_LINEAGE_H
#define VEDETTE_LIB_LINEAGE_H

#include "vmlinux.h"

#include "task.h"

static __always_inline struct vd_lineage *vd_lineage_of(struct task_struct *task, u64 flags)
{
	return bpf_task_storage_get(&vd_lineages, task->group_leader, 0, flags);
}

struct vd_lineage_search {
	struct vd_lineage *lineage;
	u32 at;
	u32 found;
};

/* Whether the entry at `at` is the same as the one behind the last. */
static long vd_lineage_step(u32 i, struct vd_lineage_search *s)
{
	u64 at = vd_clamp(s->at, VD_LINEAGE_BYTES - VD_ANCESTOR_ROOM), end;
	const u8 *one = s->lineage->bytes + at, *other;
	u32 size = ((const struct vd_ancestor *)one)->size;

	if (s->at >= s->lineage->len || !size)
		return 1;
	end = vd_clamp(s->lineage->len, VD_LINEAGE_BYTES - VD_ANCESTOR_ROOM);
	other = s->lineage->bytes + end;
	s->found = 1;
	for (u32 n = 0; n < VD_ANCESTOR_ROOM; n += 8) {
		if (n >= size)
			break;
		if (*(const u64 *)(one + n) == *(const u64 *)(other + n))
			continue;
		s->found = 0;
		break;
	}
	s->at += size;
	return s->found;
}

/* Adds the program of a process, unless it is there. The lineage is that of a process that does not run yet, or is not
 * told to be known yet. */
static __always_inline void vd_add_ancestor(struct vd_lineage *lineage, const struct vd_task_state *state)
{
	struct vd_lineage_search search = {.lineage = lineage};
	u64 at = lineage->len, len = vd_clamp(state->exe_len, VD_EXE_BYTES);
	struct vd_ancestor *ancestor;

	if (at > VD_LINEAGE_BYTES - VD_ANCESTOR_ROOM) {
		lineage->flags |= VD_LINEAGE_CUT;
		return;
	}
	ancestor = (void *)lineage->bytes + at;
	__builtin_memset(ancestor, 0, VD_ANCESTOR_ROOM);
	ancestor->exe_long = !!(state->flags & VD_TASK_EXE_LONG);
	if (ancestor->exe_long)
		len = 0;
	ancestor->exe_len = len;
	ancestor->comm_len = state->comm_len;
	ancestor->size = sizeof(*ancestor) + ((len + 7) & ~7ull);
	__builtin_memcpy(ancestor->comm, state->comm, VD_COMM);
	if (bpf_probe_read_kernel(ancestor + 1, len, state->exe))
		return;
	bpf_loop(VD_MAX_ANCESTORS, vd_lineage_step, &search, 0);
	if (!search.found)
		lineage->len = at + ancestor->size;
}

/* The lineage of a process that `creator` has made, or has adopted. */
static __always_inline void vd_descend(struct vd_lineage *child, struct vd_lineage *creators,
				       const struct vd_task_state *creator)
{
	u64 len;

	if (creators) {
		len = vd_clamp(creators->len, VD_LINEAGE_BYTES);
		if (bpf_probe_read_kernel(child->bytes, len, creators->bytes))
			return;
		child->len = len;
		child->flags = creators->flags & (VD_LINEAGE_KNOWN | VD_LINEAGE_CUT);
	}
	if (!creator)
		child->flags &= ~VD_LINEAGE_KNOWN;
	else if (!creators || creators->flags & VD_LINEAGE_EXECED)
		vd_add_ancestor(child, creator);
}

/* A new process, which does not run yet, and who makes it. */
static __always_inline void vd_begin_lineage(struct task_struct *child, const struct vd_task_state *creator)
{
	struct vd_lineage *lineage;

	if (!vd_config.lineage)
		return;
	lineage = bpf_task_storage_get(&vd_lineages, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (lineage)
		vd_descend(lineage, vd_lineage_of(bpf_get_current_task_btf(), 0), creator);
}

/* A thread that execs and is not the leader takes the leader's place: so what is known of the process is on it, too. */
static __always_inline void vd_move_lineage(struct task_struct *task)
{
	struct vd_lineage *leaders, *mine;

	if (!vd_config.lineage)
		return;
	leaders = vd_lineage_of(task, 0);
	mine = bpf_task_storage_get(&vd_lineages, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (mine && leaders)
		bpf_probe_read_kernel(mine, sizeof(*mine), leaders);
}

/* It runs another program now: one that those it makes descend from. */
static __always_inline void vd_branch(struct task_struct *task)
{
	struct vd_lineage *lineage;

	if (!vd_config.lineage)
		return;
	lineage = bpf_task_storage_get(&vd_lineages, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (lineage)
		lineage->flags |= VD_LINEAGE_EXECED;
}

/* What was there before us */

/* As the programs have it that these take over from. */
static __always_inline bool vd_seed_former_lineage(struct vd_lineage *lineage, struct task_struct *task)
{
	struct vd_lineage *former;

	if (vd_config.former != VD_FORMER_WHOLE)
		return false;
	former = bpf_task_storage_get(&vd_former_lineages, task, 0, 0);
	if (!former || !(former->flags & VD_LINEAGE_KNOWN) || bpf_probe_read_kernel(lineage, sizeof(*lineage), former))
		return false;
	lineage->epoch = 0;
	return true;
}

/* Of a process that has not got one: from its parent's, if that has been found already. */
static __always_inline void vd_seed_lineage_of(struct task_struct *task)
{
	struct vd_lineage *lineage = vd_lineage_of(task, BPF_LOCAL_STORAGE_GET_F_CREATE), *parents;
	struct task_struct *parent = task->real_parent;

	if (!lineage || lineage->flags & VD_LINEAGE_KNOWN)
		return;
	if (!vd_seed_former_lineage(lineage, task)) {
		lineage->len = 0;
		lineage->flags = VD_LINEAGE_KNOWN;
		if (task->tgid != 1 && parent->tgid && !(parent->flags & VD_PF_KTHREAD)) {
			parents = vd_lineage_of(parent, 0);
			lineage->flags = 0;
			if (!parents || !(parents->flags & VD_LINEAGE_KNOWN))
				return;
			vd_descend(lineage, parents, vd_state_of(parent));
		}
	}
	lineage->flags |= VD_LINEAGE_EXECED; /* whether it is another program than its parent's is found out when it is added */
	__sync_fetch_and_add(&vd_lineages_seeded, 1);
}

#endif
