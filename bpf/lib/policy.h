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

#include "container.h"
#include "call_policy.h"
#include "path.h"

#define VD_TABLE_BIT(t) (1ull << (t))
#define VD_SCALAR_TABLES (~0ull << VD_TABLE_FIRST_SCALAR)
/* Those whose value may turn out to be unknown. */
#define VD_RESOLVED_TABLES                                                                                             \
	(VD_TABLE_BIT(VD_TABLE_PATH) | VD_TABLE_BIT(VD_TABLE_PATH_TO) | VD_TABLE_BIT(VD_TABLE_EXE) |                   \
	 VD_TABLE_BIT(VD_TABLE_PARENT_EXE) | (0xfull << VD_TABLE_FIRST_REVERSED))

/* The reversed tables follow in the order of the first four. */
VD_ASSERT(VD_TABLE_PATH == 0 && VD_TABLE_PARENT_EXE == 3, "strings");
VD_ASSERT(VD_TABLE_PARENT_EXE_REVERSED - VD_TABLE_FIRST_REVERSED == 3, "reversed strings");

/* Filling in the subject: each value of the operation that a table may ask for. */

static __always_inline void vd_subject_scalar(struct vd_work *w, const u32 table, u64 value)
{
	w->scalar[table - VD_TABLE_FIRST_SCALAR] = value;
	w->has |= VD_TABLE_BIT(table);
}

/* A string of the record. */
static __always_inline void vd_subject_string(struct vd_work *w, const u32 table, struct vd_str string)
{
	if (!string.len)
		return;
	w->string[table] = string;
	w->has |= VD_TABLE_BIT(table);
	if (table <= VD_TABLE_PARENT_EXE)
		w->has |= VD_TABLE_BIT(table + VD_TABLE_FIRST_REVERSED);
}

/* A path: {0, 0} or one that was cut is a value that is not known. */
static __always_inline void vd_subject_path(struct vd_work *w, const u32 table, struct vd_str string)
{
	if (!string.len || w->unresolved & VD_UNRESOLVED_PATH)
		return;
	vd_subject_string(w, table, string);
}

static __always_inline void vd_subject_object(struct vd_work *w, const struct vd_object *object)
{
	vd_subject_path(w, VD_TABLE_PATH, object->path);
	vd_subject_scalar(w, VD_TABLE_FS_MAGIC, object->fs_magic);
	vd_subject_scalar(w, VD_TABLE_MOUNT_CLASS, object->mount_class);
	if (object->mode)
		vd_subject_scalar(w, VD_TABLE_FILE_TYPE, object->mode & VD_S_IFMT);
}

/* IPv4: mapped, ten zero bytes, two of 0xff, the address. */
static __always_inline void vd_subject_addr4(struct vd_work *w, u32 address)
{
	__builtin_memset(w->addr, 0, 10);
	w->addr[10] = 0xff;
	w->addr[11] = 0xff;
	__builtin_memcpy(w->addr + 12, &address, 4);
	w->has |= VD_TABLE_BIT(VD_TABLE_REMOTE_ADDR);
}

static __always_inline void vd_subject_addr6(struct vd_work *w, const u8 *address)
{
	__builtin_memcpy(w->addr, address, 16);
	w->has |= VD_TABLE_BIT(VD_TABLE_REMOTE_ADDR);
}

/* Evaluation */

struct vd_evaluation {
	struct vd_work *w;
	struct vd_kind_policy *policy;
};

/* The index of the only bit set. */
static const u8 vd_bit_index[64] = {
    0,	1,  2,	53, 3,	7,  54, 27, 4,	38, 41, 8,  34, 55, 48, 28, 62, 5,  39, 46, 44, 42,
    22, 9,  24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,	26, 37, 40, 33, 47, 61, 45, 43, 21,
    23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
};

static __always_inline u32 vd_lowest_bit(u64 bits)
{
	return vd_bit_index[((bits & -bits) * 0x022fdd63cc95386dull) >> 58];
}

/* Where the bytes of a string table's value are: in the record, or in the state of the process. */
static __always_inline u64 vd_string_source(struct vd_work *w, u32 table, u32 *len)
{
	struct vd_task_state *state;
	u32 index = table;

	VD_OPAQUE(index);
	index &= VD_TABLE_FIRST_REVERSED - 1;
	if (w->has & VD_TABLE_BIT(index)) {
		*len = w->string[index].len;
		return (u64)w->record + w->string[index].offset;
	}
	if (table < VD_TABLE_EXE || table > VD_TABLE_PARENT_COMM)
		return 0;
	state = vd_current_state();
	if (!state)
		return 0;
	switch (table) {
	case VD_TABLE_EXE:
		*len = state->exe_len;
		if (state->flags & VD_TASK_EXE_LONG)
			w->unresolved |= VD_UNRESOLVED_EXE;
		return state->flags & VD_TASK_EXE_LONG ? 0 : (u64)state->exe;
	case VD_TABLE_PARENT_EXE:
		*len = state->parent_exe_len;
		if (state->flags & VD_TASK_PARENT_EXE_LONG)
			w->unresolved |= VD_UNRESOLVED_EXE;
		return state->flags & VD_TASK_PARENT_EXE_LONG ? 0 : (u64)state->parent_exe;
	case VD_TABLE_COMM:
		*len = state->comm_len;
		return (u64)state->comm;
	default:
		*len = state->parent_comm_len;
		return (u64)state->parent_comm;
	}
}

VD_ASSERT(VD_TABLE_FIRST_REVERSED == 8, "string tables are masked");

/* key.bytes = the n bytes before text + 8 + n, backwards. */
static __always_inline void vd_reverse(struct vd_work *w, u64 n)
{
	u8 *from = w->text, *to = w->key.bytes;

	for (u32 i = 0; i < (VD_POLICY_STRING + 7) / 8; i++) {
		u64 end = n - 8 * i; /* text[end .. end + 8) are the next eight */

		if (8 * i >= n)
			break;
		end = vd_clamp(end, VD_POLICY_STRING);
		*(u64 *)(to + 8 * i) = __builtin_bswap64(*(u64 *)(from + end));
	}
}

static __always_inline struct vd_clause_set *vd_lookup_string(struct vd_work *w, u32 table)
{
	bool reversed = table >= VD_TABLE_FIRST_REVERSED;
	u32 len = 0;
	u64 n, from = vd_string_source(w, reversed ? table - VD_TABLE_FIRST_REVERSED : table, &len);

	if (!from || !len)
		return NULL;
	n = vd_clamp(len, VD_POLICY_STRING);
	if (reversed) {
		if (bpf_probe_read_kernel(w->text + 8, n, (void *)(from + len - n)))
			return NULL;
		vd_reverse(w, n);
	} else if (bpf_probe_read_kernel(w->key.bytes, n, (void *)from)) {
		return NULL;
	}
	if (n < VD_POLICY_STRING)
		w->key.bytes[n++] = 0;
	w->key.prefix_len = VD_TRIE_FIXED_BITS + 8 * n;
	w->has |= VD_TABLE_BIT(table); /* a value there is */
	return bpf_map_lookup_elem(&vd_policy_trie, &w->key);
}

static __always_inline struct vd_clause_set *vd_lookup_addr(struct vd_work *w)
{
	__builtin_memcpy(w->key.bytes, w->addr, 16);
	w->key.prefix_len = VD_TRIE_FIXED_BITS + 128;
	return bpf_map_lookup_elem(&vd_policy_trie, &w->key);
}

static __always_inline struct vd_clause_set *vd_lookup_scalar(struct vd_work *w, u32 table)
{
	struct vd_scalar_key key = {
	    .generation = w->generation,
	    .table = table,
	    .kind = w->policy_kind,
	};
	u32 index = table - VD_TABLE_FIRST_SCALAR;

	if (index >= VD_TABLE_COUNT - VD_TABLE_FIRST_SCALAR)
		return NULL;
	key.value = w->scalar[index];
	return bpf_map_lookup_elem(&vd_policy_scalars, &key);
}

/* The class that a container is of now. VD_CLASS_UNKNOWN: nothing is known of it. */
static __always_inline u32 vd_class_of(u64 container, u32 generation)
{
	struct vd_container_class *class;

	if (!container)
		return 0;
	class = bpf_map_lookup_elem(&vd_containers, &container);
	return class ? *(volatile u32 *)&class->of[generation & 1] : VD_CLASS_UNKNOWN;
}

/* Its value is looked up only here: few policies ask for it. */
static __always_inline struct vd_clause_set *vd_lookup_class(struct vd_work *w)
{
	u32 class = vd_class_of(w->container, w->generation);

	w->has &= ~VD_TABLE_BIT(VD_TABLE_CONTAINER_CLASS);
	if (class == VD_CLASS_UNKNOWN)
		return NULL;
	vd_subject_scalar(w, VD_TABLE_CONTAINER_CLASS, class);
	return vd_lookup_scalar(w, VD_TABLE_CONTAINER_CLASS);
}

/* One table: its lowest first, scalars before strings. Ends the loop when no clause is left. */
static long vd_table_step(u32 i, struct vd_evaluation *e)
{
	struct vd_work *w = e->w;
	u64 tables = w->tables, scalars = tables & VD_SCALAR_TABLES;
	u32 table = vd_lowest_bit(scalars ? scalars : tables);
	struct vd_clause_set *set = NULL;
	u64 mixed;

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
	w->left.live &= set->live;
	mixed = w->left.live & ~set->full;
	for (u32 i = 0; i < VD_CLAUSE_WORDS && mixed; i++) {
		u32 word = vd_lowest_bit(mixed) & (VD_CLAUSE_WORDS - 1);

		w->left.word[word] &= set->word[word];
		if (!w->left.word[word])
			w->left.live &= ~(mixed & -mixed);
		mixed &= mixed - 1;
	}
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

/* Whether the task is in a container in monitor mode. */
static __always_inline bool vd_is_monitored(u32 task_flags)
{
	if (!*(volatile u32 *)&vd_monitored_count || !(task_flags & VD_TASK_CONTAINER))
		return false;
	for (u32 level = 1; level < VD_MONITORED_LEVELS; level++) {
		u64 id = bpf_get_current_ancestor_cgroup_id(level);

		if (!id)
			return false;
		if (bpf_map_lookup_elem(&vd_monitored, &id))
			return true;
	}
	return false;
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

/* Evaluates one generation. Returns 1 when the policy changed meanwhile. */
__weak u32 vd_evaluate(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_evaluation e = {.w = w};
	u32 key;

	if (!w)
		return 0;
	w->generation = vd_active_generation();
	key = w->generation * VD_POLICY_COUNT + w->policy_kind;
	e.policy = bpf_map_lookup_elem(&vd_policy_kinds, &key);
	if (!e.policy || !e.policy->tables)
		return 0;
	w->tables = e.policy->tables;
	w->left = w->by_alias ? e.policy->named : e.policy->all;
	w->asked |= e.policy->tables & VD_RESOLVED_TABLES ? 1 : 0;
	w->given = w->has;
	w->rank = ~0u;
	w->deciding = VD_MAX_CLAUSES;
	bpf_loop(VD_TABLE_COUNT, vd_table_step, &e, 0);
	w->has = w->given; /* look-ups have set what they met */
	if (vd_active_generation() != w->generation)
		return 1;
	if (w->left.live)
		bpf_loop(VD_MAX_CLAUSES, vd_choose_step, &e, 0);
	vd_set_verdict(w, e.policy, w->deciding);
	return 0;
}

/* By the clauses of policy_kind; what stays undecided is counted as a loss of kind. */
static __always_inline void vd_evaluate_settled(struct vd_work *w, const u32 kind)
{
	if (vd_evaluate(w->slot) && vd_evaluate(w->slot))
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

/* By another policy, or for another path: what it says stands if it says more than what was decided so far. `told` is
 * the alias it is about. */
static __always_inline void vd_evaluate_also(struct vd_work *w, u32 policy, u32 told)
{
	u32 verdict = w->verdict, policy_id = w->policy_id, counter = w->counter, monitored = w->monitored;

	w->policy_kind = policy;
	w->verdict = VD_VERDICT_ALLOW;
	if (vd_evaluate(w->slot) && vd_evaluate(w->slot))
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

static __always_inline void vd_count_verdict(u32 counter)
{
	struct vd_rule *rule = bpf_map_lookup_elem(&vd_rules, &counter);

	if (rule)
		__sync_fetch_and_add(&rule->decided, 1);
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
	return true;
}

static __always_inline void vd_carry_out(struct vd_work *w, const u32 kind)
{
	if (w->verdict != VD_VERDICT_ALLOW && !w->silent && !w->monitored) /* counted are refusals of rules that refuse */
		vd_count_verdict(w->counter);
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
