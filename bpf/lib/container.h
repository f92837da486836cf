/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Which container a process is in, as far as user space has told of it (vd_containers).
 *
 * A container is known by its cgroup. Processes may live in cgroups below it, so the nearest one that is known counts. Once a
 * process is in a known container it stays in it, as do its descendants, whatever cgroup they are moved to.
 */
#ifndef VEDETTE_LIB_CONTAINER_H
#define VEDETTE_LIB_CONTAINER_H

#include "vmlinux.h"

#include "task.h"

#define VD_CGROUP_LEVELS 16 /* that are looked at, from the task's own upwards */

static __always_inline bool vd_is_known(u64 container)
{
	return bpf_map_lookup_elem(&vd_containers, &container) != NULL;
}

/* The nearest cgroup that is a known container's; 0: there is none. */
static __always_inline u64 vd_find_container(struct task_struct *task)
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

	for (u32 i = 0; i < VD_CGROUP_LEVELS && cgroup; i++) {
		u64 id = BPF_CORE_READ(cgroup, kn, id);

		if (vd_is_known(id))
			return id;
		cgroup = BPF_CORE_READ(cgroup, self.parent, cgroup);
	}
	return 0;
}

/* That of a task that is in a container by now: `former` is the one it has been in, 0: none. */
static __always_inline u64 vd_container_of(struct task_struct *task, u64 former)
{
	u64 found;

	if (!vd_config.containers || (former && vd_is_known(former)))
		return former;
	found = vd_find_container(task);
	if (found)
		return found;
	return former ? former : vd_task_cgroup(task);
}

#endif
