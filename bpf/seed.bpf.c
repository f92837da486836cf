/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The processes that were there before us: iterators that user space runs once, when the programs that follow processes
 * from then on are attached.
 */
#include "lib/vedette.h"
#include "lib/exec_details.h"
#include "lib/image.h"
#include "lib/lineage.h"

/* From the state of the parent, if that has been met. */
static __always_inline void vd_seed_parent(struct vd_task_state *state, struct task_struct *parent)
{
	struct vd_task_state *parents = bpf_task_storage_get(&vd_tasks, parent->group_leader, 0, 0);

	if (!parents || state->parent_exec_id)
		return;
	if (!state->profile) {
		state->profile = parents->profile;
		state->container = parents->container;
		__sync_fetch_and_or(&state->flags, parents->flags & (VD_TASK_PENDING | VD_TASK_UNTIL_KNOWN));
	}
	state->parent_exec_id = parents->exec_id;
	state->parent_exe_len = parents->exe_len;
	state->parent_comm_len = parents->comm_len;
	if (parents->flags & VD_TASK_EXE_LONG)
		state->flags |= VD_TASK_PARENT_EXE_LONG;
	bpf_probe_read_kernel(state->parent_exe, VD_EXE_BYTES, parents->exe);
	bpf_probe_read_kernel(state->parent_comm, VD_COMM, parents->comm);
}

/* What cannot be told from the process as it is now: that it has been in a container, its profile, and who made it. From
 * the programs that these take over from; they have followed it until now. */
static __always_inline void vd_seed_former(struct vd_task_state *state, struct task_struct *task)
{
	struct vd_task_state *former;

	if (vd_config.former == VD_FORMER_NONE)
		return;
	former = bpf_task_storage_get(&vd_former, task, 0, 0);
	if (!former)
		return;
	if (former->flags & VD_TASK_CONTAINER)
		__sync_fetch_and_or(&state->flags, VD_TASK_CONTAINER);
	if (vd_config.former != VD_FORMER_WHOLE)
		return;
	state->profile = former->profile;
	state->container = former->container;
	__sync_fetch_and_or(&state->flags, former->flags & (VD_TASK_PENDING | VD_TASK_UNTIL_KNOWN));
	if (!former->parent_exe_len)
		return;
	if (former->flags & VD_TASK_PARENT_EXE_LONG)
		__sync_fetch_and_or(&state->flags, VD_TASK_PARENT_EXE_LONG);
	else
		__sync_fetch_and_and(&state->flags, ~VD_TASK_PARENT_EXE_LONG);
	state->parent_exe_len = former->parent_exe_len;
	state->parent_comm_len = former->parent_comm_len;
	bpf_probe_read_kernel(state->parent_exe, VD_EXE_BYTES, former->parent_exe);
	bpf_probe_read_kernel(state->parent_comm, VD_COMM, former->parent_comm);
}

/* The header is the seeded task's, not that of who runs the iterator. */
static __always_inline void vd_seed_header(struct vd_header *h, struct task_struct *task, struct vd_task_state *state)
{
	h->pid = task->tgid;
	h->tid = task->pid;
	h->uid = task->cred->euid.val;
	h->cgroup_id = vd_task_cgroup(task);
	h->exec_id = state->exec_id;
	h->syscall_nr = VD_NO_SYSCALL;
	h->via = VD_VIA_KERNEL;
	h->flags = VD_F_SEED | (state->flags & VD_TASK_CONTAINER ? VD_F_CONTAINER : 0);
}

/* One process: gives it a state and tells it. User space adds arguments, working directory and cgroup from /proc. */
static __always_inline int vd_seed_process(struct task_struct *task)
{
	struct vd_task_state *state = bpf_task_storage_get(&vd_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct vd_work *w;
	struct vd_exec *r;
	u64 mine;

	if (!state)
		return 0;
	if (!state->exec_id) {
		mine = vd_new_exec_id();
		__sync_val_compare_and_swap(&state->exec_id, 0, mine);
	}
	if (vd_outside_host(task))
		__sync_fetch_and_or(&state->flags, VD_TASK_CONTAINER);
	state->start_ns = task->start_boottime;
	vd_seed_parent(state, task->real_parent);
	vd_seed_former(state, task);
	if (state->flags & VD_TASK_CONTAINER)
		state->container = vd_container_of(task, state->container);
	w = vd_enter(VD_KIND_EXEC, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_exec);
	vd_seed_header(&r->h, task, state);
	vd_fill_exec(w, r, task, task->mm->exe_file, state);
	vd_assign_profile(w, r, task, state);
	vd_put_details(w, r, task);
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}

SEC("iter/task")
int vd_seed(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (!task || task->pid != task->tgid || (task->flags & VD_PF_KTHREAD))
		return 0;
	if (task->tgid == 1 && !vd_host_root_dentry)
		vd_host_root_dentry = (u64)task->fs->root.dentry;
	if ((u32)task->tgid == vd_config.agent_tgid)
		vd_agent_start_ns = task->start_boottime;
	return vd_seed_process(task);
}

/* Then, until nothing more is found: what each descends from. */
SEC("iter/task")
int vd_seed_lineage(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task && task->pid == task->tgid && !(task->flags & VD_PF_KTHREAD))
		vd_seed_lineage_of(task);
	return 0;
}
