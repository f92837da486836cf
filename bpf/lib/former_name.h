/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Former names: what lies under a name that a rule guards, and is about to get another one by a mount, keeps the first
 * in vd_names, so that the rule goes on to be about it (docs/decisions/0015). Only where the caller is one that the
 * rule is about: what an administrator mounts elsewhere is another name.
 */
#ifndef VEDETTE_LIB_FORMER_NAME_H
#define VEDETTE_LIB_FORMER_NAME_H

#include "vmlinux.h"

#include "alias.h"
#include "judge.h"

/* Whether a name that is kept is the one in w->text. */
static __always_inline bool vd_is_kept(const struct vd_name *name, struct vd_work *w)
{
	const u64 *known = (const u64 *)name, *text = (const u64 *)w->text;

	for (u32 i = 0; i < sizeof(*name) / sizeof(u64); i++) {
		if (known[i] != text[i])
			return false;
	}
	return true;
}

/* The path as it is kept. NULL: it cannot be read. */
static __always_inline struct vd_name *vd_name_of(struct vd_work *w, struct vd_str path)
{
	struct vd_name *name = (void *)w->text; /* too large for the stack */
	u32 len = vd_clamp(path.len, VD_POLICY_STRING);
	u64 from = vd_clamp(path.offset, VD_MAX_RECORD);

	__builtin_memset(name, 0, sizeof(*name));
	if (bpf_probe_read_kernel(name->text, len, w->record + from))
		return NULL;
	name->len = len == 1 ? 0 : len; /* "/" and what is below begin with a slash of their own */
	return name;
}

/* Keeps the path for the dentry at w->from. */
__weak u32 vd_keep_name(u32 slot, u32 path)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_name *known, *name;
	struct vd_name_key key;

	name = w ? vd_name_of(w, vd_unpack(path)) : NULL;
	if (!w || !name)
		return 0;
	vd_name_key_of(&key, w->from);
	for (u32 number = 0; number < VD_NAMES_OF_ONE; number++) {
		key.number = number;
		if (!bpf_map_update_elem(&vd_names, &key, name, BPF_NOEXIST)) {
			__sync_fetch_and_add(&vd_name_count, 1);
			return 0;
		}
		known = bpf_map_lookup_elem(&vd_names, &key);
		if (!known)
			break;
		if (vd_is_kept(known, w))
			return 0;
	}
	if (!vd_names_are_full())
		*(volatile u32 *)&vd_name_count = VD_FULL_NAMES;
	vd_count_loss(w->kind, VD_LOSS_POLICY);
	return 0;
}

struct vd_naming {
	struct vd_work *w;
	u32 path;
};

/* One of the paths that the dentry is known by: 0 its own, then its aliases. */
static long vd_keeping_step(u32 i, struct vd_naming *naming)
{
	struct vd_work *w = naming->w;
	struct vd_str text = vd_unpack(naming->path);
	u64 index = i;

	if (index > w->aliases)
		return 1;
	index = vd_clamp(index, VD_MAX_ALIASES);
	if (index)
		text = w->alias[index].text;
	else if (w->walk.mount_class != VD_MOUNT_OWN && w->walk.mount_class != VD_MOUNT_FOREIGN)
		return 0; /* begins at the root of a detached tree */
	if (!text.len)
		return 0;
	w->has &= ~vd_bits_of_path(VD_TABLE_PATH);
	vd_subject_string(w, VD_TABLE_PATH, text);
	w->verdict = VD_VERDICT_ALLOW;
	vd_evaluate_settled(w, VD_KIND_FILE_RENAME);
	if (w->verdict != VD_VERDICT_ALLOW)
		vd_keep_name(w->slot, text.offset | text.len << 16);
	return 0;
}

/* Keeps what the rules guard of the names of the dentry at w->from: its path is in the record, its aliases are found.
 */
__weak u32 vd_keep_names(u32 slot, u32 path)
{
	struct vd_naming naming = {.w = vd_work_at(slot), .path = path};

	if (!naming.w)
		return 0;
	naming.w->policy_kind = VD_POLICY_NAMES;
	bpf_loop(VD_MAX_ALIASES + 1, vd_keeping_step, &naming, 0);
	return 0;
}

/* What is at mnt (a vfsmount) and dentry is about to be seen under another name, too. */
static __always_inline void vd_another_name(u64 mnt, u64 dentry)
{
	struct vd_work *w;
	u32 path;

	if (vd_is_exempt(bpf_get_current_task_btf()))
		return;
	w = vd_enter(VD_KIND_FILE_RENAME, sizeof(struct vd_path_change));
	if (!w)
		return;
	w->walk.table = VD_TABLE_PATH;
	w->walk.dentry = dentry;
	w->walk.mount = vd_mount_of(mnt);
	w->walk.deleted = 0;
	path = vd_append_path(w->slot);
	if (w->walk.table != VD_TABLE_COUNT)
		vd_add_aliases(w->slot, path);
	w->walk.table = VD_TABLE_COUNT;
	if (vd_begin_judging(w)) {
		w->from = dentry;
		vd_keep_names(w->slot, path);
	}
	vd_abandon(w);
}

/* A mount is about to be unmounted: what is in use of it has no path then, only where it was. By whomever. */
static __always_inline void vd_keep_mount_point(struct vfsmount *mnt)
{
	struct vd_work *w = vd_enter(VD_KIND_FILE_RENAME, sizeof(struct vd_path_change));
	struct vd_unmounted_key key;
	struct vd_name *name = NULL;
	struct vd_str path;

	if (!w)
		return;
	w->walk.table = VD_TABLE_COUNT;
	w->walk.dentry = (u64)BPF_CORE_READ(mnt, mnt_root);
	vd_unmounted_key_of(&key, vd_mount_of((u64)mnt), w->walk.dentry);
	w->walk.mount = key.mount;
	w->walk.deleted = 0;
	path = vd_unpack(vd_append_path(w->slot));
	if (path.len && path.len <= VD_POLICY_STRING && w->walk.stop == VD_WALK_ROOT &&
	    (w->walk.mount_class == VD_MOUNT_OWN || w->walk.mount_class == VD_MOUNT_FOREIGN))
		name = vd_name_of(w, path);
	if (name)
		bpf_map_update_elem(&vd_unmounted, &key, name, BPF_ANY);
	else
		bpf_map_delete_elem(&vd_unmounted, &key);
	vd_abandon(w);
}

/* Whether the caller is one whose mounts names are kept of, when there is no room for another: none may be made then.
 */
static __always_inline bool vd_may_not_mount(void)
{
	struct vd_work *w;
	bool refused;

	if (!vd_names_are_full() || vd_is_exempt(bpf_get_current_task_btf()))
		return false;
	w = vd_enter(VD_KIND_FILE_RENAME, sizeof(struct vd_path_change));
	if (!w)
		return false;
	vd_begin_judging(w);
	w->policy_kind = VD_POLICY_NAMES;
	vd_evaluate_settled(w, VD_KIND_FILE_RENAME);
	refused = vd_is_refused(w);
	vd_abandon(w);
	return refused;
}

#endif
