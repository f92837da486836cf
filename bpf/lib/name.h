/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The names that a call was given, and where relative ones start. They are what was asked for, beside the object that
 * the kernel found: evidence, never the basis of a verdict. User space makes Falco's fd.name and fs.path.* of them
 * (sensor/event/asked_path).
 */
#ifndef VEDETTE_LIB_NAME_H
#define VEDETTE_LIB_NAME_H

#include "vmlinux.h"

#include "arg.h"
#include "path.h"

#define VD_AT_FDCWD -100
#define VD_ROOT_MOUNTS 8 /* mounts one upon the other at a root; more are taken for a chroot */

/* first: the one that is changed, second: rename's and link's new one, 0: none; and their directory descriptors. */
struct vd_names {
	u64 first, second;
	s32 dir, dir_second;
};

static __always_inline struct vd_names vd_user_names(u32 nr)
{
	struct pt_regs *regs = vd_regs();
	struct vd_names names = {.dir = VD_AT_FDCWD, .dir_second = VD_AT_FDCWD};

	switch (nr) {
	case VD_SYS_open:
	case VD_SYS_creat:
	case VD_SYS_unlink:
	case VD_SYS_rmdir:
	case VD_SYS_chmod:
	case VD_SYS_chown:
	case VD_SYS_lchown:
	case VD_SYS_mknod:
	case VD_SYS_mkdir:
	case VD_SYS_chroot:
	case VD_SYS_truncate:
	case VD_SYS_setxattr:
	case VD_SYS_lsetxattr:
	case VD_SYS_removexattr:
	case VD_SYS_lremovexattr:
	case VD_SYS_utime:
	case VD_SYS_utimes:
		names.first = regs->di;
		break;
	case VD_SYS_openat:
	case VD_SYS_openat2:
	case VD_SYS_unlinkat:
	case VD_SYS_fchmodat:
	case VD_SYS_fchmodat2:
	case VD_SYS_fchownat:
	case VD_SYS_mknodat:
	case VD_SYS_mkdirat:
	case VD_SYS_setxattrat:
	case VD_SYS_removexattrat:
	case VD_SYS_utimensat:
	case VD_SYS_futimesat:
		names.dir = regs->di;
		names.first = regs->si;
		break;
	case VD_SYS_rename:
	case VD_SYS_link:
		names.first = regs->di;
		names.second = regs->si;
		break;
	case VD_SYS_renameat:
	case VD_SYS_renameat2:
	case VD_SYS_linkat:
		names.dir = regs->di;
		names.first = regs->si;
		names.dir_second = regs->dx;
		names.second = regs->r10;
		break;
	case VD_SYS_symlink: /* first is its text */
		names.first = regs->si;
		break;
	case VD_SYS_symlinkat:
		names.dir = regs->si;
		names.first = regs->dx;
		break;
	}
	return names;
}

/* The number whose registers can be trusted to hold x86-64 arguments, or VD_NO_SYSCALL. */
static __always_inline u32 vd_native_syscall(const struct vd_header *h)
{
	return h->via == VD_VIA_SYSCALL && !(h->flags & VD_F_COMPAT) ? h->syscall_nr : VD_NO_SYSCALL;
}

/* Whether "/" means something else to the task than the root of its mount namespace. */
static __always_inline bool vd_is_chrooted(struct task_struct *task)
{
	struct fs_struct *fs = task->fs;
	u64 dentry = (u64)BPF_CORE_READ(fs, root.dentry), at = vd_mount_of((u64)BPF_CORE_READ(fs, root.mnt));

	for (u32 i = 0; i < VD_ROOT_MOUNTS; i++) {
		struct mount *mount = (void *)at;
		u64 parent = (u64)BPF_CORE_READ(mount, mnt_parent);

		if (dentry != (u64)BPF_CORE_READ(mount, mnt.mnt_root))
			return true;
		if (parent == at)
			return false;
		dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
		at = parent;
	}
	return true;
}

static __always_inline bool vd_user_name_is_relative(u64 name)
{
	char first = 0;

	return name && !bpf_probe_read_user(&first, 1, (void *)name) && first && first != '/';
}

/* The directory that names relative to a descriptor start from, as it is now. */
static __always_inline struct vd_str vd_put_base(struct vd_work *w, s32 dir)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;
	struct file *file;

	if (dir == VD_AT_FDCWD)
		return vd_put_path(w, BPF_CORE_READ(fs, pwd.mnt), BPF_CORE_READ(fs, pwd.dentry), false);
	file = vd_file_of(dir);
	if (!file)
		return (struct vd_str){};
	return vd_put_path(w, BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry), false);
}

#endif
