/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What is changed of a file that is there: its length, its extended attributes, its times. (Modes and owners: file.bpf.c.)
 *
 * The hooks of attributes and times are told of an inode, not by which mount it was reached, and that is what its path
 * depends on. All who get there have asked for write access to the mount just before (mnt_want_write), so that is noted.
 *
 * LSM programs here do not look at the previous program's return value: their trampoline (as that of fmod_ret) stops
 * at the first one that is not 0, so it is always 0.
 */
#include "lib/vedette.h"

#include "lib/call.h"

/* Judges, adds what was passed, and sends. */
static __always_inline int vd_leave_file_call(struct vd_work *w, const u32 kind)
{
	struct vd_file_call *r = VD_RECORD(w, struct vd_file_call);

	vd_subject_object(w, &r->file);
	vd_judge(w, kind);
	vd_tell_alias(w, &r->file);
	vd_put_call(w, kind);
	vd_put_file_name(w, r);
	return vd_leave(w);
}

/* Lengths */

/* open(O_TRUNC) comes here, too, in the middle of its look-up; it has been judged as an open for writing. */
static __always_inline int vd_truncates(const struct path *path)
{
	struct vd_work *w;

	if (bpf_get_current_task_btf()->nameidata || vd_is_stacked_access(path))
		return 0;
	w = vd_enter(VD_KIND_FILE_TRUNCATE, sizeof(struct vd_file_call));
	if (!w)
		return 0;
	vd_put_judged_object(w, &VD_RECORD(w, struct vd_file_call)->file, path->mnt, path->dentry,
			     VD_KIND_FILE_TRUNCATE, VD_TABLE_PATH);
	return vd_leave_file_call(w, VD_KIND_FILE_TRUNCATE);
}

/* Every truncate(2), before 6.2 every ftruncate(2), too. Not fallocate(2), which needs a file that was opened for writing. */
SEC("lsm/path_truncate")
int BPF_PROG(vd_path_truncate, const struct path *path)
{
	return vd_truncates(path);
}

/* Every ftruncate(2) and IORING_OP_FTRUNCATE. */
SEC("lsm/file_truncate")
int BPF_PROG(vd_file_truncate, struct file *file)
{
	return vd_truncates(&file->f_path);
}

/* The mount */

/* Whether the operation under way may be one of the kind: a call of it, io_uring, or a 32-bit call that has no number here.
 * Others reach these hooks from within, as when overlayfs copies a file up. */
static __always_inline bool vd_may_be(const u32 kind, const struct vd_header *origin)
{
	if (vd_is_type_of(kind, origin->syscall_nr))
		return true;
	return origin->via == VD_VIA_IO_URING ||
	       (origin->via == VD_VIA_SYSCALL && origin->syscall_nr == VD_NO_SYSCALL);
}

static __always_inline void vd_note_mount(struct vfsmount *mnt)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_header origin = {};
	u64 *noted;

	vd_fill_origin(&origin, task);
	if (!vd_may_be(VD_KIND_FILE_XATTR, &origin) && !vd_may_be(VD_KIND_FILE_TIMES, &origin))
		return;
	if (vd_is_stacked_mount(mnt)) /* the one that was asked for stays */
		return;
	noted = bpf_task_storage_get(&vd_written_mounts, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (noted)
		*noted = (u64)mnt;
}

SEC("fentry/mnt_want_write")
int BPF_PROG(vd_want_write, struct vfsmount *mnt)
{
	vd_note_mount(mnt);
	return 0;
}

SEC("fentry/mnt_want_write_file")
int BPF_PROG(vd_want_write_file, struct file *file)
{
	vd_note_mount(file->f_path.mnt);
	return 0;
}

/* In their place where the kernel skips programs, see abi/probes.def. */
SEC("kprobe.multi")
int vd_probe_want_write(struct pt_regs *ctx)
{
	vd_note_mount((struct vfsmount *)ctx->di);
	return 0;
}

SEC("kprobe.multi")
int vd_probe_want_write_file(struct pt_regs *ctx)
{
	vd_note_mount(BPF_CORE_READ((struct file *)ctx->di, f_path.mnt));
	return 0;
}

/* Starts a record about the inode of a dentry. NULL also where a stacked file system reaches for the file below: its mount is
 * not the one that was asked for. Without a mount (there was no memory to note it) the path is not known. */
static __always_inline struct vd_work *vd_enter_inode(const u32 kind, struct dentry *dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_header origin = {};
	struct vfsmount *mnt;
	struct vd_file_call *r;
	struct vd_work *w;
	u64 *noted;

	vd_fill_origin(&origin, task);
	if (!vd_may_be(kind, &origin))
		return NULL;
	noted = bpf_task_storage_get(&vd_written_mounts, task, 0, 0);
	mnt = noted ? (struct vfsmount *)*noted : NULL;
	if (mnt && (u64)BPF_CORE_READ(mnt, mnt_sb) != (u64)dentry->d_sb)
		return NULL;
	w = vd_enter(kind, sizeof(struct vd_file_call));
	if (!w)
		return NULL;
	r = VD_RECORD(w, struct vd_file_call);
	if (mnt) {
		vd_put_judged_object(w, &r->file, mnt, dentry, kind, VD_TABLE_PATH);
	} else {
		vd_fill_object(&r->file, dentry);
		r->call.h.flags |= VD_F_READ_FAILED;
		w->unresolved |= VD_UNRESOLVED_PATH;
	}
	return w;
}

/* Extended attributes */

static __always_inline int vd_changes_xattr(struct dentry *dentry, const char *name)
{
	struct vd_work *w = vd_enter_inode(VD_KIND_FILE_XATTR, dentry);
	struct vd_file_call *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_file_call);
	r->name = vd_put_kernel_string(w, name, VD_NAME_MAX);
	vd_subject_string(w, VD_TABLE_NAME, r->name);
	return vd_leave_file_call(w, VD_KIND_FILE_XATTR);
}

/* Every setxattr of user space, also io_uring's. Before the kernel's own checks of the name. */
SEC("lsm/inode_setxattr")
int BPF_PROG(vd_inode_setxattr, void *idmap, struct dentry *dentry, const char *name)
{
	return vd_changes_xattr(dentry, name);
}

SEC("lsm/inode_removexattr")
int BPF_PROG(vd_inode_removexattr, void *idmap, struct dentry *dentry, const char *name)
{
	return vd_changes_xattr(dentry, name);
}

/* system.posix_acl_access and _default, by the same system calls. */
SEC("lsm/inode_set_acl")
int BPF_PROG(vd_inode_set_acl, void *idmap, struct dentry *dentry, const char *name)
{
	return vd_changes_xattr(dentry, name);
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(vd_inode_remove_acl, void *idmap, struct dentry *dentry, const char *name)
{
	return vd_changes_xattr(dentry, name);
}

/* Times */

#define VD_ATTR_TIMES (1u << 4 | 1u << 5 | 1u << 7 | 1u << 8) /* ATTR_ATIME, ATTR_MTIME, and both _SET */

static __always_inline int vd_sets_times(struct dentry *dentry, struct iattr *attr)
{
	struct vd_work *w;

	if (!(BPF_CORE_READ(attr, ia_valid) & VD_ATTR_TIMES))
		return 0;
	w = vd_enter_inode(VD_KIND_FILE_TIMES, dentry);
	return w ? vd_leave_file_call(w, VD_KIND_FILE_TIMES) : 0;
}

/* Every change of an inode's attributes; only those that set times are looked at. The hook has an argument more from 6.9
 * (314a8dc728d0), as security_inode_setattr() always had. */
SEC("lsm/inode_setattr")
int BPF_PROG(vd_inode_setattr, void *first, void *second, void *third)
{
	if (vd_config.modify_return || LINUX_KERNEL_VERSION >= (6 << 16) + (9 << 8))
		return vd_sets_times(second, third);
	return vd_sets_times(first, second);
}
