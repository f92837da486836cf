/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Mounts, by mount(2) and by the new mount API (fsopen, fsconfig, fsmount, move_mount). mount_setattr changes only
 * flags of a mount and has no hook.
 *
 * LSM programs here do not look at the previous program's return value: their trampoline (as that of fmod_ret) stops
 * at the first one that is not 0, so it is always 0.
 */
#include "lib/vedette.h"

#include "lib/arg.h"
#include "lib/former_name.h"
#include "lib/waiting.h"

#define VD_MS_BIND 4096
#define VD_MS_MOVE 8192
#define VD_MS_OF_SB 0x02008cdfu /* of a super block's flags those that are MS_* */

static __always_inline void vd_subject_mount(struct vd_work *w, struct vd_mount *r)
{
	vd_subject_object(w, &r->target);
	vd_subject_string(w, VD_TABLE_MOUNT_SOURCE, r->source);
	vd_subject_string(w, VD_TABLE_FSTYPE, r->fstype);
	w->bits = r->flags;
}

/* What a mount is of: the name of the device it was made with, and the type. */
static __always_inline void vd_put_mounted(struct vd_work *w, struct vd_mount *r, struct vfsmount *mnt)
{
	struct mount *mount = (void *)vd_mount_of((u64)mnt);

	r->source = vd_put_kernel_string(w, BPF_CORE_READ(mount, mnt_devname), VD_MAX_PATH);
	r->fstype = vd_put_kernel_string(w, BPF_CORE_READ(mnt, mnt_sb, s_type, name), VD_MAX_FSTYPE);
}

/* Every mount(2): new, bind, move, remount, change of propagation. dev_name and type are the kernel's copies; what a
 * bind or move is of is not looked up yet (see vd_kern_path). */
SEC("lsm/sb_mount")
int BPF_PROG(vd_sb_mount, const char *dev_name, const struct path *path, const char *type, unsigned long flags,
	     void *data)
{
	struct vd_work *w = vd_enter(VD_KIND_MOUNT, sizeof(struct vd_mount));
	struct vd_mount *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_mount);
	r->flags = flags;
	vd_put_path_object(w, &r->target, path);
	r->source = vd_put_kernel_string(w, dev_name, VD_MAX_PATH);
	r->fstype = vd_put_kernel_string(w, type, VD_MAX_FSTYPE);
	vd_subject_mount(w, r);
	vd_judge(w, VD_KIND_MOUNT);
	return vd_leave(w);
}

/* Names that are kept of what gets another one: see lib/former_name.h. What mount(2) and fsconfig(2) look up by name in
 * the kernel are sources of binds and moves, and layers of overlays; LSM hooks come before or not at all. */

#define VD_SYS_open_tree 428
#define VD_SYS_open_tree_attr 467
#define VD_IA32_mount 21

static __always_inline u32 vd_entered_call(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 nr = vd_regs()->orig_ax & ~VD_X32_BIT;

	if (task->thread_info.status & VD_TS_COMPAT)
		return nr == VD_IA32_mount ? VD_SYS_mount : nr < VD_SYS_open_tree ? VD_NO_SYSCALL : nr;
	return nr;
}

SEC("fexit/kern_path")
int BPF_PROG(vd_names_kern_path, const char *name, unsigned int flags, struct path *path, int ret)
{
	u32 nr;

	if (ret)
		return 0;
	nr = vd_entered_call();
	if (nr == VD_SYS_mount || nr == VD_SYS_fsconfig)
		vd_another_name((u64)path->mnt, (u64)path->dentry);
	return 0;
}

/* open_tree: what looks its name up is another function in each kernel, but a clone is made by this one. Without
 * OPEN_TREE_CLONE it is an open of a path, and what is moved from there passes a hook. */
SEC("fexit/clone_mnt")
int BPF_PROG(vd_names_clone, struct mount *old, struct dentry *root, int flag, struct mount *clone)
{
	struct vd_unmounted_key key;
	u32 nr = vd_entered_call();

	vd_unmounted_key_of(&key, (u64)clone, (u64)root);
	bpf_map_delete_elem(&vd_unmounted, &key); /* of an error: there is none */
	if (nr == VD_SYS_open_tree || nr == VD_SYS_open_tree_attr)
		vd_another_name((u64)&old->mnt, (u64)root);
	return 0;
}

/* A layer given as a descriptor. */
SEC("fexit/vfs_parse_fs_param")
int BPF_PROG(vd_names_parameter, struct fs_context *fc, struct fs_parameter *param, int ret)
{
	if (ret || BPF_CORE_READ_BITFIELD_PROBED(param, type) != fs_value_is_file)
		return 0;
	vd_another_name((u64)BPF_CORE_READ(param, file, f_path.mnt), (u64)BPF_CORE_READ(param, file, f_path.dentry));
	return 0;
}

SEC("lsm/sb_mount")
int BPF_PROG(vd_names_mount, const char *dev_name, const struct path *path, const char *type, unsigned long flags,
	     void *data)
{
	bool refused = vd_may_not_mount();

	VD_OPAQUE(refused);
	if (refused)
		return -VD_EPERM;
	return 0;
}

SEC("lsm/move_mount")
int BPF_PROG(vd_names_move_mount, const struct path *from, const struct path *to)
{
	bool refused = vd_may_not_mount();

	VD_OPAQUE(refused);
	if (refused)
		return -VD_EPERM;
	vd_another_name((u64)from->mnt, (u64)from->dentry);
	return 0;
}

SEC("lsm/sb_umount")
int BPF_PROG(vd_names_umount, struct vfsmount *mnt, int flags)
{
	vd_keep_mount_point(mnt);
	return 0;
}

/* The former root goes to put_old, and what lies at new_root begins there. */
SEC("lsm/sb_pivotroot")
int BPF_PROG(vd_names_pivot_root, const struct path *put_old, const struct path *new_root)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;

	vd_another_name((u64)new_root->mnt, (u64)new_root->dentry);
	vd_another_name((u64)fs->root.mnt, (u64)fs->root.dentry);
	return 0;
}

/* The source of a bind or move: the first path that mount(2) looks up after its hook. */
SEC("fexit/kern_path")
int BPF_PROG(vd_kern_path, const char *name, unsigned int flags, struct path *path, int ret)
{
	struct vd_work *w;
	struct vd_mount *r;

	if (ret)
		return 0;
	w = vd_resume(VD_SYS_mount);
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_mount);
	if ((r->flags & (VD_MS_BIND | VD_MS_MOVE)) && !r->source_file.dev)
		vd_put_path_object(w, &r->source_file, path);
	vd_send(w->slot);
	return 0;
}

VD_SYSCALL_EXIT(mount)

/* Every unmount that a system call asks for. Not those that follow by themselves: what lies below a lazily unmounted
 * tree, a mount namespace that ends. */
SEC("lsm/sb_umount")
int BPF_PROG(vd_sb_umount, struct vfsmount *mnt, int flags)
{
	struct vd_work *w = vd_enter(VD_KIND_UMOUNT, sizeof(struct vd_mount));
	struct vd_mount *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_mount);
	r->flags = flags;
	vd_put_object(w, &r->target, mnt, mnt->mnt_root);
	vd_put_mounted(w, r, mnt);
	vd_subject_mount(w, r);
	vd_judge(w, VD_KIND_UMOUNT);
	return vd_leave(w);
}

VD_SYSCALL_EXIT_AS(umount2, umount)

/* Every move_mount(2): also the last step of open_tree, the new API's bind mount. */
SEC("lsm/move_mount")
int BPF_PROG(vd_move_mount, const struct path *from, const struct path *to)
{
	struct vd_work *w = vd_enter(VD_KIND_MOVE_MOUNT, sizeof(struct vd_mount));
	struct vd_mount *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_mount);
	r->flags = vd_arg(4);
	vd_put_path_object(w, &r->source_file, from);
	vd_put_path_object(w, &r->target, to);
	vd_put_mounted(w, r, from->mnt);
	vd_subject_mount(w, r);
	vd_judge(w, VD_KIND_MOVE_MOUNT);
	return vd_leave(w);
}

VD_SYSCALL_EXIT(move_mount)

SEC("lsm/sb_pivotroot")
int BPF_PROG(vd_sb_pivotroot, const struct path *put_old, const struct path *new_root)
{
	struct vd_work *w = vd_enter(VD_KIND_PIVOT_ROOT, sizeof(struct vd_mount));
	struct vd_mount *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_mount);
	vd_put_path_object(w, &r->source_file, new_root);
	vd_put_path_object(w, &r->target, put_old);
	vd_subject_mount(w, r);
	vd_judge(w, VD_KIND_PIVOT_ROOT);
	return vd_leave(w);
}

VD_SYSCALL_EXIT(pivot_root)

/* The new mount API. Its file system context has the source, which the hook's super block has not: it is noted when
 * the tree has been got, just before the hook. */

#define VD_FS_CONTEXTS 64

struct vd_fs_context {
	u64 context;
	u64 sb;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VD_FS_CONTEXTS);
	__type(key, u32);
	__type(value, struct vd_fs_context);
} vd_fs_contexts SEC(".maps");

static __always_inline struct vd_fs_context *vd_fs_context_slot(void)
{
	u32 key = (u32)bpf_get_current_pid_tgid() & (VD_FS_CONTEXTS - 1);

	return bpf_map_lookup_elem(&vd_fs_contexts, &key);
}

SEC("fexit/vfs_get_tree")
int BPF_PROG(vd_vfs_get_tree, struct fs_context *fc, int ret)
{
	struct vd_fs_context *slot = vd_fs_context_slot();

	if (ret || !slot)
		return 0;
	slot->context = (u64)fc;
	slot->sb = (u64)fc->root->d_sb;
	return 0;
}

static __always_inline const char *vd_source_of(struct super_block *sb)
{
	struct vd_fs_context *slot = vd_fs_context_slot();
	struct fs_context *fc;

	if (!slot || slot->sb != (u64)sb)
		return NULL;
	fc = (void *)slot->context;
	return BPF_CORE_READ(fc, source);
}

/* Every file system that fsconfig(2) sets up. mount(2) comes here too, and is left to its own hook. */
SEC("lsm/sb_kern_mount")
int BPF_PROG(vd_sb_kern_mount, struct super_block *sb)
{
	struct vd_work *w = vd_enter(VD_KIND_FS_CREATE, sizeof(struct vd_mount));
	struct vd_mount *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_mount);
	if (r->h.syscall_nr != VD_SYS_fsconfig) {
		vd_abandon(w);
		return 0;
	}
	r->flags = sb->s_flags & VD_MS_OF_SB;
	r->source = vd_put_kernel_string(w, vd_source_of(sb), VD_MAX_PATH);
	r->fstype = vd_put_kernel_string(w, BPF_CORE_READ(sb, s_type, name), VD_MAX_FSTYPE);
	vd_subject_string(w, VD_TABLE_MOUNT_SOURCE, r->source);
	vd_subject_string(w, VD_TABLE_FSTYPE, r->fstype);
	vd_subject_scalar(w, VD_TABLE_FS_MAGIC, sb->s_magic);
	vd_judge(w, VD_KIND_FS_CREATE);
	return vd_leave(w);
}

VD_SYSCALL_EXIT(fsconfig)

/* fsmount(2) makes a mount, not yet anywhere, of what fsconfig set up. There is no hook; a verdict comes before it or
 * after it, in move_mount. */
SEC("fexit/__x64_sys_fsmount")
int BPF_PROG(vd_fsmount, struct pt_regs *regs, long ret)
{
	struct vd_work *w;
	struct vd_mount *r;
	struct file *file;

	if (!vd_event_wanted(VD_KIND_FS_CREATE))
		return 0;
	w = vd_enter(VD_KIND_FS_CREATE, sizeof(struct vd_mount));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_mount);
	r->h.result = ret;
	r->h.flags |= VD_F_RESULT;
	r->flags = regs->dx; /* MOUNT_ATTR_* */
	file = ret >= 0 ? vd_file_of(ret) : NULL;
	if (file)
		vd_put_mounted(w, r, BPF_CORE_READ(file, f_path.mnt));
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}
