/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The process that an operation is about, where that is another than the one that acts.
 */
#ifndef VEDETTE_LIB_TARGET_H
#define VEDETTE_LIB_TARGET_H

#include "vmlinux.h"

#include "task.h"

static __always_inline u32 vd_mnt_ns_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
}

/* One container: the same mount namespace or the same control group. Either alone may differ inside of one (a service
 * with a mount namespace of its own; a service manager's groups), both only between two. */
static __always_inline bool vd_same_container(struct task_struct *task, u32 flags, struct task_struct *other,
					      u32 other_flags)
{
	if ((flags ^ other_flags) & VD_TASK_CONTAINER)
		return false;
	if (!(flags & VD_TASK_CONTAINER))
		return true;
	return vd_mnt_ns_of(task) == vd_mnt_ns_of(other) || vd_task_cgroup(task) == vd_task_cgroup(other);
}

static __always_inline u32 vd_flags_of(struct task_struct *task)
{
	struct vd_task_state *state = vd_state_of(task);

	return state ? state->flags : 0;
}

#endif
