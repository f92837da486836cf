/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Verdicts: evaluates the clauses of bpf/abi/policy.h for the operation a hook is about.
 *
 * Fails open: what cannot be evaluated (a path that could not be resolved whole, an executable longer than we keep)
 * is a NULL value to its tables, the operation is allowed unless other tables decide, and VD_LOSS_POLICY is counted, of
 * which user space makes an alert. Nothing here depends on user space or on a ring: what is decided goes on without the
 * agent.
 */
#ifndef VEDETTE_LIB_POLICY_H
#define VEDETTE_LIB_POLICY_H

#include "vmlinux.h"

#include "lineage.h"
#include "table.h"
#include "trait.h"

struct vd_evaluation {
	struct vd_work *w;
	struct vd_kind_policy *policy;
};

/* One table: its lowest first, scalars before strings. Ends the loop when no clause is left. */
static long vd_table_step(u32 i, struct vd_evaluation *e)
{
	struct vd_work *w = e->w;
	u64 tables = w->tables, scalars = tables & VD_SCALAR_TABLES;
	u32 table = vd_lowest_bit(scalars ? scalars : tables);
	struct vd_clause_set *set = NULL;

	if (!tables)
		return 1;
	VD_OPAQUE(table);
	if (table >= VD_TABLE_COUNT)
		return 1;
	w->tables = tables & ~VD_TABLE_BIT(table);
	w->key.generation = w->generation;
	w->key.table = table;
	w->key.kind = w->policy_kind;
	if (table < VD_TABLE_FIRST_ADDR)
		set = vd_lookup_string(w, table);
	else if (table == VD_TABLE_CONTAINER_CLASS)
		set = vd_lookup_class(w);
	else if (!(w->has & VD_TABLE_BIT(table)))
		set = NULL;
	else if (table < VD_TABLE_FIRST_SCALAR)
		set = vd_lookup_addr(w);
	else
		set = vd_lookup_scalar(w, table);
	if (!set)
		set = w->has & VD_TABLE_BIT(table) ? &e->policy->table[table].no_entry : &e->policy->table[table].null;
	vd_keep(&w->left, set);
	return w->left.live == 0;
}

/* A value of the acting process, unless the hook has set another (EXEC: of the file about to run). */
static __always_inline void vd_default_scalar(struct vd_work *w, const u32 table, u64 value)
{
	if (!(w->has & VD_TABLE_BIT(table)))
		vd_subject_scalar(w, table, value);
}

static __always_inline void vd_common_subject(struct vd_work *w, struct task_struct *task)
{
	vd_default_scalar(w, VD_TABLE_SYSCALL, w->syscall);
	vd_default_scalar(w, VD_TABLE_UID, task->cred->euid.val);
	vd_default_scalar(w, VD_TABLE_GID, task->cred->egid.val);
	vd_default_scalar(w, VD_TABLE_CONTAINER, !!(w->task_flags & VD_TASK_CONTAINER));
	vd_default_scalar(w, VD_TABLE_EXE_MEMFD, !!(w->task_flags & VD_TASK_EXE_MEMFD));
	vd_default_scalar(w, VD_TABLE_EXE_UPPER, !!(w->task_flags & VD_TASK_EXE_UPPER));
	if (w->task_profile)
		vd_subject_scalar(w, VD_TABLE_PROFILE, w->task_profile);
}

/* Takes the lowest clause that is left; the enforced one of the lowest rank decides, else any of the lowest rank. */
static long vd_choose_step(u32 i, struct vd_evaluation *e)
{
	struct vd_work *w = e->w;
	u32 word = vd_lowest_bit(w->left.live) & (VD_CLAUSE_WORDS - 1), clause, rank;
	u64 left = w->left.word[word];

	if (!w->left.live)
		return 1;
	clause = word * 64 + vd_lowest_bit(left);
	VD_OPAQUE(clause);
	if (clause >= VD_MAX_CLAUSES)
		return 1;
	left &= left - 1;
	w->left.word[word] = left;
	if (!left)
		w->left.live &= w->left.live - 1;
	rank = e->policy->clause[clause].rank;
	if (e->policy->clause[clause].monitor)
		rank += VD_MAX_CLAUSES;
	if (rank < w->rank) {
		w->rank = rank;
		w->deciding = clause;
	}
	return 0;
}

#define VD_MONITORED_LEVELS 32

/* Whether the current task is in a cgroup of a container in monitor mode. */
__weak u32 vd_find_monitored(void)
{
	for (u32 level = 1; level < VD_MONITORED_LEVELS; level++) {
		u64 id = bpf_get_current_ancestor_cgroup_id(level);

		if (!id)
			return 0;
		if (bpf_map_lookup_elem(&vd_monitored, &id))
			return 1;
	}
	return 0;
}

static __always_inline bool vd_is_monitored(u32 task_flags)
{
	return *(volatile u32 *)&vd_monitored_count && task_flags & VD_TASK_CONTAINER && vd_find_monitored();
}

static __always_inline void vd_set_verdict(struct vd_work *w, struct vd_kind_policy *policy, u32 index)
{
	bool kill, enforced;

	VD_OPAQUE(index);
	if (index >= VD_MAX_CLAUSES)
		return;
	kill = policy->clause[index].action == VD_ACTION_KILL;
	enforced = !policy->clause[index].monitor;
	w->monitored = enforced && w->policy_kind != VD_KIND_NONE && vd_is_monitored(w->task_flags);
	enforced = enforced && !w->monitored;
	w->policy_id = policy->clause[index].policy_id;
	w->counter = w->generation * VD_MAX_RULES + policy->clause[index].counter;
	if (vd_is_killed_after(w->policy_kind)) /* no rule denies these */
		w->verdict = enforced ? VD_VERDICT_KILL_AFTER : VD_VERDICT_WOULD_KILL_AFTER;
	else if (enforced)
		w->verdict = kill ? VD_VERDICT_KILL : VD_VERDICT_DENY;
	else
		w->verdict = kill ? VD_VERDICT_WOULD_KILL : VD_VERDICT_WOULD_DENY;
}

static __always_inline struct vd_kind_policy *vd_policy_of(struct vd_work *w)
{
	u32 key = w->generation * VD_POLICY_COUNT + w->policy_kind;

	return bpf_map_lookup_elem(&vd_policy_kinds, &key);
}

/* Which clauses of policy_kind are left when its tables have been looked at. Returns whether any is. */
__weak u32 vd_match(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_evaluation e = {.w = w};

	if (!w)
		return 0;
	w->left.live = 0;
	w->epoch = vd_policy_epoch();
	w->generation = w->epoch & 1;
	e.policy = vd_policy_of(w);
	if (!e.policy || !e.policy->tables)
		return 0;
	w->tables = e.policy->tables & ~VD_TABLE_BIT(VD_TABLE_TRAITS);
	w->traits = e.policy->traits;
	w->left = w->by_alias ? e.policy->named : e.policy->all;
	w->asked |= e.policy->tables & VD_RESOLVED_TABLES ? 1 : 0;
	w->given = w->has;
	bpf_loop(VD_TABLE_COUNT, vd_table_step, &e, 0);
	w->has = w->given; /* look-ups have set what they met */
	return w->left.live != 0;
}

/* Evaluates one generation. Returns 1 when the policy changed meanwhile. */
__weak u32 vd_evaluate(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_evaluation e = {.w = w};

	if (!w)
		return 0;
	if (vd_match(slot) && w->traits)
		vd_ask_traits(w);
	if (vd_policy_epoch() != w->epoch)
		return 1;
	if (!w->left.live)
		return 0;
	e.policy = vd_policy_of(w);
	if (!e.policy)
		return 0;
	w->rank = ~0u;
	w->deciding = VD_MAX_CLAUSES;
	bpf_loop(VD_MAX_CLAUSES, vd_choose_step, &e, 0);
	vd_set_verdict(w, e.policy, w->deciding);
	return 0;
}

/* Ancestors */

struct vd_lineage_walk {
	struct vd_work *w;
	struct vd_lineage *lineage;
};

static long vd_ancestor_step(u32 i, struct vd_lineage_walk *walk)
{
	struct vd_work *w = walk->w;
	u64 at = vd_clamp(w->ancestor_at, VD_LINEAGE_BYTES - VD_ANCESTOR_ROOM);
	const struct vd_ancestor *ancestor = (const void *)walk->lineage->bytes + at;

	if (w->ancestor_at >= walk->lineage->len || !ancestor->size)
		return 1;
	w->ancestor = (u64)ancestor;
	w->ancestor_exe_len = ancestor->exe_len;
	w->ancestor_comm_len = ancestor->comm_len;
	w->ancestors_unsure |= ancestor->exe_long;
	w->ancestor_at += ancestor->size;
	if (vd_match(w->slot) && w->left.live & 1)
		w->ancestor_traits |= w->left.word[0];
	return w->epoch != w->ancestor_epoch;
}

/* What is found is kept until there is another policy: ancestors do not change. */
static __always_inline void vd_find_ancestor_traits(struct vd_work *w, struct vd_lineage *lineage)
{
	struct vd_lineage_walk walk = {.w = w, .lineage = lineage};
	u64 has = w->has;
	u32 policy_kind = w->policy_kind, asked = w->asked;

	w->policy_kind = VD_POLICY_ANCESTORS;
	w->has = 0;
	w->ancestor_at = 0;
	w->ancestors_unsure = !!(lineage->flags & VD_LINEAGE_CUT);
	bpf_loop(VD_MAX_ANCESTORS, vd_ancestor_step, &walk, 0);
	w->ancestor = 0;
	w->has = has;
	w->policy_kind = policy_kind;
	w->asked = asked;
	if (vd_policy_epoch() != w->ancestor_epoch)
		return;
	*(volatile u64 *)&lineage->traits = w->ancestor_traits;
	lineage->unsure = w->ancestors_unsure;
	vd_barrier();
	*(volatile u32 *)&lineage->epoch = w->ancestor_epoch;
}

/* Before anything is asked: what the caller's ancestors are, by the rules. */
__weak u32 vd_know_ancestors(u32 slot)
{
	struct vd_lineage *lineage = vd_lineage_of(bpf_get_current_task_btf(), 0);
	struct vd_work *w = vd_work_at(slot);

	if (!w)
		return 0;
	w->ancestor_epoch = vd_policy_epoch();
	w->ancestor_traits = 0;
	w->ancestors_unsure = 1;
	if (!lineage || !(lineage->flags & VD_LINEAGE_KNOWN))
		return 0;
	if (*(volatile u32 *)&lineage->epoch != w->ancestor_epoch) {
		vd_find_ancestor_traits(w, lineage);
		return 0;
	}
	w->ancestor_traits = *(volatile u64 *)&lineage->traits;
	w->ancestors_unsure = lineage->unsure;
	return 0;
}

/* By the clauses of policy_kind; what stays undecided is counted as a loss of kind. */
static __always_inline void vd_evaluate_settled(struct vd_work *w, const u32 kind)
{
	if (!vd_evaluate(w->slot))
		return;
	if (vd_config.lineage)
		vd_know_ancestors(w->slot);
	if (vd_evaluate(w->slot))
		vd_count_loss(kind, VD_LOSS_POLICY);
}

/* What is not known decided nothing, though something asked for it. */
static __always_inline void vd_count_undecided(struct vd_work *w, const u32 kind)
{
	if (w->unresolved && w->asked && w->verdict == VD_VERDICT_ALLOW)
		vd_count_loss(kind, VD_LOSS_POLICY);
}

/* The id of the first of kind NONE's clauses that holds for the subject in the slot, 0: none does. */
static __always_inline u32 vd_find_profile(struct vd_work *w, bool *until_known)
{
	u32 profile;

	w->policy_kind = VD_KIND_NONE;
	w->asked = 0;
	vd_evaluate_settled(w, VD_KIND_EXEC);
	vd_count_undecided(w, VD_KIND_EXEC);
	profile = w->policy_id;
	*until_known = w->verdict == VD_VERDICT_KILL;
	w->verdict = VD_VERDICT_ALLOW;
	w->policy_id = 0;
	return profile;
}

/* A process whose container has become known meanwhile: asks for its profile again, of the image that it is now, and tells. Returns
 * its profile. Where processes are judged and before they change their image, so nothing is decided by what was not known. */
__weak u32 vd_settle_profile(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_task_state *state = vd_current_state();
	bool until_known = false;
	struct vd_header *h;
	struct vd_work *w;
	u32 profile;

	if (!state)
		return 0;
	if (!(state->flags & VD_TASK_PENDING) || vd_is_exempt(task))
		return state->profile;
	state->container = vd_container_of(task, state->container);
	if (vd_class_of(state->container, vd_active_generation()) == VD_CLASS_UNKNOWN)
		return state->profile;
	w = vd_claim();
	if (!w) {
		vd_count_loss(VD_KIND_EXEC, VD_LOSS_POLICY);
		return state->profile;
	}
	__builtin_memset(w->record, 0, sizeof(struct vd_container));
	w->kind = VD_KIND_CONTAINER;
	w->verdict = VD_VERDICT_ALLOW;
	w->policy_id = 0;
	vd_forget_subject(w);
	w->container = state->container;
	h = VD_RECORD(w, struct vd_header);
	vd_fill_header(h, VD_KIND_CONTAINER);
	vd_subject_scalar(w, VD_TABLE_UID, task->cred->euid.val);
	vd_subject_scalar(w, VD_TABLE_GID, task->cred->egid.val);
	vd_subject_scalar(w, VD_TABLE_CONTAINER, 1);
	vd_subject_scalar(w, VD_TABLE_EXE_MEMFD, !!(state->flags & VD_TASK_EXE_MEMFD));
	vd_subject_scalar(w, VD_TABLE_EXE_UPPER, !!(state->flags & VD_TASK_EXE_UPPER));
	profile = vd_find_profile(w, &until_known);
	if (!profile && !(state->flags & VD_TASK_UNTIL_KNOWN))
		profile = state->profile;
	state->profile = profile;
	__sync_fetch_and_and(&state->flags, ~(VD_TASK_PENDING | VD_TASK_UNTIL_KNOWN));
	h->policy_id = profile;
	h->flags |= VD_F_SEED;
	h->via = VD_VIA_KERNEL;
	h->syscall_nr = VD_NO_SYSCALL;
	if (vd_is_unattended())
		vd_count_loss(VD_KIND_CONTAINER, VD_LOSS_UNATTENDED);
	else
		vd_output(VD_LANE_LIFECYCLE, w->record, sizeof(struct vd_container));
	vd_abandon(w);
	return profile;
}

#endif
