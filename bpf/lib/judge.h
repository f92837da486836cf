/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What becomes of an operation: by the clauses of its kind, by those that keep rules about names from being led past, by
 * what its profile says of the system call.
 */
#ifndef VEDETTE_LIB_JUDGE_H
#define VEDETTE_LIB_JUDGE_H

#include "vmlinux.h"

#include "call_policy.h"
#include "policy.h"

/* By another policy, or for another path: what it says stands if it says more than what was decided so far. `told` is
 * the alias it is about. */
static __always_inline void vd_evaluate_also(struct vd_work *w, u32 policy, u32 told)
{
	u32 verdict = w->verdict, policy_id = w->policy_id, counter = w->counter, monitored = w->monitored;

	w->policy_kind = policy;
	w->verdict = VD_VERDICT_ALLOW;
	if (vd_evaluate(w->slot) && vd_evaluate(w->slot)) /* ancestors are not asked again: eight calls are within each other */
		vd_count_loss(w->kind, VD_LOSS_POLICY);
	if (w->verdict == VD_VERDICT_ALLOW || (verdict != VD_VERDICT_ALLOW && !vd_is_refused(w))) {
		w->verdict = verdict;
		w->policy_id = policy_id;
		w->counter = counter;
		w->monitored = monitored;
		return;
	}
	w->indirect = 1;
	w->told = told;
}

static __always_inline u64 vd_bits_of_path(u32 table)
{
	return VD_TABLE_BIT(VD_TABLE_PATH) << table | VD_TABLE_BIT(VD_TABLE_PATH_REVERSED) << table;
}

static __always_inline void vd_exchange_paths(struct vd_work *w)
{
	const u64 from = vd_bits_of_path(VD_TABLE_PATH), to = vd_bits_of_path(VD_TABLE_PATH_TO);
	struct vd_str path = w->string[VD_TABLE_PATH];

	w->string[VD_TABLE_PATH] = w->string[VD_TABLE_PATH_TO];
	w->string[VD_TABLE_PATH_TO] = path;
	w->has = (w->has & ~(from | to)) | (w->has & from) << 1 | (w->has & to) >> 1;
}

struct vd_indirectly {
	struct vd_work *w;
};

/* One of the paths that the object is known by: 0 its own, which the kind's clauses have been asked for, then its
 * aliases; then the same with both names of a rename exchanged. */
static long vd_indirect_step(u32 i, struct vd_indirectly *context)
{
	struct vd_work *w = context->w;
	u32 kind = w->kind, table = 0;
	u64 index = i;
	bool exchanged = i > VD_MAX_ALIASES;
	struct vd_str own = {};
	u64 has = w->has;

	if (vd_is_refused(w) || (exchanged && !w->exchanged))
		return 1;
	if (exchanged)
		index -= VD_MAX_ALIASES + 1;
	if (index > w->aliases)
		return 0;
	index = vd_clamp(index, VD_MAX_ALIASES);
	if (exchanged)
		vd_exchange_paths(w);
	if (index) {
		table = (w->alias[index].table ^ (exchanged ? 1 : 0)) & 1;
		own = w->string[table];
		w->string[table] = w->alias[index].text;
		w->has |= vd_bits_of_path(table);
	}
	w->by_alias = 1;
	if (index || exchanged)
		vd_evaluate_also(w, kind, index);
	w->by_alias = 0;
	if (kind == VD_KIND_FILE_RENAME && !vd_is_refused(w))
		vd_evaluate_also(w, VD_POLICY_RENAME, index);
	if (kind == VD_KIND_FILE_LINK && !vd_is_refused(w))
		vd_evaluate_also(w, VD_POLICY_LINK, index);
	if (index)
		w->string[table] = own;
	if (exchanged) {
		w->has = has;
		own = w->string[VD_TABLE_PATH];
		w->string[VD_TABLE_PATH] = w->string[VD_TABLE_PATH_TO];
		w->string[VD_TABLE_PATH_TO] = own;
	}
	w->has = has;
	return 0;
}

/* What keeps rules about names from being led past, see VD_POLICY_UNPLACED: asked where the kind's clauses refuse
 * nothing. */
__weak u32 vd_judge_indirectly(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_indirectly context = {.w = w};
	u32 policy;

	if (!w)
		return 0;
	bpf_loop(2 * (VD_MAX_ALIASES + 1), vd_indirect_step, &context, 0);
	policy = vd_unplaced_policy(w->kind);
	if (!w->unplaced || !policy || vd_is_refused(w))
		return 0;
	for (u32 table = VD_TABLE_PATH; table <= VD_TABLE_PATH_TO; table++) {
		if (!(w->unplaced >> table & 1))
			continue;
		w->has &= ~vd_bits_of_path(table);
		vd_subject_string(w, table, w->unplaced_text[table]);
	}
	vd_evaluate_also(w, policy, 0);
	w->unresolved &= ~VD_UNRESOLVED_PATH; /* it may be, or cannot be: decided */
	return 0;
}

/* Whether there is more to ask than the clauses of the kind. */
static __always_inline bool vd_has_more(struct vd_work *w, const u32 kind)
{
	return kind == VD_KIND_FILE_RENAME || kind == VD_KIND_FILE_LINK || w->aliases || w->unplaced;
}

/* An alias that decides is what the event tells. */
static __always_inline void vd_tell_alias(struct vd_work *w, struct vd_object *object)
{
	u64 index = vd_clamp(w->told, VD_MAX_ALIASES);

	if (index && w->alias[index].tell && w->alias[index].table == VD_TABLE_PATH)
		object->path = w->alias[index].text;
}

/* Decides by what its profile says of the system call that the operation is a part of. One that the entry has
 * killed for is refused all the same, and not told again. */
__weak int vd_judge_call(u32 slot)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_work *w = vd_work_at(slot);
	struct vd_call_site site = {};
	u32 action;

	if (!w)
		return 0;
	site.profile = w->task_profile;
	vd_fill_call(&site, vd_regs(), task->thread_info.status & VD_TS_COMPAT);
	vd_ask_call(&site);
	action = site.said & VD_CALL_ACTION;
	if (action >= VD_CALL_DENY && !site.monitor && vd_is_monitored(w->task_flags)) {
		w->monitored = 1;
		site.monitor = 1;
	}
	if (action < VD_CALL_DENY || ((site.said & VD_CALL_AT_ENTRY) && site.monitor))
		return 0;
	if (site.monitor && w->verdict != VD_VERDICT_ALLOW)
		return 0;
	w->policy_id = site.policy_id;
	w->counter = site.generation * VD_MAX_RULES + site.counter;
	w->error = action == VD_CALL_DENY ? site.error : VD_EPERM;
	if (site.monitor)
		w->verdict = action == VD_CALL_KILL ? VD_VERDICT_WOULD_KILL : VD_VERDICT_WOULD_DENY;
	else
		w->verdict = action == VD_CALL_KILL ? VD_VERDICT_KILL : VD_VERDICT_DENY;
	if (site.said & VD_CALL_AT_ENTRY)
		w->silent = 1;
	return 0;
}

/* What is known of the caller, for what is asked next. False: nothing is asked of it. */
static __always_inline bool vd_begin_judging(struct vd_work *w)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (vd_is_exempt(task))
		return false;
	if (vd_config.containers && w->task_flags & VD_TASK_PENDING)
		w->task_profile = vd_settle_profile();
	w->asked = 0;
	vd_common_subject(w, task);
	if (vd_config.lineage)
		vd_know_ancestors(w->slot);
	return true;
}

static __always_inline void vd_carry_out(struct vd_work *w, const u32 kind)
{
	u32 counter = w->counter;
	struct vd_rule *rule;

	if (w->verdict != VD_VERDICT_ALLOW) {
		rule = bpf_map_lookup_elem(&vd_rules, &counter);
		if (rule && !w->error)
			w->error = rule->error;
		if (rule && !w->silent && !w->monitored) /* counted are refusals of rules that refuse */
			__sync_fetch_and_add(&rule->decided, 1);
	}
	if (vd_is_enforced(w->verdict))
		w->counts.refused[kind]++;
	if ((w->verdict == VD_VERDICT_KILL || w->verdict == VD_VERDICT_KILL_AFTER) && !w->silent)
		bpf_send_signal(9);
}

/* Decides on the operation in the slot, by the clauses of a kind (a constant). */
static __always_inline void vd_judge(struct vd_work *w, const u32 kind)
{
	if (!vd_is_judged(kind) || !vd_begin_judging(w))
		return;
	w->policy_kind = kind;
	vd_evaluate_settled(w, kind);
	if (vd_has_more(w, kind) && !vd_is_refused(w))
		vd_judge_indirectly(w->slot);
	vd_count_undecided(w, kind);
	/* Not what a ring asks for: it is no system call, and seccomp does not see it either. Nor what is over: for that
	 * a profile kills at the entry */
	if (!vd_is_killed_after(kind) && vd_config.call_policies && w->task_profile && !vd_is_refused(w) &&
	    VD_RECORD(w, struct vd_header)->via == VD_VIA_SYSCALL)
		vd_judge_call(w->slot);
	vd_carry_out(w, kind);
}

/* The same of an object that has no path of its own here, only aliases. */
static __always_inline void vd_judge_aliases(struct vd_work *w, const u32 kind)
{
	if (!vd_is_judged(kind) || !vd_begin_judging(w))
		return;
	vd_judge_indirectly(w->slot);
	vd_carry_out(w, kind);
}

#endif
