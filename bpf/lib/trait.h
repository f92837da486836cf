/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Traits (struct vd_trait), each asked about by itself: where clauses are left when the tables have been looked at.
 */
#ifndef VEDETTE_LIB_TRAIT_H
#define VEDETTE_LIB_TRAIT_H

#include "vmlinux.h"

#include "table.h"

/* As vd_know_ancestors() has found out. */
static __always_inline bool vd_has_ancestor(struct vd_work *w, u32 clause)
{
	if (w->ancestor_epoch != w->epoch) /* known by another policy: all is asked again */
		w->epoch = w->ancestor_epoch;
	if (w->ancestor_traits >> clause & 1)
		return true;
	if (w->ancestors_unsure) {
		w->unresolved |= VD_UNRESOLVED_ANCESTORS;
		w->asked = 1;
	}
	return false;
}

/* Bits */

static __always_inline u64 vd_bits_of(struct vd_work *w, u32 of)
{
	const struct cred *cred = bpf_get_current_task_btf()->cred;

	switch (of) {
	case VD_BITS_OPERATION:
		return w->bits;
	case VD_BITS_CAP_EFFECTIVE:
		return vd_cap(&cred->cap_effective);
	case VD_BITS_CAP_PERMITTED:
		return vd_cap(&cred->cap_permitted);
	case VD_BITS_CAP_INHERITABLE:
		return vd_cap(&cred->cap_inheritable);
	default:
		return 0;
	}
}

/* Globs */

struct vd_glob_match {
	struct vd_work *w;
	struct vd_trait *trait;
};

/* Whether the byte is what the element asks for; it is no star. */
static __always_inline bool vd_fits(const struct vd_trait *trait, u8 kind, u8 byte, u8 is)
{
	if (kind == VD_GLOB_SET)
		return trait->set[byte % VD_MAX_GLOB_SETS][is / 64] >> is % 64 & 1;
	return kind == VD_GLOB_ANY || byte == is;
}

/* The longest text by the longest pattern: a star takes one byte more whenever what follows it does not match. */
#define VD_GLOB_STEPS (VD_MAX_PATH * VD_MAX_GLOB + VD_MAX_GLOB)

static long vd_glob_step(u32 i, struct vd_glob_match *match)
{
	struct vd_glob_walk *g = &match->w->glob;
	u64 element = vd_clamp(g->element, VD_MAX_GLOB - 1);
	u8 kind = match->trait->pattern[2 * element], byte = match->trait->pattern[2 * element + 1], is = 0;
	bool more = g->element < g->elements;

	if (more && kind == VD_GLOB_STAR) {
		g->star = ++g->element;
		g->star_at = g->at;
		return 0;
	}
	if (g->at >= g->len) {
		g->matches = !more;
		return 1;
	}
	if (bpf_probe_read_kernel(&is, 1, (void *)(g->from + g->at)))
		return 1;
	if (more && vd_fits(match->trait, kind, byte, is)) {
		g->element++;
		g->at++;
		return 0;
	}
	if (!g->star)
		return 1;
	g->element = g->star;
	g->at = ++g->star_at;
	return 0;
}

static __always_inline bool vd_matches_glob(struct vd_work *w, struct vd_trait *trait)
{
	struct vd_glob_match match = {.w = w, .trait = trait};
	u32 table = trait->of, len = 0;

	if (table >= VD_TABLE_FIRST_REVERSED)
		return false;
	w->asked |= table <= VD_TABLE_PARENT_EXE;
	w->glob.from = vd_string_source(w, table, &len);
	if (!w->glob.from || !len)
		return false;
	w->glob.len = len;
	w->glob.elements = trait->len;
	w->glob.at = w->glob.element = w->glob.star = w->glob.star_at = w->glob.matches = 0;
	bpf_loop(VD_GLOB_STEPS, vd_glob_step, &match, 0);
	return w->glob.matches;
}

/* All */

static __always_inline bool vd_has_trait(struct vd_work *w, u32 number)
{
	u32 key = w->generation * VD_MAX_TRAITS + number;
	struct vd_trait *trait = bpf_map_lookup_elem(&vd_traits, &key);

	if (!trait)
		return false;
	switch (trait->kind) {
	case VD_TRAIT_ANCESTOR:
		return vd_has_ancestor(w, trait->clause & 63);
	case VD_TRAIT_ANY_BIT:
		return vd_bits_of(w, trait->of) & trait->mask;
	case VD_TRAIT_BITS:
		return (vd_bits_of(w, trait->of) & trait->mask) == trait->value;
	case VD_TRAIT_GLOB:
		return vd_matches_glob(w, trait);
	default:
		return false;
	}
}

struct vd_trait_walk {
	struct vd_work *w;
};

static long vd_trait_step(u32 i, struct vd_trait_walk *walk)
{
	struct vd_work *w = walk->w;
	struct vd_scalar_key key = {.generation = w->generation, .table = VD_TABLE_TRAITS, .kind = w->policy_kind};
	struct vd_clause_set *set;
	u32 number;

	if (!w->traits || !w->left.live)
		return 1;
	number = vd_lowest_bit(w->traits);
	VD_OPAQUE(number);
	w->traits &= w->traits - 1;
	key.value = 2 * number + vd_has_trait(w, number);
	set = bpf_map_lookup_elem(&vd_policy_scalars, &key);
	if (set)
		vd_keep(&w->left, set);
	else
		w->left.live = 0;
	return 0;
}

/* Of the clauses that are left, those whose traits are as they ask. In line, as the kernel allows eight calls within each
 * other and all are used. */
static __always_inline void vd_ask_traits(struct vd_work *w)
{
	struct vd_trait_walk walk = {.w = w};

	bpf_loop(VD_MAX_TRAITS, vd_trait_step, &walk, 0);
}

#endif
