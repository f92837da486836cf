/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Files: opens, and changes of names, modes and owners. Objects come from the LSM hooks, where the kernel has resolved
 * them; the names that were passed are evidence only (lib/name.h). Every path_* hook sits in the VFS code that
 * all system calls of its kind and io_uring share.
 */
#include "lib/vedette.h"

#include "lib/former_name.h"
#include "lib/name.h"
#include "lib/prefilter.h"
#include "lib/self.h"

/* Opens that give the caller nothing: O_PATH; those of a stacked file system on the file below (FMODE_BACKING, and
 * FMODE_NOACCOUNT which overlayfs had alone before 6.5; a directory below by neither, but through a mount of its own);
 * and those the kernel makes to run a file, which are EXEC's. */
#define VD_FMODE_PATH 0x4000u
#define VD_FMODE_BACKING 0x1000000u
#define VD_FMODE_NOACCOUNT 0x20000000u
#define VD_FMODE_EXEC 0x20u /* in f_flags */

#define VD_O_CREAT 00000100u
#define VD_O_TMPFILE 020000000u
#define VD_AT_REMOVEDIR 0x200u

/* Opens */

struct vd_open_how {
	u64 flags, mode, resolve;
};

/* What only the caller's arguments tell: the directory descriptor and the mode to create with. */
static __always_inline void vd_open_arguments(struct vd_file_open *r, u32 nr)
{
	struct pt_regs *regs = vd_regs();
	struct vd_open_how how = {};
	u64 mode = 0;

	r->dirfd = VD_AT_FDCWD;
	switch (nr) {
	case VD_SYS_open:
		mode = regs->dx;
		break;
	case VD_SYS_creat:
		mode = regs->si;
		break;
	case VD_SYS_openat:
		r->dirfd = (s32)regs->di;
		mode = regs->r10;
		break;
	case VD_SYS_openat2:
		r->dirfd = (s32)regs->di;
		bpf_probe_read_user(&how, sizeof(how), (void *)regs->dx);
		mode = how.mode;
		break;
	case VD_SYS_open_by_handle_at:
		r->dirfd = (s32)regs->di;
		break;
	}
	if (r->open_flags & (VD_O_CREAT | VD_O_TMPFILE))
		r->create_mode = mode & 07777;
}

/* The name, as the kernel copied it for the look-up under way: it cannot change under us, and io_uring has one too.
 * Says besides whether the name, taken as text, is the file's path. */
static __always_inline void vd_put_open_name(struct vd_work *w, struct vd_file_open *r, u32 nr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct nameidata *lookup = task->nameidata;
	const char *name = lookup ? BPF_CORE_READ(lookup, name, name) : NULL;
	char first = 0;

	if (!name) { /* not opened by a name */
		r->nameraw = vd_put_user_string(w, vd_user_names(nr).first, vd_config.max_nameraw);
		return;
	}
	r->nameraw = vd_put_kernel_string(w, name, vd_config.max_nameraw);
	if (nr != VD_SYS_open_by_handle_at)
		r->dirfd = lookup->dfd;
	if (lookup->total_link_count)
		r->name_flags |= VD_NAME_LINK;
	if ((r->open_flags & VD_O_TMPFILE) == VD_O_TMPFILE)
		r->name_flags |= VD_NAME_NO_FILE;
	if (vd_is_chrooted(task))
		r->name_flags |= VD_NAME_CHROOT;
	bpf_probe_read_kernel(&first, 1, name);
	if ((r->name_flags & VD_NAME_ELSEWHERE) && first && first != '/')
		r->base = vd_put_base(w, r->dirfd);
}

/* What a stacked file system opens below itself is the caller's only where a mount has put it under another name: then
 * the names that it had count. The caller's identity is the real one: such a file system acts as who mounted it. */
static __always_inline int vd_open_below(struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct dentry *dentry = file->f_path.dentry;
	struct hlist_node *alias;
	struct vd_file_open *r;
	struct vd_work *w;

	if (!vd_has_names() || !vd_is_judged(VD_KIND_FILE_OPEN))
		return 0;
	if (dentry->d_inode != file->f_inode) { /* until 6.5 its path is that of the file above */
		if (!VD_HAS(struct dentry, d_u.d_alias))
			return 0;
		alias = BPF_CORE_READ(file, f_inode, i_dentry.first);
		if (!alias)
			return 0;
		dentry = (void *)((u64)alias - bpf_core_field_offset(struct dentry, d_u.d_alias));
	}
	w = vd_enter(VD_KIND_FILE_OPEN, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_file_open);
	w->walk.dentry = (u64)dentry;
	if (!vd_find_former_names(w->slot)) {
		vd_abandon(w);
		return 0;
	}
	r->open_flags = file->f_flags & VD_O_FLAGS;
	vd_fill_object(&r->file, file->f_path.dentry);
	vd_subject_scalar(w, VD_TABLE_FS_MAGIC, r->file.fs_magic);
	vd_subject_scalar(w, VD_TABLE_INO, r->file.ino);
	vd_subject_scalar(w, VD_TABLE_DEV, r->file.dev);
	vd_subject_scalar(w, VD_TABLE_FILE_TYPE, r->file.mode & VD_S_IFMT);
	vd_subject_scalar(w, VD_TABLE_OPEN_READ, !!(file->f_mode & VD_FMODE_READ));
	vd_subject_scalar(w, VD_TABLE_OPEN_WRITE, !!(file->f_mode & VD_FMODE_WRITE));
	vd_subject_scalar(w, VD_TABLE_UID, task->real_cred->euid.val);
	vd_subject_scalar(w, VD_TABLE_GID, task->real_cred->egid.val);
	vd_judge_aliases(w, VD_KIND_FILE_OPEN);
	if (!vd_is_refused(w)) {
		vd_abandon(w);
		return 0;
	}
	vd_tell_alias(w, &r->file);
	r->dirfd = VD_AT_FDCWD;
	w->deferrable = 0; /* the open above waits, and gets this one's result */
	return vd_leave(w);
}

SEC("lsm/file_open")
int BPF_PROG(vd_file_open, struct file *file, int ret)
{
	struct vd_work *w;
	struct vd_file_open *r;
	u32 mode = file->f_mode, flags = file->f_flags, nr;
	u64 tag = 0;

	if (ret)
		return ret;
	if (vd_config.self_opens && vd_self_minds_open(mode, flags) && vd_self_open(file, mode, flags))
		return -VD_EPERM;
	if ((mode & VD_FMODE_PATH) || (flags & VD_FMODE_EXEC))
		return 0;
	if (mode & (VD_FMODE_BACKING | VD_FMODE_NOACCOUNT))
		return vd_open_below(file);
	if (vd_config.prefilter) {
		tag = vd_open_tag(file, mode, flags);
		if (vd_passes(VD_KIND_FILE_OPEN, &tag))
			return 0;
	}
	if (vd_is_stacked_access(&file->f_path))
		return vd_open_below(file);
	w = vd_enter(VD_KIND_FILE_OPEN, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_file_open);
	nr = vd_native_syscall(&r->h);
	r->open_flags = flags & VD_O_FLAGS;
	r->name_flags = vd_layer_of(file->f_inode, mode & VD_FMODE_WRITE);
	vd_put_judged_object(w, &r->file, file->f_path.mnt, file->f_path.dentry, VD_KIND_FILE_OPEN, VD_TABLE_PATH);
	r->tag = vd_tell_tag(w, w->aliases || w->unplaced ? 0 : tag); /* a tag knows one path */
	vd_subject_object(w, &r->file);
	vd_subject_scalar(w, VD_TABLE_OPEN_READ, !!(mode & VD_FMODE_READ));
	vd_subject_scalar(w, VD_TABLE_OPEN_WRITE, !!(mode & VD_FMODE_WRITE));
	vd_judge(w, VD_KIND_FILE_OPEN);
	vd_tell_alias(w, &r->file);
	vd_open_arguments(r, nr);
	vd_put_open_name(w, r, nr);
	return vd_leave(w);
}

/* The flags that an open asks for, where there is no file to have them. */
static __always_inline u32 vd_asked_flags(u32 nr)
{
	struct pt_regs *regs = vd_regs();
	struct vd_open_how how = {};

	switch (nr) {
	case VD_SYS_open:
		return regs->si;
	case VD_SYS_openat:
		return regs->dx;
	case VD_SYS_creat:
		return VD_O_CREAT | 01001; /* as creat(2) says: O_CREAT | O_WRONLY | O_TRUNC */
	case VD_SYS_openat2:
		bpf_probe_read_user(&how, sizeof(how), (void *)regs->dx);
		return how.flags;
	default:
		return 0;
	}
}

/* open(O_CREAT) makes the file before file_open is asked, so a refusal there would leave an empty file behind. To make
 * it is to write, whatever the open asks for; no flag is trusted, as openat2's and io_uring's are not at hand. Only a
 * refusal is told: what passes here meets file_open. */
SEC("lsm/path_mknod")
int BPF_PROG(vd_open_creates, const struct path *dir, struct dentry *dentry, umode_t mode, unsigned int dev, int ret)
{
	u32 type = mode & VD_S_IFMT, nr;
	struct vd_work *w;
	struct vd_file_open *r;

	if (ret || (type && type != VD_S_IFREG))
		return ret;
	w = vd_enter(VD_KIND_FILE_OPEN, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_file_open);
	if (vd_is_type_of(VD_KIND_FILE_MKNOD, r->h.syscall_nr)) {
		vd_abandon(w);
		return 0;
	}
	nr = vd_native_syscall(&r->h);
	r->open_flags = (vd_asked_flags(nr) | VD_O_CREAT) & VD_O_FLAGS;
	r->name_flags = VD_FILE_MADE;
	vd_put_judged_object(w, &r->file, dir->mnt, dentry, VD_KIND_FILE_OPEN, VD_TABLE_PATH);
	vd_subject_object(w, &r->file);
	vd_subject_scalar(w, VD_TABLE_FILE_TYPE, VD_S_IFREG);
	vd_subject_scalar(w, VD_TABLE_OPEN_READ, 0);
	vd_subject_scalar(w, VD_TABLE_OPEN_WRITE, 1);
	vd_judge(w, VD_KIND_FILE_OPEN);
	if (!vd_is_refused(w)) {
		vd_abandon(w);
		return 0;
	}
	vd_tell_alias(w, &r->file);
	vd_open_arguments(r, nr);
	vd_put_open_name(w, r, nr);
	return vd_leave(w);
}

/* An open that failed before there was a file: nothing waits, so its end tells. */
__weak int vd_open_failed(u64 result)
{
	struct vd_work *w = vd_enter(VD_KIND_FILE_OPEN, sizeof(struct vd_file_open));
	struct vd_file_open *r;
	u64 name;
	u32 nr;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_file_open);
	nr = vd_native_syscall(&r->h);
	r->open_flags = vd_asked_flags(nr);
	vd_open_arguments(r, nr);
	name = vd_user_names(nr).first;
	r->nameraw = vd_put_user_string(w, name, vd_config.max_nameraw);
	r->name_flags = VD_NAME_NO_FILE;
	if (vd_user_name_is_relative(name))
		r->base = vd_put_base(w, r->dirfd);
	r->h.result = (s64)result;
	r->h.flags |= VD_F_RESULT;
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}

#define VD_OPEN_EXIT(name)                                                                                             \
	SEC("fexit/__x64_sys_" #name)                                                                                  \
	int BPF_PROG(vd_exit_##name, struct pt_regs *regs, long ret)                                                   \
	{                                                                                                              \
		if (!vd_finish(VD_SYS_##name, (u64)ret) && ret < 0 && vd_config.failed_opens)                          \
			vd_open_failed((u64)ret);                                                                      \
		return 0;                                                                                              \
	}

VD_OPEN_EXIT(openat)
VD_OPEN_EXIT(open)
VD_OPEN_EXIT(openat2)
VD_OPEN_EXIT(creat)
VD_OPEN_EXIT(open_by_handle_at)

/* Changes */

#define VD_UNCHANGED_ID 0xffffffffu
#define VD_RENAME_EXCHANGE 2u

/* Starts a vd_path_change; with what all have in common. */
static __always_inline struct vd_work *vd_enter_change(const u32 kind)
{
	struct vd_work *w = vd_enter(kind, sizeof(struct vd_path_change));
	struct vd_path_change *r;

	if (!w)
		return NULL;
	r = VD_RECORD(w, struct vd_path_change);
	r->uid = VD_UNCHANGED_ID;
	r->gid = VD_UNCHANGED_ID;
	return w;
}

/* Judges, adds the caller's names and sends. */
static __always_inline int vd_leave_change(struct vd_work *w, const u32 kind)
{
	struct vd_path_change *r = VD_RECORD(w, struct vd_path_change);
	struct vd_names names;

	vd_subject_object(w, &r->file);
	vd_subject_path(w, VD_TABLE_PATH_TO, r->to.path);
	vd_judge(w, kind);
	vd_tell_alias(w, &r->file);
	names = vd_user_names(vd_native_syscall(&r->h));
	r->nameraw = vd_put_user_string(w, names.first, vd_config.max_nameraw);
	r->nameraw_to = vd_put_user_string(w, names.second, vd_config.max_nameraw);
	if (vd_user_name_is_relative(names.first))
		r->base = vd_put_base(w, names.dir);
	if (vd_user_name_is_relative(names.second))
		r->base_to = vd_put_base(w, names.dir_second);
	return vd_leave(w);
}

SEC("lsm/path_unlink")
int BPF_PROG(vd_path_unlink, const struct path *dir, struct dentry *dentry, int ret)
{
	struct vd_work *w = ret ? NULL : vd_enter_change(VD_KIND_FILE_UNLINK);
	struct vd_path_change *r;

	if (!w)
		return ret;
	r = VD_RECORD(w, struct vd_path_change);
	vd_put_judged_object(w, &r->file, dir->mnt, dentry, VD_KIND_FILE_UNLINK, VD_TABLE_PATH);
	if (vd_native_syscall(&r->h) == VD_SYS_unlinkat)
		r->flags = vd_regs()->dx;
	return vd_leave_change(w, VD_KIND_FILE_UNLINK);
}

SEC("lsm/path_rmdir")
int BPF_PROG(vd_path_rmdir, const struct path *dir, struct dentry *dentry, int ret)
{
	struct vd_work *w = ret ? NULL : vd_enter_change(VD_KIND_FILE_UNLINK);
	struct vd_path_change *r;

	if (!w)
		return ret;
	r = VD_RECORD(w, struct vd_path_change);
	r->flags = VD_AT_REMOVEDIR;
	vd_put_judged_object(w, &r->file, dir->mnt, dentry, VD_KIND_FILE_UNLINK, VD_TABLE_PATH);
	return vd_leave_change(w, VD_KIND_FILE_UNLINK);
}

SEC("lsm/path_rename")
int BPF_PROG(vd_path_rename, const struct path *old_dir, struct dentry *old_dentry, const struct path *new_dir,
	     struct dentry *new_dentry, unsigned int flags, int ret)
{
	struct vd_work *w = ret ? NULL : vd_enter_change(VD_KIND_FILE_RENAME);
	struct vd_path_change *r;

	if (!w)
		return ret;
	r = VD_RECORD(w, struct vd_path_change);
	r->flags = flags;
	w->exchanged = !!(flags & VD_RENAME_EXCHANGE);
	vd_put_judged_object(w, &r->file, old_dir->mnt, old_dentry, VD_KIND_FILE_RENAME, VD_TABLE_PATH);
	vd_put_judged_object(w, &r->to, new_dir->mnt, new_dentry, VD_KIND_FILE_RENAME, VD_TABLE_PATH_TO);
	return vd_leave_change(w, VD_KIND_FILE_RENAME);
}

/* The kernel makes hard links within one mount only: new_dir's is old_dentry's too. */
SEC("lsm/path_link")
int BPF_PROG(vd_path_link, struct dentry *old_dentry, const struct path *new_dir, struct dentry *new_dentry, int ret)
{
	struct vd_work *w = ret ? NULL : vd_enter_change(VD_KIND_FILE_LINK);
	struct vd_path_change *r;

	if (!w)
		return ret;
	r = VD_RECORD(w, struct vd_path_change);
	if (vd_native_syscall(&r->h) == VD_SYS_linkat)
		r->flags = vd_regs()->r8;
	vd_put_judged_object(w, &r->file, new_dir->mnt, old_dentry, VD_KIND_FILE_LINK, VD_TABLE_PATH);
	vd_put_judged_object(w, &r->to, new_dir->mnt, new_dentry, VD_KIND_FILE_LINK, VD_TABLE_PATH_TO);
	return vd_leave_change(w, VD_KIND_FILE_LINK);
}

SEC("lsm/path_symlink")
int BPF_PROG(vd_path_symlink, const struct path *dir, struct dentry *dentry, const char *old_name, int ret)
{
	struct vd_work *w = ret ? NULL : vd_enter_change(VD_KIND_FILE_SYMLINK);
	struct vd_path_change *r;

	if (!w)
		return ret;
	r = VD_RECORD(w, struct vd_path_change);
	vd_put_judged_object(w, &r->file, dir->mnt, dentry, VD_KIND_FILE_SYMLINK, VD_TABLE_PATH);
	r->target = vd_put_kernel_string(w, old_name, VD_MAX_PATH);
	return vd_leave_change(w, VD_KIND_FILE_SYMLINK);
}

SEC("lsm/path_chmod")
int BPF_PROG(vd_path_chmod, const struct path *path, umode_t mode, int ret)
{
	struct vd_work *w = ret ? NULL : vd_enter_change(VD_KIND_FILE_CHMOD);
	struct vd_path_change *r;

	if (!w)
		return ret;
	r = VD_RECORD(w, struct vd_path_change);
	r->mode = mode & 07777;
	w->bits = r->mode;
	vd_put_judged_object(w, &r->file, path->mnt, path->dentry, VD_KIND_FILE_CHMOD, VD_TABLE_PATH);
	return vd_leave_change(w, VD_KIND_FILE_CHMOD);
}

/* uid and gid are structs of one u32 each: a register each. */
SEC("lsm/path_chown")
int BPF_PROG(vd_path_chown, const struct path *path, unsigned int uid, unsigned int gid, int ret)
{
	struct vd_work *w = ret ? NULL : vd_enter_change(VD_KIND_FILE_CHOWN);
	struct vd_path_change *r;

	if (!w)
		return ret;
	r = VD_RECORD(w, struct vd_path_change);
	r->uid = uid;
	r->gid = gid;
	vd_put_judged_object(w, &r->file, path->mnt, path->dentry, VD_KIND_FILE_CHOWN, VD_TABLE_PATH);
	return vd_leave_change(w, VD_KIND_FILE_CHOWN);
}

/* The number a caller passes to mknod, as the kernel keeps it. */
static __always_inline u32 vd_kernel_dev(u32 dev)
{
	return ((dev & 0xfff00) >> 8) << 20 | (dev & 0xff) | (dev >> 12 & 0xfff00);
}

/* Also called when open(O_CREAT) makes a regular file: that is vd_open_creates' business. */
SEC("lsm/path_mknod")
int BPF_PROG(vd_path_mknod, const struct path *dir, struct dentry *dentry, umode_t mode, unsigned int dev, int ret)
{
	u32 type = mode & VD_S_IFMT;
	struct vd_work *w;
	struct vd_path_change *r;

	if (ret)
		return ret;
	w = vd_enter_change(VD_KIND_FILE_MKNOD);
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_path_change);
	if ((!type || type == VD_S_IFREG) && !vd_is_type_of(VD_KIND_FILE_MKNOD, r->h.syscall_nr)) {
		vd_abandon(w);
		return 0;
	}
	if (!type)
		type = VD_S_IFREG;
	r->mode = mode;
	if (vd_is_device(mode))
		r->dev = vd_kernel_dev(dev);
	vd_put_judged_object(w, &r->file, dir->mnt, dentry, VD_KIND_FILE_MKNOD, VD_TABLE_PATH);
	vd_subject_scalar(w, VD_TABLE_FILE_TYPE, type);
	return vd_leave_change(w, VD_KIND_FILE_MKNOD);
}

/* Every directory that is about to be made, also by io_uring; not where the name is taken: then there is nothing to do.
 */
SEC("lsm/path_mkdir")
int BPF_PROG(vd_path_mkdir, const struct path *dir, struct dentry *dentry, umode_t mode, int ret)
{
	struct vd_work *w = ret ? NULL : vd_enter_change(VD_KIND_FILE_MKDIR);
	struct vd_path_change *r;

	if (!w)
		return ret;
	r = VD_RECORD(w, struct vd_path_change);
	r->mode = mode & 07777;
	vd_put_judged_object(w, &r->file, dir->mnt, dentry, VD_KIND_FILE_MKDIR, VD_TABLE_PATH);
	return vd_leave_change(w, VD_KIND_FILE_MKDIR);
}

SEC("lsm/path_chroot")
int BPF_PROG(vd_path_chroot, const struct path *path, int ret)
{
	struct vd_work *w = ret ? NULL : vd_enter_change(VD_KIND_CHROOT);
	struct vd_path_change *r;

	if (!w)
		return ret;
	r = VD_RECORD(w, struct vd_path_change);
	vd_put_judged_object(w, &r->file, path->mnt, path->dentry, VD_KIND_CHROOT, VD_TABLE_PATH);
	return vd_leave_change(w, VD_KIND_CHROOT);
}

VD_SYSCALL_EXIT(unlinkat)
VD_SYSCALL_EXIT(unlink)
VD_SYSCALL_EXIT(rmdir)
VD_SYSCALL_EXIT(renameat2)
VD_SYSCALL_EXIT(rename)
VD_SYSCALL_EXIT(renameat)
VD_SYSCALL_EXIT(linkat)
VD_SYSCALL_EXIT(link)
VD_SYSCALL_EXIT(symlinkat)
VD_SYSCALL_EXIT(symlink)
VD_SYSCALL_EXIT(fchmodat)
VD_SYSCALL_EXIT(chmod)
VD_SYSCALL_EXIT(fchmod)
VD_SYSCALL_EXIT(fchmodat2)
VD_SYSCALL_EXIT(fchownat)
VD_SYSCALL_EXIT(chown)
VD_SYSCALL_EXIT(lchown)
VD_SYSCALL_EXIT(fchown)
VD_SYSCALL_EXIT(mknodat)
VD_SYSCALL_EXIT(mknod)
VD_SYSCALL_EXIT(mkdirat)
VD_SYSCALL_EXIT(mkdir)
VD_SYSCALL_EXIT(chroot)
