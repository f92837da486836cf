/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The subject of a verdict, that is each value of the operation that a table may ask for, and the look-up of it in one
 * table of bpf/abi/policy.h.
 */
#ifndef VEDETTE_LIB_TABLE_H
#define VEDETTE_LIB_TABLE_H

#include "vmlinux.h"

#include "container.h"
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
	vd_subject_scalar(w, VD_TABLE_INO, object->ino);
	vd_subject_scalar(w, VD_TABLE_DEV, object->dev);
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

/* Looking up */

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

/* Of the ancestor that is looked at. */
static __always_inline u64 vd_ancestor_string(struct vd_work *w, u32 table, u32 *len)
{
	*len = table == VD_TABLE_EXE ? w->ancestor_exe_len : table == VD_TABLE_COMM ? w->ancestor_comm_len : 0;
	return table == VD_TABLE_EXE ? w->ancestor + sizeof(struct vd_ancestor)
				     : w->ancestor + __builtin_offsetof(struct vd_ancestor, comm);
}

/* Where the bytes of a string table's value are: in the record, or in the state of the process. */
static __always_inline u64 vd_string_source(struct vd_work *w, u32 table, u32 *len)
{
	struct vd_task_state *state;
	u32 index = table;

	VD_OPAQUE(index);
	index &= VD_TABLE_FIRST_REVERSED - 1;
	if (w->ancestor)
		return vd_ancestor_string(w, index, len);
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
__weak u32 vd_reverse(u32 slot, u32 n)
{
	struct vd_work *w = vd_work_at(slot);

	for (u32 i = 0; w && i < (VD_POLICY_STRING + 7) / 8; i++) {
		u64 end = n - 8 * i; /* text[end .. end + 8) are the next eight */

		if (8 * i >= n)
			break;
		end &= VD_TEXT_MASK; /* no more than n: for the verifier, and without two ways that it would follow each time */
		*(u64 *)(w->key.bytes + 8 * i) = __builtin_bswap64(*(u64 *)(w->text + end));
	}
	return 0;
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
		vd_reverse(w->slot, n);
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

/* Of the clauses that are left, those of the set. A function that is verified once in each program. */
__weak u32 vd_keep(struct vd_clause_set *left, const struct vd_clause_set *set)
{
	u64 mixed;

	if (!left || !set)
		return 0;
	left->live &= set->live;
	mixed = left->live & ~set->full;
	for (u32 i = 0; i < VD_CLAUSE_WORDS && mixed; i++) {
		u32 word = vd_lowest_bit(mixed) & (VD_CLAUSE_WORDS - 1);

		left->word[word] &= set->word[word];
		if (!left->word[word])
			left->live &= ~(mixed & -mixed);
		mixed &= mixed - 1;
	}
	return 0;
}

#endif
