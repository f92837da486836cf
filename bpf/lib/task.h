/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Who acts: the state of a process (kept on its group leader, so its threads share it) and the header of a record.
 *
 * A process is in a container when, at an exec, its mount namespace was not the host's and its root directory was
 * not the host's root either. Its descendants inherit that for good: entering the host's namespaces does not take it
 * off. So a runtime's own set-up process, which changes its root and then execs the container's program, is not in it
 * yet.
 */
#ifndef VEDETTE_LIB_TASK_H
#define VEDETTE_LIB_TASK_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "core_compat.h"
#include "maps.h"
#include "syscalls.h"

#define VD_PF_EXITING 0x00000004u
#define VD_PF_IO_WORKER 0x00000010u /* io_uring's workers and its SQPOLL thread */
#define VD_PF_KTHREAD 0x00200000u
#define VD_TS_COMPAT 0x0002u
#define VD_X32_BIT 0x40000000u

/* The state of a task's process; NULL when it is not known (started before us and not seeded yet). */
static __always_inline struct vd_task_state *vd_state_of(struct task_struct *task)
{
	return bpf_task_storage_get(&vd_tasks, task->group_leader, 0, 0);
}

static __always_inline struct vd_task_state *vd_current_state(void)
{
	return vd_state_of(bpf_get_current_task_btf());
}

/* A new identity for a process image. */
static __always_inline u64 vd_new_exec_id(void)
{
	return __sync_fetch_and_add(&vd_next_exec_id, 1);
}

/* Its number alone would do only as long as it runs: these programs may outlive it, and numbers are used again. */
static __always_inline bool vd_is_agent(struct task_struct *task)
{
	return vd_config.agent_tgid && (u32)task->tgid == vd_config.agent_tgid &&
	       task->group_leader->start_boottime == vd_agent_start_ns;
}

/* The program that supervises everything, kernel threads and the agent are never refused anything. */
static __always_inline bool vd_is_exempt(struct task_struct *task)
{
	return task->tgid == 1 || (task->flags & VD_PF_KTHREAD) || vd_is_agent(task);
}

static __always_inline bool vd_root_is_hosts(struct task_struct *task)
{
	struct dentry *root = task->fs->root.dentry;

	if (vd_host_root_dentry && vd_host_root_dentry == (u64)root)
		return true;
	return root->d_sb->s_dev == vd_config.host_root_dev && root->d_inode->i_ino == vd_config.host_root_ino;
}

/* Whether an exec of this task makes its process a container's. */
static __always_inline bool vd_outside_host(struct task_struct *task)
{
	if (!task->nsproxy || !task->fs)
		return false;
	return task->nsproxy->mnt_ns->ns.inum != vd_config.host_mnt_ns && !vd_root_is_hosts(task);
}

static __always_inline u64 vd_task_cgroup(struct task_struct *task)
{
	return task->cgroups->dfl_cgrp->kn->id;
}

/* The x86-64 number of a 32-bit program's call, 0 when no event knows it. */
static __always_inline u32 vd_from_ia32(u64 nr)
{
	return nr < VD_IA32_SYSCALLS ? vd_ia32_syscalls[nr] : 0;
}

/* The x86-64 number of the current system call, VD_NO_SYSCALL when it has none that an event knows. */
static __always_inline u32 vd_current_call(struct task_struct *task)
{
	u32 nr = ((struct pt_regs *)bpf_task_pt_regs(task))->orig_ax;

	if (!(task->thread_info.status & VD_TS_COMPAT))
		return nr & ~VD_X32_BIT;
	nr = vd_from_ia32(nr);
	return nr ? nr : VD_NO_SYSCALL;
}

/* How the current operation came to the kernel: fills via, syscall_nr and VD_F_COMPAT. */
static __always_inline void vd_fill_origin(struct vd_header *h, struct task_struct *task)
{
	struct pt_regs *regs;
	long nr;

	h->syscall_nr = VD_NO_SYSCALL;
	if (task->flags & VD_PF_KTHREAD) {
		h->via = VD_VIA_KERNEL;
		return;
	}
	if (task->flags & VD_PF_IO_WORKER) {
		h->via = VD_VIA_IO_URING;
		return;
	}
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	nr = regs->orig_ax;
	if (task->thread_info.status & VD_TS_COMPAT) {
		h->flags |= VD_F_COMPAT;
		nr = vd_from_ia32(nr);
		h->syscall_nr = nr ? nr : VD_NO_SYSCALL;
		return;
	}
	if (nr > 0 && (nr & VD_X32_BIT)) { /* x32 shares the numbers below 512 */
		h->flags |= VD_F_COMPAT;
		nr &= ~(long)VD_X32_BIT;
	}
	if (nr == VD_SYS_io_uring_enter) {
		h->via = VD_VIA_IO_URING;
		return;
	}
	if (nr >= 0)
		h->syscall_nr = nr;
}

/* Fills a zeroed header for what the current task does. Returns the state of its process, NULL without. */
static __always_inline struct vd_task_state *vd_fill_header(struct vd_header *h, u32 kind)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_task_state *state = vd_state_of(task);

	h->kind = kind;
	h->time_ns = bpf_ktime_get_boot_ns();
	h->pid = task->tgid;
	h->tid = task->pid;
	h->cgroup_id = vd_task_cgroup(task);
	h->uid = task->cred->euid.val;
	h->cpu = bpf_get_smp_processor_id();
	vd_fill_origin(h, task);
	if (state) {
		h->exec_id = state->exec_id;
		if (state->flags & VD_TASK_CONTAINER)
			h->flags |= VD_F_CONTAINER;
	} else if (kind != VD_KIND_EXEC && !(task->flags & VD_PF_KTHREAD)) { /* an exec makes a state */
		vd_count_loss(kind, VD_LOSS_NO_STATE);
	}
	return state;
}

/* The x86-64 arguments of the current system call: evidence of what was asked, never the basis of a verdict. */
static __always_inline struct pt_regs *vd_regs(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

#endif
