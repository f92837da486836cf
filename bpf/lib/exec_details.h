/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What an exec tells besides, when a rule asks for it: where its standard input, output and error lead, and what the
 * process has to begin with. In the kernel, since a shell whose input is a socket may be gone before user space looks.
 */
#ifndef VEDETTE_LIB_EXEC_DETAILS_H
#define VEDETTE_LIB_EXEC_DETAILS_H

#include "vmlinux.h"

#include "process.h"
#include "socket.h"

#define VD_KB_PER_PAGE 4

static __always_inline struct file *vd_file_at(struct files_struct *files, u32 fd)
{
	struct fdtable *table = BPF_CORE_READ(files, fdt);
	struct file *file = NULL;

	if (!table || fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd);
	return file;
}

/* Its own name, or that of the one at the other end. */
static __always_inline struct vd_str vd_put_unix_end(struct vd_work *w, struct sock *sk)
{
	struct unix_sock *end = (void *)sk;
	struct unix_address *bound = BPF_CORE_READ(end, addr);

	if (!bound) {
		end = (void *)BPF_CORE_READ(end, peer);
		bound = BPF_CORE_READ(end, addr);
	}
	return bound ? vd_unix_name(w, &bound->name, BPF_CORE_READ(bound, len)) : (struct vd_str){};
}

static __always_inline void vd_put_stdio_socket(struct vd_work *w, struct vd_stdio *io, struct file *file)
{
	struct socket *sock = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(sock, sk);
	struct vd_ends ends = {io->local_addr, io->remote_addr, &io->local_port, &io->remote_port};

	if (!sk)
		return;
	io->family = vd_put_ends(&ends, sk);
	/* as of dup: who asked for no port has connected; an accepted socket has its listener's */
	io->role = vd_is_bound(sk) ? VD_ROLE_SERVER : VD_ROLE_CLIENT;
	if (io->family == VD_AF_UNIX)
		io->name = vd_put_unix_end(w, sk);
}

/* One descriptor of the task at w->subject. */
__weak int vd_put_stdio(u32 slot, u32 fd)
{
	struct vd_work *w = vd_work_at(slot);
	struct task_struct *task;
	struct vd_stdio *io;
	struct file *file;
	struct dentry *dentry;

	if (!w || fd >= VD_STDIO)
		return 0;
	task = (void *)w->subject;
	file = vd_file_at(BPF_CORE_READ(task, files), fd);
	if (!file)
		return 0;
	io = &VD_RECORD(w, struct vd_exec)->stdio[fd];
	io->mode = BPF_CORE_READ(file, f_inode, i_mode);
	if ((io->mode & VD_S_IFMT) == VD_S_IFSOCK) {
		vd_put_stdio_socket(w, io, file);
		return 0;
	}
	dentry = BPF_CORE_READ(file, f_path.dentry);
	io->name = vd_put_path(w, BPF_CORE_READ(file, f_path.mnt), dentry, false);
	return 0;
}

/* What is counted of the task at w->subject. */
__weak int vd_put_usage(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	struct task_struct *task, *reaper;
	struct pid_namespace *pid_ns;
	struct mm_struct *mm;
	struct vd_exec *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_exec);
	task = (void *)w->subject;
	pid_ns = vd_own_upid(BPF_CORE_READ(task, thread_pid)).ns;
	reaper = BPF_CORE_READ(pid_ns, child_reaper);
	r->pidns_start_ns = BPF_CORE_READ(reaper, start_boottime);
	r->fd_limit = BPF_CORE_READ(task, signal, rlim[VD_RLIMIT_NOFILE].rlim_cur);
	r->major_faults = BPF_CORE_READ(task, maj_flt);
	r->minor_faults = BPF_CORE_READ(task, min_flt);
	mm = BPF_CORE_READ(task, mm);
	r->vm_size_kb = BPF_CORE_READ(mm, total_vm) * VD_KB_PER_PAGE;
	r->vm_rss_kb = (VD_PAGES_OF(mm, VD_MM_FILEPAGES) + VD_PAGES_OF(mm, VD_MM_ANONPAGES) +
			VD_PAGES_OF(mm, VD_MM_SHMEMPAGES)) *
		       VD_KB_PER_PAGE;
	r->vm_swap_kb = VD_PAGES_OF(mm, VD_MM_SWAPENTS) * VD_KB_PER_PAGE;
	return 0;
}

/* Everything behind vd_exec.env_len. Functions of their own, one after the other: the stack of a chain is bounded. */
static __always_inline void vd_put_details(struct vd_work *w, struct vd_exec *r, struct task_struct *task)
{
	if (!vd_config.exec_details)
		return;
	r->exe_flags |= VD_EXE_HAS_DETAILS;
	w->subject = (u64)task;
	vd_put_usage(w->slot);
	vd_put_stdio(w->slot, 0);
	vd_put_stdio(w->slot, 1);
	vd_put_stdio(w->slot, 2);
}

#endif
