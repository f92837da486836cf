/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Files as the kernel resolved them. Our own walk from a dentry up through its mounts to the root of the mount
 * namespace: bpf_d_path is not allowed in most path hooks, stops at the caller's chroot, and fails on long paths.
 *
 * The walk is a bpf_loop whose state is in a map value. Before 6.7 the verifier looks at such a callback once; with
 * the state on the stack it took what the first step knows for what is always true and removed code after the loop.
 * The stack holds only the pointer to the state.
 */
#ifndef VEDETTE_LIB_PATH_H
#define VEDETTE_LIB_PATH_H

#include "vmlinux.h"

#include "emit.h"

#define VD_MAGIC_OVERLAY 0x794c7630u
#define VD_MAGIC_NSFS 0x6e736673u
#define VD_MAGIC_TMPFS 0x01021994u
#define VD_MAGIC_HUGETLBFS 0x958458f6u
#define VD_MAGIC_PIPEFS 0x50495045u

#define VD_S_IFMT 0170000
#define VD_S_IFSOCK 0140000
#define VD_S_IFREG 0100000
#define VD_S_IFBLK 0060000
#define VD_S_IFDIR 0040000
#define VD_S_IFCHR 0020000
#define VD_S_IFIFO 0010000

#define VD_NAME_MAX 255
#define VD_DELETED_LEN 10
#define VD_WALK_STEPS (VD_MAX_PATH + 64) /* a name takes two bytes at least; mounts take none */

struct vd_walk_context {
	struct vd_work *w;
};

/* d_parent and d_name as they lie side by side since ever; read at once. */
struct vd_dentry_head {
	u64 parent;
	u32 hash;
	u32 len;
	u64 name;
};

static __always_inline long vd_read_dentry(struct vd_dentry_head *head, u64 dentry)
{
	struct dentry *d = (void *)dentry;

	if (bpf_core_field_offset(struct dentry, d_name) == bpf_core_field_offset(struct dentry, d_parent) + 8)
		return bpf_probe_read_kernel(head, sizeof(*head),
					     (void *)(dentry + bpf_core_field_offset(struct dentry, d_parent)));
	head->parent = (u64)BPF_CORE_READ(d, d_parent);
	head->len = BPF_CORE_READ(d, d_name.len);
	head->name = (u64)BPF_CORE_READ(d, d_name.name);
	return 0;
}

static __always_inline u64 vd_mount_of(u64 vfsmount)
{
	return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* From the root of a mount to where it is mounted. Returns 1 at the top. */
static __always_inline long vd_leave_mount(struct vd_walk *walk)
{
	struct mount *mount = (void *)walk->mount, *parent;

	parent = BPF_CORE_READ(mount, mnt_parent);
	if (!parent) {
		walk->stop = VD_WALK_UNREADABLE;
		return 1;
	}
	if (parent == mount) {
		walk->stop = VD_WALK_ROOT;
		return 1;
	}
	walk->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
	walk->mount = (u64)parent;
	walk->mount_root = (u64)BPF_CORE_READ(parent, mnt.mnt_root);
	return 0;
}

/* Puts a name before the path; 0 when it does not fit or cannot be read. */
static __always_inline bool vd_prepend(struct vd_work *w, u64 name, u32 len)
{
	u32 position = w->walk.position;

	if (len > VD_NAME_MAX)
		len = VD_NAME_MAX;
	if (position > VD_MAX_PATH || position < len + 1) {
		w->walk.stop = VD_WALK_TOO_DEEP;
		return false;
	}
	position -= len + 1;
	if (position >= VD_MAX_PATH) { /* never: for the verifier */
		w->walk.stop = VD_WALK_UNREADABLE;
		return false;
	}
	w->path[position] = '/';
	if (bpf_probe_read_kernel(w->path + position + 1, len, (void *)name)) {
		w->walk.stop = VD_WALK_UNREADABLE;
		return false;
	}
	w->walk.position = position;
	return true;
}

static __always_inline void vd_name_key_of(struct vd_name_key *key, u64 dentry)
{
	struct inode *inode = BPF_CORE_READ((struct dentry *)dentry, d_inode);

	key->ino = BPF_CORE_READ(inode, i_ino);
	key->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	key->generation = BPF_CORE_READ(inode, i_generation);
	key->number = 0;
	key->pad = 0;
}

/* Notes that the dentry of a step has a former name. */
static __always_inline void vd_note_former_name(struct vd_walk *walk)
{
	u32 hits = walk->hits;
	struct vd_name_key key;

	vd_name_key_of(&key, walk->dentry);
	if (!bpf_map_lookup_elem(&vd_names, &key))
		return;
	if (hits >= VD_MAX_HITS) { /* the innermost are the ones that the file was below when it was mounted */
		vd_count_loss(VD_KIND_FILE_OPEN, VD_LOSS_POLICY);
		return;
	}
	walk->hit[hits].key = key;
	walk->hit[hits].position = walk->position;
	walk->hits = hits + 1;
}

/* One step: a name, or a mount point. */
static __always_inline long vd_step(struct vd_work *w)
{
	struct vd_walk *walk = &w->walk;
	struct vd_dentry_head head;

	if (walk->dentry == walk->mount_root)
		return vd_leave_mount(walk);
	if (vd_read_dentry(&head, walk->dentry)) {
		walk->stop = VD_WALK_UNREADABLE;
		return 1;
	}
	if (head.parent == walk->dentry) {
		walk->stop = VD_WALK_DISCONNECTED;
		return 1;
	}
	if (!vd_prepend(w, head.name, head.len))
		return 1;
	walk->dentry = head.parent;
	return 0;
}

static long vd_walk_step(u32 i, struct vd_walk_context *context)
{
	return vd_step(context->w);
}

/* The same, where there are former names and they matter. */
static long vd_naming_step(u32 i, struct vd_walk_context *context)
{
	vd_note_former_name(&context->w->walk);
	return vd_step(context->w);
}

static __always_inline bool vd_looks_for_names(struct vd_walk *walk)
{
	return walk->table != VD_TABLE_COUNT && vd_has_names();
}

/* The names of what has no place in a tree, much as /proc/PID/fd shows them; of a memfd "memfd:name", as Falco's rules
 * know it, which no path from a root can be. Appended; packed as by vd_append(). */
static const char vd_format_deleted[] = "/%s (deleted)";
static const char vd_format_memfd[] = "%s";
static const char vd_format_numbered[] = "%s:[%lu]";
static const char vd_name_pipe[] = "pipe";

#define VD_INTERNAL_NAME_ROOM (VD_NAME_MAX + 64)

/* By the name that memfd_create(2) gives; shared memory of other kinds has none like it. */
static __always_inline bool vd_has_memfd_name(struct dentry *dentry)
{
	static const char prefix[] = "memfd:";
	char name[sizeof(prefix)] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	return bpf_strncmp(name, sizeof(prefix) - 1, prefix) == 0;
}

static __always_inline u32 vd_append_internal_name(struct vd_work *w)
{
	struct dentry *dentry = (void *)w->walk.dentry;
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	u32 magic = BPF_CORE_READ(dentry, d_sb, s_magic);
	struct ns_common *ns;
	u64 args[2];
	u64 at = w->len;
	long len;

	if (at > VD_MAX_RECORD - VD_INTERNAL_NAME_ROOM)
		return 0;
	at = vd_clamp(at, VD_MAX_RECORD - VD_INTERNAL_NAME_ROOM);     /* for the verifier */
	if (magic == VD_MAGIC_TMPFS || magic == VD_MAGIC_HUGETLBFS) { /* memfd, shared memory */
		args[0] = (u64)BPF_CORE_READ(dentry, d_name.name);
		if (vd_has_memfd_name(dentry))
			len = bpf_snprintf((char *)w->record + at, VD_INTERNAL_NAME_ROOM, vd_format_memfd, args, 8);
		else
			len = bpf_snprintf((char *)w->record + at, VD_INTERNAL_NAME_ROOM, vd_format_deleted, args, 8);
	} else {
		args[0] = (u64)BPF_CORE_READ(dentry, d_sb, s_type, name);
		args[1] = BPF_CORE_READ(inode, i_ino);
		if (magic == VD_MAGIC_NSFS) {
			ns = BPF_CORE_READ(inode, i_private);
			args[0] = (u64)BPF_CORE_READ(ns, ops, name);
			args[1] = BPF_CORE_READ(ns, inum);
		} else if (magic == VD_MAGIC_PIPEFS) {
			args[0] = (u64)vd_name_pipe;
		}
		len = bpf_snprintf((char *)w->record + at, VD_INTERNAL_NAME_ROOM, vd_format_numbered, args, 16);
	}
	if (len < 2 || len > VD_INTERNAL_NAME_ROOM)
		return 0;
	w->len = at + len - 1;
	return at | ((u32)len - 1) << 16;
}

#define VD_SB_KERNMOUNT 0x400000u

/* A file reached by a mount that is the kernel's own, though of a file system that somebody mounted: a stacked file
 * system (overlayfs) looks at the one below through such a copy. Nobody else can. */
static __always_inline bool vd_is_stacked_mount(struct vfsmount *mnt)
{
	struct mount *mount = (void *)vd_mount_of((u64)mnt);
	s64 ns = (s64)BPF_CORE_READ(mount, mnt_ns);

	return ns < 0 && ns >= -4095 && !(BPF_CORE_READ(mnt, mnt_sb, s_flags) & VD_SB_KERNMOUNT);
}

static __always_inline bool vd_is_stacked_access(const struct path *path)
{
	struct mount *mount = (void *)vd_mount_of((u64)path->mnt);
	s64 ns = (s64)BPF_CORE_READ(mount, mnt_ns);

	return ns < 0 && ns >= -4095 && !(path->mnt->mnt_sb->s_flags & VD_SB_KERNMOUNT);
}

static __always_inline u32 vd_class_of_mount(u64 mount)
{
	u64 ns = (u64)BPF_CORE_READ((struct mount *)mount, mnt_ns);

	if (!ns)
		return VD_MOUNT_NONE;
	if ((s64)ns < 0 && (s64)ns >= -4095) /* MNT_NS_INTERNAL */
		return VD_MOUNT_INTERNAL;
	if (ns == (u64)bpf_get_current_task_btf()->nsproxy->mnt_ns)
		return VD_MOUNT_OWN;
	return vd_mnt_ns_is_anon(ns) ? VD_MOUNT_ANON : VD_MOUNT_FOREIGN;
}

/* Appends the path of walk.{dentry, mount}; packed as by vd_append(). */
__weak u32 vd_append_path(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_walk_context context = {.w = w};
	struct vd_header *h;
	struct mount *mount;
	u32 at, position, len, bound = vd_config.max_path;

	if (!w)
		return 0;
	h = VD_RECORD(w, struct vd_header);
	at = w->len;
	if (at > VD_MAX_RECORD - VD_MAX_PATH) {
		h->flags |= VD_F_TRUNCATED;
		w->unresolved |= VD_UNRESOLVED_PATH;
		w->walk.table = VD_TABLE_COUNT;
		return 0;
	}
	w->walk.mount_class = vd_class_of_mount(w->walk.mount);
	mount = (void *)w->walk.mount;
	w->walk.mount_root = (u64)BPF_CORE_READ(mount, mnt.mnt_root);
	if (w->walk.mount_class == VD_MOUNT_INTERNAL && w->walk.dentry != w->walk.mount_root) {
		w->walk.table = VD_TABLE_COUNT; /* it has no other names */
		return vd_append_internal_name(w);
	}

	w->walk.stop = VD_WALK_GOING;
	w->walk.hits = 0;
	w->walk.position = VD_MAX_PATH;
	if (w->walk.deleted) {
		w->walk.position = VD_MAX_PATH - VD_DELETED_LEN;
		__builtin_memcpy(w->path + VD_MAX_PATH - VD_DELETED_LEN, " (deleted)", VD_DELETED_LEN);
	}
	if (vd_looks_for_names(&w->walk))
		bpf_loop(VD_WALK_STEPS, vd_naming_step, &context, 0);
	else
		bpf_loop(VD_WALK_STEPS, vd_walk_step, &context, 0);
	position = w->walk.position;
	if (position == VD_MAX_PATH && w->walk.stop == VD_WALK_ROOT) {
		position = VD_MAX_PATH - 1;
		w->path[VD_MAX_PATH - 1] = '/';
	}
	if (position > VD_MAX_PATH)
		return 0;
	len = VD_MAX_PATH - position;
	if (w->walk.stop != VD_WALK_ROOT || len > bound) {
		/* Keep the right end, without a leading slash: nothing may take it for a path from the root. */
		h->flags |= w->walk.stop == VD_WALK_UNREADABLE ? VD_F_READ_FAILED : VD_F_TRUNCATED;
		w->unresolved |= VD_UNRESOLVED_PATH;
		if (len > bound)
			len = bound;
		position = VD_MAX_PATH - len;
		if (len) {
			position++;
			len--;
		}
	}
	VD_OPAQUE(len);
	VD_OPAQUE(position);
	if (len > VD_MAX_PATH || position > VD_MAX_PATH)
		return 0;
	if (bpf_probe_read_kernel(w->record + at, len, w->path + position))
		return 0;
	w->len = at + len;
	return at | len << 16;
}

/* The path of a dentry in a mount. deleted: its name is gone. */
static __always_inline struct vd_str vd_put_path(struct vd_work *w, struct vfsmount *mnt, struct dentry *dentry,
						 bool deleted)
{
	w->walk.dentry = (u64)dentry;
	w->walk.mount = vd_mount_of((u64)mnt);
	w->walk.deleted = deleted;
	return vd_unpack(vd_append_path(w->slot));
}

/* overlayfs keeps the dentry of its writable layer right behind its inode, in every version so far. */
static __always_inline bool vd_is_upper_layer(struct inode *inode)
{
	void *upper = NULL;

	if (inode->i_sb->s_magic != VD_MAGIC_OVERLAY)
		return false;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper != NULL;
}

/* VD_FILE_*, 0 where there are no layers. */
static __always_inline u32 vd_layer_of(struct inode *inode, bool writes)
{
	if (inode->i_sb->s_magic != VD_MAGIC_OVERLAY)
		return 0;
	return writes || vd_is_upper_layer(inode) ? VD_FILE_UPPER_LAYER : VD_FILE_LOWER_LAYER;
}

static __always_inline bool vd_is_device(u32 mode)
{
	return (mode & VD_S_IFMT) == VD_S_IFBLK || (mode & VD_S_IFMT) == VD_S_IFCHR;
}

/* Everything of an object but its path; a name without an inode has only dev and magic. */
static __always_inline void vd_fill_object(struct vd_object *object, struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;
	struct inode *inode = dentry->d_inode;

	object->dev = sb->s_dev;
	object->fs_magic = sb->s_magic;
	if (!inode)
		return;
	object->ino = inode->i_ino;
	object->mode = inode->i_mode;
	object->uid = inode->i_uid.val;
	object->gid = inode->i_gid.val;
	if (vd_is_device(object->mode))
		object->rdev = inode->i_rdev;
}

/* A whole object. dentry may be a name that does not exist yet. */
static __always_inline void vd_put_object(struct vd_work *w, struct vd_object *object, struct vfsmount *mnt,
					  struct dentry *dentry)
{
	bool deleted = dentry->d_inode && !dentry->d_hash.pprev && dentry->d_parent != dentry;

	vd_fill_object(object, dentry);
	object->path = vd_put_path(w, mnt, dentry, deleted);
	object->mount_class = w->walk.mount_class;
}

static __always_inline void vd_put_path_object(struct vd_work *w, struct vd_object *object, const struct path *path)
{
	vd_put_object(w, object, path->mnt, path->dentry);
}

#endif
