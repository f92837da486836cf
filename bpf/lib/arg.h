/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What the caller of the current system call passed, from the registers that the kernel saved. Scalars are what the
 * kernel works with; what a pointer points to is evidence only.
 */
#ifndef VEDETTE_LIB_ARG_H
#define VEDETTE_LIB_ARG_H

#include "vmlinux.h"

#include "task.h"

/* The n-th argument (a constant), of a 64-bit or a 32-bit call. */
static __always_inline u64 vd_arg_of(struct pt_regs *regs, bool compat, const u32 n)
{
	switch (n) {
	case 0:
		return compat ? (u32)regs->bx : regs->di;
	case 1:
		return compat ? (u32)regs->cx : regs->si;
	case 2:
		return compat ? (u32)regs->dx : regs->dx;
	case 3:
		return compat ? (u32)regs->si : regs->r10;
	case 4:
		return compat ? (u32)regs->di : regs->r8;
	default:
		return compat ? (u32)regs->bp : regs->r9;
	}
}

static __always_inline u64 vd_arg(const u32 n)
{
	bool compat = bpf_get_current_task_btf()->thread_info.status & VD_TS_COMPAT;

	return vd_arg_of(vd_regs(), compat, n);
}

/* The open file of the current task's descriptor, as it is now: another thread may change it meanwhile. */
static __always_inline struct file *vd_file_of(u32 fd)
{
	struct fdtable *table = BPF_CORE_READ(bpf_get_current_task_btf(), files, fdt);
	struct file *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd);
	return file;
}

#endif
