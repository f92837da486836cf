/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * A process image, as it is told when it starts or when it is met: its record, what later hooks need to know of it, and
 * the profile that it comes under.
 */
#ifndef VEDETTE_LIB_IMAGE_H
#define VEDETTE_LIB_IMAGE_H

#include "vmlinux.h"

#include "policy.h"
#include "process.h"

/* All of vd_exec that can be told of any task, now or when it is seeded. */
static __always_inline void vd_fill_exec(struct vd_work *w, struct vd_exec *r, struct task_struct *task,
					 struct file *file, struct vd_task_state *state)
{
	r->start_ns = task->start_boottime;
	r->parent_pid = task->real_parent->tgid;
	vd_fill_ids(r, task);
	vd_fill_creds(&r->creds, task->cred);
	vd_fill_login(&r->creds, task);
	vd_fill_namespaces(&r->ns, task);
	bpf_probe_read_kernel_str(r->comm, VD_COMM, task->comm);
	if (file) {
		vd_put_path_object(w, &r->exe, &file->f_path);
		r->exe_flags = vd_exe_flags(file, task->cred, r->exe.mount_class);
		r->exe_ctime_ns = vd_inode_ctime(file->f_inode);
		r->exe_mtime_ns = vd_inode_mtime(file->f_inode);
	}
	if (!state)
		return;
	r->parent_exec_id = state->parent_exec_id;
	vd_remember_exe(state, w, r);
}

static __always_inline struct vd_str vd_comm_in(const struct vd_exec *r)
{
	struct vd_str out = {.offset = __builtin_offsetof(struct vd_exec, comm)};

	for (u32 i = 0; i < VD_COMM && r->comm[i]; i++)
		out.len = i + 1;
	return out;
}

/* The profile of a program that starts, or has been there before us, unless its process is under one: the first whose
 * scope it is in. The subject is what is known of any task, so that the answer is the same now and when it is seeded. */
static __always_inline void vd_assign_profile(struct vd_work *w, struct vd_exec *r, struct task_struct *task,
					      struct vd_task_state *state)
{
	bool until_known = false, in_unknown;

	r->caller_profile = state->profile;
	r->profile = state->profile;
	if (!vd_config.profiles || state->profile || vd_is_exempt(task))
		return;
	w->container = state->flags & VD_TASK_CONTAINER ? state->container : 0;
	in_unknown = vd_config.containers && vd_class_of(w->container, vd_active_generation()) == VD_CLASS_UNKNOWN;
	vd_subject_path(w, VD_TABLE_EXE, r->exe.path);
	vd_subject_string(w, VD_TABLE_COMM, vd_comm_in(r));
	vd_subject_scalar(w, VD_TABLE_UID, r->creds.euid);
	vd_subject_scalar(w, VD_TABLE_GID, r->creds.egid);
	vd_subject_scalar(w, VD_TABLE_CONTAINER, !!(state->flags & VD_TASK_CONTAINER));
	vd_subject_scalar(w, VD_TABLE_EXE_MEMFD, !!(r->exe_flags & VD_EXE_MEMFD));
	vd_subject_scalar(w, VD_TABLE_EXE_UPPER, !!(r->exe_flags & VD_EXE_UPPER_LAYER));
	state->profile = vd_find_profile(w, &until_known);
	r->profile = state->profile;
	if (in_unknown)
		__sync_fetch_and_or(&state->flags, VD_TASK_PENDING);
	if (until_known)
		__sync_fetch_and_or(&state->flags, VD_TASK_PENDING | VD_TASK_UNTIL_KNOWN);
}

#endif
