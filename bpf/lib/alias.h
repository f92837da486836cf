/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Aliases: the paths by which a rule may know a file besides the one that the walk of path.h gives it
 * (docs/decisions/0015): those it had before a mount gave it another, what a path may be that is not known whole, and
 * where the kernel's own file systems belong. Found only for what is judged; a verdict asks for each.
 */
#ifndef VEDETTE_LIB_ALIAS_H
#define VEDETTE_LIB_ALIAS_H

#include "vmlinux.h"

#include "path.h"

#define VD_DEEP_STEPS 65536 /* of a path that is deeper: by then its beginning is not looked for */

/* The same for what lies deeper than a path can be kept: of what is to the right only VD_DEEP_BYTES stay, which is more
 * than a prefix has. */
static long vd_deep_step(u32 i, struct vd_walk_context *context)
{
	struct vd_work *w = context->w;
	u32 position = w->walk.position;

	if (position <= VD_NAME_MAX) {
		if (bpf_probe_read_kernel(w->path + VD_MAX_PATH - VD_DEEP_BYTES, VD_DEEP_BYTES, w->path + position))
			return 1;
		w->walk.position = VD_MAX_PATH - VD_DEEP_BYTES;
	}
	if (vd_looks_for_names(&w->walk))
		vd_note_former_name(&w->walk);
	return vd_step(w);
}

/* Room in the record for one more path, where aliases are put together. */
static __always_inline bool vd_has_alias_room(struct vd_work *w)
{
	if (w->aliases < VD_MAX_ALIASES && w->len <= VD_MAX_RECORD - VD_MAX_PATH - VD_POLICY_STRING)
		return true;
	vd_count_loss(w->kind, VD_LOSS_POLICY);
	return false;
}

/* Puts w->parts together; packed as by vd_append(). Global, as what is called more than once is verified once so. */
__weak u32 vd_put_together(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	u32 at, to, len, position;

	if (!w)
		return 0;
	at = to = vd_clamp(w->len, VD_MAX_RECORD - VD_MAX_PATH - VD_POLICY_STRING);
	len = vd_clamp(w->parts.name_len, VD_POLICY_STRING);
	if (len && bpf_probe_read_kernel(w->record + to, len, (void *)w->parts.name))
		return 0;
	to += len;
	position = vd_clamp(w->parts.position, VD_MAX_PATH);
	len = vd_clamp(w->parts.end > position ? w->parts.end - position : 0, VD_MAX_PATH);
	to = vd_clamp(to, VD_MAX_RECORD - VD_MAX_PATH);
	if (len && bpf_probe_read_kernel(w->record + to, len, w->path + position))
		return 0;
	to += len;
	len = vd_clamp(w->parts.last_len, VD_DEEP_BYTES);
	to = vd_clamp(to, VD_MAX_RECORD);
	if (len && bpf_probe_read_kernel(w->record + to, len, (void *)w->parts.last))
		return 0;
	to += len;
	to = vd_clamp(to, VD_MAX_RECORD);
	if (to == at)
		w->record[to++] = '/';
	w->len = to;
	return at | (to - at) << 16;
}

/* The bytes at name, and those of the walked path in [position, end), and those at parts.last. */
static __always_inline u32 vd_put_path_below(struct vd_work *w, u64 name, u32 name_len, u32 position, u32 end)
{
	w->parts.name = name;
	w->parts.name_len = name_len;
	w->parts.position = position;
	w->parts.end = end;
	return vd_put_together(w->slot);
}

static __always_inline void vd_add_alias(struct vd_work *w, u32 packed, u32 tell)
{
	u64 index = w->aliases + 1;

	if (!packed || index > VD_MAX_ALIASES)
		return;
	index = vd_clamp(index, VD_MAX_ALIASES);
	w->alias[index].text = vd_unpack(packed);
	w->alias[index].table = w->walk.table;
	w->alias[index].tell = tell;
	w->aliases = index;
}

static __always_inline u32 vd_end_of_path(struct vd_work *w)
{
	return VD_MAX_PATH - (w->walk.deleted ? VD_DELETED_LEN : 0);
}

/* One former name of those that the walk has met: the next of the same dentry, or the first of the next. */
static long vd_former_name_step(u32 i, struct vd_walk_context *context)
{
	struct vd_work *w = context->w;
	u64 hit = w->former.hit;
	struct vd_name_key key;
	struct vd_name *name;
	u32 position, end;

	if (hit >= w->walk.hits || hit >= VD_MAX_HITS)
		return 1;
	hit = vd_clamp(hit, VD_MAX_HITS - 1);
	key = w->walk.hit[hit].key;
	key.number = w->former.number;
	name = key.number < VD_NAMES_OF_ONE ? bpf_map_lookup_elem(&vd_names, &key) : NULL;
	if (!name || !vd_has_alias_room(w)) {
		w->former.hit = hit + 1;
		w->former.number = 0;
		return 0;
	}
	w->former.number++;
	position = w->walk.hit[hit].position;
	end = w->former.end;
	if (w->former.deep && end > position + VD_DEEP_BYTES)
		end = position + VD_DEEP_BYTES;
	vd_add_alias(w, vd_put_path_below(w, (u64)name->text, name->len, position, end), !w->former.deep);
	return 0;
}

/* The paths by the former names that the walk has met: each with the rest of the path below it. deep: of the rest only
 * its beginning is at hand; its end is parts.last. */
__weak u32 vd_add_former_names(u32 slot, u32 deep)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_walk_context context = {.w = w};

	if (!w)
		return 0;
	w->former.hit = 0;
	w->former.number = 0;
	w->former.deep = deep;
	w->former.end = deep ? VD_MAX_PATH : vd_end_of_path(w);
	bpf_loop(VD_MAX_HITS * (VD_NAMES_OF_ONE + 1), vd_former_name_step, &context, 0);
	return 0;
}

static __always_inline void vd_unmounted_key_of(struct vd_unmounted_key *key, u64 mount, u64 root)
{
	struct inode *inode = BPF_CORE_READ((struct dentry *)root, d_inode);

	key->mount = mount;
	key->ino = BPF_CORE_READ(inode, i_ino);
	key->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	key->generation = BPF_CORE_READ(inode, i_generation);
}

/* The path in a mount that is gone, from where it was. False: that is not known. */
static __always_inline bool vd_add_where_it_was(struct vd_work *w)
{
	struct vd_unmounted_key key;
	struct vd_name *at;

	if (w->walk.mount_class != VD_MOUNT_NONE || w->walk.stop != VD_WALK_ROOT)
		return false;
	vd_unmounted_key_of(&key, w->walk.mount, w->walk.dentry);
	at = bpf_map_lookup_elem(&vd_unmounted, &key);
	if (!at || !vd_has_alias_room(w))
		return false;
	w->parts.last_len = 0;
	vd_add_alias(w, vd_put_path_below(w, (u64)at->text, at->len, w->walk.position, vd_end_of_path(w)), 1);
	return true;
}

/* A file that the walk gave no path of, or one that does not begin at the root of a mount namespace: an unmounted
 * tree's, a detached one's where former names could not be kept, what is moved out of a bind mount, what was opened by
 * a handle. */
static __always_inline bool vd_is_unplaced(struct vd_work *w)
{
	return w->walk.stop != VD_WALK_ROOT || w->walk.mount_class == VD_MOUNT_NONE ||
	       (w->walk.mount_class == VD_MOUNT_ANON && vd_names_are_full());
}

/* After a walk whose path, of which `kept` is in the record, a verdict is about: its other names. */
__weak u32 vd_add_aliases(u32 slot, u32 kept)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_walk_context context = {.w = w};
	u32 position, len;
	u64 table;
	bool deep;

	if (!w)
		return 0;
	table = w->walk.table;
	if (table > VD_TABLE_PATH_TO)
		return 0;
	w->parts.last_len = 0;
	if (w->walk.hits)
		vd_add_former_names(slot, 0);
	deep = w->walk.stop == VD_WALK_TOO_DEEP;
	if (deep) {
		w->walk.hits = 0;
		w->walk.stop = VD_WALK_GOING;
		bpf_loop(VD_DEEP_STEPS, vd_deep_step, &context, 0);
		len = kept >> 16 < VD_DEEP_BYTES ? kept >> 16 : VD_DEEP_BYTES;
		w->parts.last_len = len;
		w->parts.last = (u64)w->record + (kept & 0xffff) + (kept >> 16) - len;
		vd_add_former_names(slot, 1);
	}
	if (w->walk.stop == VD_WALK_ROOT && (deep || w->walk.deleted || w->unresolved & VD_UNRESOLVED_PATH)) {
		position = w->walk.position;
		if (vd_has_alias_room(w)) {
			vd_add_alias(w, vd_put_path_below(w, 0, 0, position, deep ? position + VD_DEEP_BYTES : vd_end_of_path(w)), 0);
			w->unresolved &= ~VD_UNRESOLVED_PATH;
		}
	}
	if (deep && w->walk.stop != VD_WALK_ROOT)
		w->walk.stop = VD_WALK_UNREADABLE; /* nothing of it is at hand */
	w->parts.last_len = 0;
	if (!vd_is_unplaced(w) || vd_add_where_it_was(w))
		return 0;
	w->unresolved |= VD_UNRESOLVED_PATH;
	table = vd_clamp(table, VD_TABLE_PATH_TO); /* for the verifier */
	w->unplaced |= 1u << table;
	w->unplaced_text[table].len = 0;
	if (w->walk.stop == VD_WALK_UNREADABLE || !vd_has_alias_room(w))
		return 0;
	position = w->walk.position;
	if (position < vd_end_of_path(w))
		w->unplaced_text[table] = vd_unpack(vd_put_path_below(w, 0, 0, position, vd_end_of_path(w)));
	return 0;
}

/* The aliases of a dentry by former names alone, whatever mount it is seen through. */
__weak u32 vd_find_former_names(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_walk_context context = {.w = w};

	if (!w)
		return 0;
	w->walk.mount_root = 0;
	w->walk.hits = 0;
	w->walk.deleted = 0;
	w->walk.table = VD_TABLE_PATH;
	w->walk.stop = VD_WALK_GOING;
	w->walk.position = VD_MAX_PATH;
	w->parts.last_len = 0;
	bpf_loop(VD_WALK_STEPS, vd_naming_step, &context, 0);
	vd_add_former_names(slot, 0);
	if (w->walk.stop == VD_WALK_TOO_DEEP) {
		w->walk.hits = 0;
		bpf_loop(VD_DEEP_STEPS, vd_deep_step, &context, 0);
		vd_add_former_names(slot, 1);
	}
	w->walk.table = VD_TABLE_COUNT;
	return w->aliases;
}

/* The kernel's own file systems have one content wherever they are mounted, and one place by custom: a file in them is
 * also known by its path there. */

#define VD_MAX_PLACE 24

static __always_inline u32 vd_place_of(u32 magic, const char **place) /* magic: linux/magic.h */
{
#define VD_PLACE(number, path)                                                                                         \
	case number: {                                                                                                 \
		static const char text[VD_MAX_PLACE] __attribute__((aligned(8))) = path;                                                        \
		*place = text;                                                                                         \
		return sizeof(path) - 1;                                                                               \
	}
	switch (magic) {
		VD_PLACE(0x9fa0u, "/proc")
		VD_PLACE(0x62656572u, "/sys")
		VD_PLACE(0x63677270u, "/sys/fs/cgroup")
		VD_PLACE(0xcafe4a11u, "/sys/fs/bpf")
		VD_PLACE(0x64626720u, "/sys/kernel/debug")
		VD_PLACE(0x74726163u, "/sys/kernel/tracing")
		VD_PLACE(0x73636673u, "/sys/kernel/security")
		VD_PLACE(0x62656570u, "/sys/kernel/config")
	default:
		return 0;
	}
#undef VD_PLACE
}

/* Whether the path in the record begins with the place. */
static __always_inline bool vd_is_in_place(struct vd_work *w, u32 kept, const char *place, u32 place_len)
{
	u64 own[VD_MAX_PLACE / 8] = {};

	if (kept >> 16 < place_len ||
	    bpf_probe_read_kernel(own, vd_clamp(place_len, VD_MAX_PLACE), w->record + vd_clamp(kept & 0xffff, VD_MAX_RECORD)))
		return false;
	for (u32 i = 0; i < VD_MAX_PLACE / 8; i++) {
		if (own[i] != ((const u64 *)place)[i])
			return false;
	}
	return true;
}

/* The alias by its place of the dentry at w->from, whose path is in the record. */
__weak u32 vd_add_place(u32 slot, u32 kept, u32 whole)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_walk_context context = {.w = w};
	const char *place = NULL;
	struct dentry *dentry;
	u32 len, rest;

	if (!w)
		return 0;
	dentry = (void *)w->from;
	len = vd_place_of(BPF_CORE_READ(dentry, d_sb, s_magic), &place);
	if (!len || !place)
		return 0;
	w->walk.dentry = (u64)dentry;
	w->walk.mount_root = 0; /* of no mount: the walk ends at the root of the file system */
	w->walk.stop = VD_WALK_GOING;
	w->walk.position = VD_MAX_PATH;
	bpf_loop(VD_WALK_STEPS, vd_walk_step, &context, 0);
	if (w->walk.stop != VD_WALK_DISCONNECTED) {
		vd_count_loss(w->kind, VD_LOSS_POLICY);
		return 0;
	}
	rest = VD_MAX_PATH - w->walk.position;
	if (whole && kept >> 16 == len + rest && vd_is_in_place(w, kept, place, len))
		return 0; /* it is there */
	w->parts.last_len = 0;
	if (vd_has_alias_room(w))
		vd_add_alias(w, vd_put_path_below(w, (u64)place, len, w->walk.position, VD_MAX_PATH), 1);
	return 0;
}

/* Puts an object (vd_put_object) that a verdict on the kind (a constant) is about, by a path table: with all it may also be
 * called. */
static __always_inline void vd_put_judged_object(struct vd_work *w, struct vd_object *object, struct vfsmount *mnt,
						 struct dentry *dentry, const u32 kind, const u32 table)
{
	const char *place;
	u32 kept;

	if (!vd_is_judged(kind)) { /* what follows is not even verified then */
		vd_put_object(w, object, mnt, dentry);
		return;
	}
	w->walk.table = table;
	vd_put_object(w, object, mnt, dentry);
	if (w->walk.table == VD_TABLE_COUNT)
		return;
	/* not in vd_append_path(): all their stacks have to fit into 512 bytes */
	kept = object->path.offset | object->path.len << 16;
	vd_add_aliases(w->slot, kept);
	if (vd_place_of(object->fs_magic, &place)) {
		w->from = (u64)dentry;
		vd_add_place(w->slot, kept, BPF_CORE_READ(mnt, mnt_root) == BPF_CORE_READ(dentry, d_sb, s_root));
	}
	w->walk.table = VD_TABLE_COUNT;
}

#endif
