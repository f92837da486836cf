/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Signals from one process to another, and to itself.
 */
#include "lib/vedette.h"

#include "lib/call.h"
#include "lib/target.h"

static __always_inline void vd_put_signalled(struct vd_work *w, struct vd_signal *r, struct task_struct *target)
{
	struct vd_task_state *state = vd_state_of(target);
	u32 flags = state ? state->flags : 0;

	r->target_cgroup_id = vd_task_cgroup(target);
	r->target_pid = target->tgid;
	r->target_container = !!(flags & VD_TASK_CONTAINER);
	r->same_container = vd_same_container(bpf_get_current_task_btf(), w->task_flags, target, flags);
	bpf_probe_read_kernel(r->target_comm, sizeof(r->target_comm), target->comm);
	if (!state)
		return;
	r->target_exec_id = state->exec_id;
	if (flags & VD_TASK_EXE_LONG)
		w->unresolved |= VD_UNRESOLVED_PATH;
	else
		r->target_exe = vd_put_kernel_bytes(w, state->exe, state->exe_len);
}

/* Every signal that a process sends, once per process it goes to; signal 0, which only asks, too. Missed: who is refused
 * before, as another user's; cgroup.kill, which is a write to a file; and what drivers send by themselves (cred). It does not look
 * at the previous program's return value, which is always 0. */
SEC("lsm/task_kill")
int BPF_PROG(vd_task_kill, struct task_struct *target, struct kernel_siginfo *info, int sig, const struct cred *cred)
{
	struct vd_signal *r;
	struct vd_work *w;
	u64 on_behalf = 0;

	/* As a number: for the verifier of newer kernels an argument is never NULL. */
	bpf_probe_read_kernel(&on_behalf, sizeof(on_behalf), &ctx[3]);
	if (on_behalf)
		return 0;
	w = vd_enter(VD_KIND_SIGNAL, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_signal);
	r->signal = sig;
	vd_put_signalled(w, r, target);
	vd_subject_path(w, VD_TABLE_PATH, r->target_exe);
	vd_subject_scalar(w, VD_TABLE_SIGNAL, r->signal);
	vd_subject_scalar(w, VD_TABLE_SAME_CONTAINER, r->same_container);
	vd_judge(w, VD_KIND_SIGNAL);
	vd_put_call(w, VD_KIND_SIGNAL);
	return vd_leave(w);
}
