/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The program at the end of one system call: it gives the waiting record its result.
 */
#ifndef VEDETTE_LIB_EXIT_H
#define VEDETTE_LIB_EXIT_H

#include "vmlinux.h"

#include <bpf/bpf_tracing.h>

#include "emit.h"

/* VD_SYSCALL_EXIT(openat): program vd_exit_openat on __x64_sys_openat; the call's number is VD_SYS_openat.
 * VD_SYSCALL_EXIT_AS(umount2, umount): where the kernel function is called otherwise. */
#define VD_SYSCALL_EXIT_AS(name, function)                                                                             \
	SEC("fexit/__x64_sys_" #function)                                                                              \
	int BPF_PROG(vd_exit_##name, struct pt_regs *regs, long ret)                                                   \
	{                                                                                                              \
		vd_finish(VD_SYS_##name, (u64)ret);                                                                    \
		return 0;                                                                                              \
	}
#define VD_SYSCALL_EXIT(name) VD_SYSCALL_EXIT_AS(name, name)

/* What has no waiting record when it fails; defined where its kind is. */
int vd_open_failed(u64 result);
int vd_exec_failed(u32 nr, u64 result);
int vd_received(u32 nr, u64 result);
int vd_call_ended(u32 nr, u64 result);

#endif
