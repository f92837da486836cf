/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Programs and preemption.
 *
 * The kernel skips a tracepoint or fexit program that is marked as running on that processor, and counts only a
 * "miss". On kernels that preempt kernel code (from 7.0 Debian's do, tracepoints included) a task preempted inside a
 * program makes all others on its processor go by it unseen, until it runs again: with 32 busy threads on two
 * processors of 7.3, one fork in twenty and a third of all results were lost. Preemption switched off by the program
 * itself does not help: it comes the moment it is switched on, still inside. So such kernels get what
 * abi/probes.def says, which the kernel runs with preemption off from before the mark.
 *
 * Those in turn are skipped on a processor on which a thread was preempted inside a call on a map; the agent's own calls
 * are not preempted by ordinary threads (sensor/unpreempted.h).
 *
 * LSM programs are not skipped (from 6.2), but each one preempted holds a work slot, and who finds none is neither
 * reported nor refused. So they do switch it off, where the kernel lets a program call our global functions then: from
 * 6.15 (e2d8f560d176). Older Debian kernels do not preempt here unless booted with preempt=full.
 */
#ifndef VEDETTE_LIB_GUARD_H
#define VEDETTE_LIB_GUARD_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "core_compat.h"

extern void bpf_preempt_disable(void) __weak __ksym;
extern void bpf_preempt_enable(void) __weak __ksym;

#define VD_GUARD_VERSION ((6 << 16) + (15 << 8))

/* One that does not exist is never called: the verifier knows the version and drops the branch. */
static __always_inline bool vd_guarded(void)
{
	return LINUX_KERNEL_VERSION >= VD_GUARD_VERSION;
}

/* From 6.12 the verifier wants to see that what a hook returns is 0 or an errno, also of what has been on the stack since. */
static __always_inline int vd_errno_or_zero(int result)
{
	if (!result)
		return 0;
	if (result > 0)
		result = -VD_EPERM;
	VD_OPAQUE(result); /* two comparisons of the value itself, not one of a sum */
	return result < -VD_MAX_ERRNO ? -VD_EPERM : result;
}

/* libbpf's BPF_PROG with the guard around the body. */
#undef BPF_PROG
#define BPF_PROG(name, args...)                                                                                        \
	name(unsigned long long *ctx);                                                                                 \
	static __always_inline typeof(name(0)) ____##name(unsigned long long *ctx, ##args);                            \
	typeof(name(0)) name(unsigned long long *ctx)                                                                  \
	{                                                                                                              \
		typeof(name(0)) guarded_result;                                                                        \
                                                                                                                       \
		_Pragma("GCC diagnostic push")                                                                         \
		    _Pragma("GCC diagnostic ignored \"-Wint-conversion\"") if (vd_guarded()) bpf_preempt_disable();    \
		guarded_result = ____##name(___bpf_ctx_cast(args));                                                    \
		if (vd_guarded())                                                                                      \
			bpf_preempt_enable();                                                                          \
		return vd_errno_or_zero(guarded_result);                                                               \
		_Pragma("GCC diagnostic pop")                                                                          \
	}                                                                                                              \
	static __always_inline typeof(name(0)) ____##name(unsigned long long *ctx, ##args)

#endif
