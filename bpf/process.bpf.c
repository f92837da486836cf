/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Processes: their beginning, what they run, their credentials and their end; and the verdict on an exec.
 */
#include "lib/vedette.h"
#include "lib/exec_details.h"
#include "lib/image.h"
#include "lib/lineage.h"

#define VD_SIGNAL_GROUP_EXIT 0x4u
#define VD_CLONE_THREAD 0x10000u

/* fork */

static __always_inline u64 vd_clone_flags(u32 nr)
{
	struct pt_regs *regs = vd_regs();
	u64 flags = 0;

	switch (nr) {
	case VD_SYS_clone:
		return regs->di;
	case VD_SYS_clone3:
		bpf_probe_read_user(&flags, sizeof(flags), (void *)regs->di);
		return flags;
	case VD_SYS_vfork:
		return 0x4100; /* CLONE_VFORK | CLONE_VM */
	default:
		return 0;
	}
}

/* A child starts as a copy of what made it. */
static __always_inline void vd_inherit(struct vd_task_state *child, struct vd_task_state *parent)
{
	if (!parent)
		return;
	bpf_probe_read_kernel(child, sizeof(*child), parent);
	bpf_probe_read_kernel(child->parent_exe, VD_EXE_BYTES, parent->exe);
	bpf_probe_read_kernel(child->parent_comm, VD_COMM, parent->comm);
	child->parent_exe_len = parent->exe_len;
	child->parent_comm_len = parent->comm_len;
	child->parent_exec_id = parent->exec_id;
	child->flags &= VD_TASK_CONTAINER | VD_TASK_EXE_MEMFD | VD_TASK_EXE_UPPER | VD_TASK_EXE_LONG | VD_TASK_PENDING |
			VD_TASK_UNTIL_KNOWN;
	if (child->flags & VD_TASK_EXE_LONG)
		child->flags |= VD_TASK_PARENT_EXE_LONG;
	child->exec_verdict = VD_VERDICT_ALLOW;
	child->exec_policy_id = 0;
	child->forked_exec_id = 0;
}

/* By what the caller's profile says of the call that makes a process or a thread, to which no other hook is asked. */
static __always_inline int vd_decide_creation(void)
{
	struct vd_task_state *state = vd_current_state();
	struct vd_syscall_entry *r;
	struct vd_work *w;

	if (!vd_is_judged(VD_KIND_FORK) || !vd_config.call_policies || !state)
		return 0;
	if (vd_config.containers && state->flags & VD_TASK_PENDING)
		vd_settle_profile();
	if (!state->profile || vd_is_exempt(bpf_get_current_task_btf()))
		return 0;
	w = vd_enter(VD_KIND_SYSCALL_ENTRY, sizeof(*r));
	if (!w) {
		vd_count_loss(VD_KIND_SYSCALL_ENTRY, VD_LOSS_POLICY);
		return 0;
	}
	vd_judge_call(w->slot);
	if (w->verdict == VD_VERDICT_ALLOW) {
		w->counts.seen[VD_KIND_SYSCALL_ENTRY]--;
		vd_abandon(w);
		return 0;
	}
	r = VD_RECORD(w, struct vd_syscall_entry);
	vd_put_call_site(r);
	vd_carry_out(w, VD_KIND_SYSCALL_ENTRY);
	return vd_leave(w);
}

/* The identity of a child, before it is one: this hook is never skipped. Its creator keeps the number for the event
 * that follows when the child has its own. A thread has its process's. */
SEC("lsm/task_alloc")
int BPF_PROG(vd_task_alloc, struct task_struct *child, unsigned long clone_flags, int ret)
{
	struct vd_task_state *state, *mine;

	if (!ret)
		ret = vd_decide_creation();
	if (ret || (clone_flags & VD_CLONE_THREAD))
		return ret;
	state = bpf_task_storage_get(&vd_tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	mine = bpf_task_storage_get(&vd_tasks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!state)
		return 0;
	vd_inherit(state, vd_current_state());
	vd_begin_lineage(child, vd_current_state());
	state->exec_id = vd_new_exec_id();
	if (mine)
		mine->forked_exec_id = state->exec_id;
	return 0;
}

/* The creator tells of its child, which has not run yet. */
static __always_inline int vd_forked(struct task_struct *child)
{
	struct task_struct *creator = bpf_get_current_task_btf();
	struct vd_task_state *mine;
	struct css_set *cgroups;
	struct pid *pid;
	struct vd_work *w;
	struct vd_fork *r;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0;
	w = vd_enter(VD_KIND_FORK, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_fork);
	mine = bpf_task_storage_get(&vd_tasks, creator, 0, 0);
	if (mine)
		r->child_exec_id = mine->forked_exec_id;
	if (!r->child_exec_id)
		vd_count_loss(VD_KIND_FORK, VD_LOSS_NO_STATE);
	pid = BPF_CORE_READ(child, thread_pid);
	cgroups = BPF_CORE_READ(child, cgroups);
	r->child_pid = BPF_CORE_READ(child, pid);
	r->child_vpid = vd_own_upid(pid).nr;
	r->child_start_ns = BPF_CORE_READ(child, start_boottime);
	r->child_cgroup_id = BPF_CORE_READ(cgroups, dfl_cgrp, kn, id);
	if (r->h.via == VD_VIA_SYSCALL && !(r->h.flags & VD_F_COMPAT))
		r->clone_flags = vd_clone_flags(r->h.syscall_nr);
	r->h.result = vd_nr_seen_by(pid, creator->thread_pid);
	r->h.flags |= VD_F_RESULT;
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(vd_process_fork, struct task_struct *parent, struct task_struct *child)
{
	return vd_forked(child);
}

SEC("kprobe.multi")
int vd_probe_fork(struct pt_regs *ctx)
{
	return vd_forked((struct task_struct *)ctx->di);
}

/* exec: the verdict */

/* Appends the name the process will have: the last part of what it was started as. Packed as by vd_append(). */
__weak u32 vd_append_comm(u32 slot, u32 packed)
{
	struct vd_work *w = vd_work_at(slot);
	u32 offset = packed & 0xffff, len = packed >> 16, at;
	u64 size, start;

	if (!w || !len)
		return 0;
	w->from = offset; /* where the name begins, in memory: the verifier need not follow each place where it may */
	for (u32 i = 1; i <= VD_NAME_MAX + 1 && i <= len; i++) {
		u64 place = (offset + len - i) & (VD_MAX_RECORD - 1);

		if (w->record[place] == '/') {
			w->from = offset + len - i + 1;
			break;
		}
	}
	start = vd_clamp(w->from, VD_MAX_RECORD);
	size = vd_clamp(offset + len - start, VD_COMM - 1);
	at = w->len;
	if (at > VD_MAX_RECORD - VD_COMM)
		return 0;
	if (bpf_probe_read_kernel(w->record + at, size, w->record + start))
		return 0;
	w->len = at + size;
	return at | (u32)size << 16;
}

static __always_inline struct vd_str vd_put_future_comm(struct vd_work *w, struct linux_binprm *bprm,
							struct vd_str filename)
{
	struct dentry *dentry = bprm->file->f_path.dentry;

	if (vd_comm_from_dentry(bprm))
		return vd_put_kernel_string(w, BPF_CORE_READ(dentry, d_name.name), VD_COMM - 1);
	return vd_unpack(vd_append_comm(w->slot, filename.offset | (u32)filename.len << 16));
}

/* The state on the very task that execs: after the exec it is the group leader, with another thread's state gone. */
static __always_inline struct vd_task_state *vd_execing_state(struct task_struct *task)
{
	struct vd_task_state *mine, *leaders;

	if (task->pid == task->tgid)
		return vd_state_of(task);
	leaders = vd_state_of(task);
	mine = bpf_task_storage_get(&vd_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (mine && leaders)
		bpf_probe_read_kernel(mine, sizeof(*mine), leaders);
	vd_move_lineage(task);
	return mine;
}

/* The kernel makes every exec look like execve(2) before it reports it: keep what it was. */
static __always_inline void vd_begin_exec(struct vd_task_state *state, struct task_struct *task)
{
	struct vd_header h = {};

	vd_fill_origin(&h, task);
	state->exec_syscall = h.syscall_nr;
	state->exec_via = h.via;
	state->exec_flags = h.flags;
	state->exec_verdict = VD_VERDICT_ALLOW;
	state->exec_policy_id = 0;
	state->flags &= ~VD_TASK_REFUSED;
}

/* Fills the record of a refusal and judges it. The subject is the file about to run, and the container it will be in.
 */
static __always_inline void vd_judge_exec(struct vd_work *w, struct linux_binprm *bprm, struct task_struct *task)
{
	struct vd_exec_failed *r = VD_RECORD(w, struct vd_exec_failed);
	struct file *file = bprm->file;
	bool container = (w->task_flags & VD_TASK_CONTAINER) || vd_outside_host(task);

	vd_put_path_object(w, &r->exe, &file->f_path);
	vd_subject_path(w, VD_TABLE_EXE, r->exe.path);
	r->exe_flags = vd_exe_flags(file, task->cred, r->exe.mount_class);
	r->filename = vd_put_kernel_string(w, bprm->filename, VD_MAX_NAMERAW);
	vd_subject_string(w, VD_TABLE_COMM, vd_put_future_comm(w, bprm, r->filename));
	vd_subject_scalar(w, VD_TABLE_EXE_MEMFD, !!(r->exe_flags & VD_EXE_MEMFD));
	vd_subject_scalar(w, VD_TABLE_EXE_UPPER, !!(r->exe_flags & VD_EXE_UPPER_LAYER));
	vd_subject_scalar(w, VD_TABLE_CONTAINER, container);
	if (container) {
		r->h.flags |= VD_F_CONTAINER;
		w->container = vd_container_of(task, w->container);
	}
	vd_judge(w, VD_KIND_EXEC);
}

/* Once per file: for a script the script, then its interpreter. Any of them can be refused. Every way to run a file
 * passes here, the kernel's own helpers included. */
SEC("lsm/bprm_check_security")
int BPF_PROG(vd_bprm_check_security, struct linux_binprm *bprm, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_task_state *state;
	struct vd_work *w;
	bool refused;

	if (ret)
		return ret;
	state = vd_execing_state(task);
	if (state && bprm->interp == bprm->filename)
		vd_begin_exec(state, task);
	if (!(vd_config.verdict_kinds & VD_KIND_BIT(EXEC)))
		return 0;
	w = vd_enter(VD_KIND_EXEC_FAILED, sizeof(struct vd_exec_failed));
	if (!w)
		return 0;
	vd_judge_exec(w, bprm, task);
	refused = vd_is_refused(w);
	if (state && refused)
		state->flags |= VD_TASK_REFUSED;
	if (state && !refused && w->verdict != VD_VERDICT_ALLOW && state->exec_verdict == VD_VERDICT_ALLOW) {
		state->exec_verdict = w->verdict;
		state->exec_policy_id = w->policy_id;
	}
	if (refused)
		return vd_leave(w);
	w->counts.seen[VD_KIND_EXEC_FAILED]--; /* it has not failed */
	vd_abandon(w);
	return 0;
}

/* exec: what became of it */

static __always_inline void vd_put_args(struct vd_work *w, struct vd_exec *r, struct mm_struct *mm)
{
	u64 start = mm->arg_start, len = mm->arg_end - start;

	r->args_len = len;
	if (len > vd_config.max_args) {
		len = vd_config.max_args;
		r->h.flags |= VD_F_TRUNCATED;
	}
	r->args = vd_put_user_bytes(w, start, len);
}

/* Only when a rule looks at it: environments hold secrets, and are long. */
static __always_inline void vd_put_env(struct vd_work *w, struct vd_exec *r, struct mm_struct *mm)
{
	u64 start = mm->env_start, len = mm->env_end - start;

	if (!vd_config.exec_env)
		return;
	r->exe_flags |= VD_EXE_HAS_ENV;
	r->env_len = len;
	if (len > VD_MAX_ENV) {
		len = VD_MAX_ENV;
		r->h.flags |= VD_F_TRUNCATED;
	}
	r->env = vd_put_user_bytes(w, start, len);
}

/* The task's state begins a new life. */
static __always_inline void vd_become(struct vd_task_state *state, struct vd_exec *r, struct task_struct *task)
{
	r->previous_exec_id = state->exec_id;
	state->exec_id = vd_new_exec_id();
	state->start_ns = task->start_boottime;
	if (vd_outside_host(task))
		state->flags |= VD_TASK_CONTAINER;
	if (state->flags & VD_TASK_CONTAINER) {
		r->h.flags |= VD_F_CONTAINER;
		state->container = vd_container_of(task, state->container);
	}
	r->h.exec_id = state->exec_id;
	if (!state->exec_syscall) /* bprm_check_security was not attached yet */
		return;
	r->h.syscall_nr = state->exec_syscall;
	r->h.via = state->exec_via;
	r->h.flags = (r->h.flags & ~VD_F_COMPAT) | state->exec_flags;
}

/* The new image is in place, its arguments where the kernel has put them, and no instruction of it has run. */
static __always_inline int vd_execed(struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_task_state *state = bpf_task_storage_get(&vd_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	const char *filename = BPF_CORE_READ(bprm, filename);
	struct vd_exec *r;
	struct path *pwd;
	struct vd_work *w;

	if (vd_config.containers && state && state->flags & VD_TASK_PENDING) /* of the image that ends here */
		vd_settle_profile();
	w = vd_enter(VD_KIND_EXEC, sizeof(struct vd_exec));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_exec);
	if (state)
		vd_become(state, r, task);
	/* a helper that the kernel starts has no system call */
	if (!vd_is_type_of(VD_KIND_EXEC, r->h.syscall_nr) && r->h.via == VD_VIA_SYSCALL) {
		r->h.via = VD_VIA_KERNEL;
		r->h.syscall_nr = VD_NO_SYSCALL;
	}
	vd_fill_exec(w, r, task, task->mm->exe_file, state);
	vd_branch(task);
	if (state)
		vd_assign_profile(w, r, task, state);
	if (vd_is_unattended()) { /* what decides is in the state */
		vd_send(w->slot);
		return 0;
	}
	r->argc = BPF_CORE_READ(bprm, argc);
	if (BPF_CORE_READ(bprm, interp) != filename)
		r->exe_flags |= VD_EXE_SCRIPT;
	r->filename = vd_put_kernel_string(w, filename, VD_MAX_NAMERAW);
	pwd = &task->fs->pwd;
	r->cwd = vd_put_path(w, pwd->mnt, pwd->dentry, false);
	r->cgroup = vd_put_cgroup(w, task);
	vd_put_args(w, r, task->mm);
	vd_put_env(w, r, task->mm);
	vd_put_details(w, r, task);
	if (state) {
		w->verdict = state->exec_verdict;
		w->policy_id = state->exec_policy_id;
	}
	r->h.flags |= VD_F_RESULT;
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(vd_process_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	return vd_execed(bprm);
}

SEC("kprobe.multi")
int vd_probe_exec(struct pt_regs *ctx)
{
	return vd_execed((struct linux_binprm *)ctx->di);
}

/* An exec that failed. One that we refused has been reported already. */
__weak int vd_exec_failed(u32 nr, u64 result)
{
	struct pt_regs *regs = vd_regs();
	u64 filename = nr == VD_SYS_execve ? regs->di : regs->si;
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_task_state *state = bpf_task_storage_get(&vd_tasks, task, 0, 0);
	struct vd_work *w;
	struct vd_exec_failed *r;

	if (state && state->flags & VD_TASK_REFUSED) {
		state->flags &= ~VD_TASK_REFUSED;
		return 0;
	}
	w = vd_enter(VD_KIND_EXEC_FAILED, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_exec_failed);
	r->filename = vd_put_user_string(w, filename, VD_MAX_NAMERAW);
	r->h.result = (s64)result;
	r->h.flags |= VD_F_RESULT;
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}

SEC("fexit/__x64_sys_execve")
int BPF_PROG(vd_exit_execve, struct pt_regs *regs, long ret)
{
	if (ret < 0)
		vd_exec_failed(VD_SYS_execve, (u64)ret);
	return 0;
}

SEC("fexit/__x64_sys_execveat")
int BPF_PROG(vd_exit_execveat, struct pt_regs *regs, long ret)
{
	if (ret < 0)
		vd_exec_failed(VD_SYS_execveat, (u64)ret);
	return 0;
}

/* exit */

static __always_inline u32 vd_exit_status(struct task_struct *task)
{
	if (task->signal->flags & VD_SIGNAL_GROUP_EXIT)
		return task->signal->group_exit_code;
	return task->group_leader->exit_code;
}

/* Whatever ended it: the programs that are pinned go on alone. */
static __always_inline void vd_agent_ended(void)
{
	u32 zero = 0;
	struct vd_owner *owner = bpf_map_lookup_elem(&vd_owner, &zero);

	vd_unattended = 1;
	if (owner)
		owner->gone_ns = bpf_ktime_get_boot_ns();
}

/* For every thread: what it left waiting is sent. The last one ends the process; two that leave at once both see no
 * thread alive, so the first to say it counts. */
static __always_inline int vd_exited(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_task_state *state;
	struct vd_work *w;
	struct vd_exit *r;

	vd_flush(task->pid, VD_NO_SYSCALL, 0);
	if (task->signal->live.counter)
		return 0;
	if (vd_is_agent(task))
		vd_agent_ended();
	state = vd_state_of(task);
	if (state && __sync_fetch_and_or(&state->flags, VD_TASK_EXITED) & VD_TASK_EXITED)
		return 0;
	w = vd_enter(VD_KIND_EXIT, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_exit);
	r->status = vd_exit_status(task);
	vd_send(w->slot);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(vd_process_exit, struct task_struct *task)
{
	return vd_exited();
}

SEC("kprobe.multi")
int vd_probe_exit(struct pt_regs *ctx)
{
	return vd_exited();
}

/* Credentials */

static __always_inline bool vd_same_creds(const struct vd_creds *a, const struct vd_creds *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;
	u64 differ = 0;

	for (u32 i = 0; i < sizeof(*a) / sizeof(u64); i++)
		differ |= x[i] ^ y[i];
	return !differ;
}

static __always_inline struct vd_work *vd_enter_creds(const struct cred *new, const struct cred *old)
{
	struct vd_work *w = vd_enter(VD_KIND_CREDS, sizeof(struct vd_creds_change));
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_creds_change *r;

	if (!w)
		return NULL;
	r = VD_RECORD(w, struct vd_creds_change);
	vd_fill_creds(&r->old_creds, old);
	vd_fill_creds(&r->new_creds, new);
	vd_fill_login(&r->old_creds, task);
	vd_fill_login(&r->new_creds, task);
	return w;
}

static __always_inline int vd_leave_creds(struct vd_work *w, bool always)
{
	struct vd_creds_change *r = VD_RECORD(w, struct vd_creds_change);

	if (!always && vd_same_creds(&r->old_creds, &r->new_creds)) {
		vd_abandon(w);
		return 0;
	}
	vd_subject_scalar(w, VD_TABLE_GID, r->new_creds.egid);
	vd_subject_scalar(w, VD_TABLE_OPERATION, r->new_creds.euid);
	vd_judge(w, VD_KIND_CREDS);
	return vd_leave(w);
}

static __always_inline int vd_creds_changed(const struct cred *new, const struct cred *old, bool always)
{
	struct vd_work *w = vd_enter_creds(new, old);

	return w ? vd_leave_creds(w, always) : 0;
}

/* setuid, setreuid, setresuid, setfsuid. Capabilities of new are already those that follow from it where BPF is an
 * active LSM (it comes after "capability"); as fmod_ret they are not. */
SEC("lsm/task_fix_setuid")
int BPF_PROG(vd_task_fix_setuid, struct cred *new, const struct cred *old, int flags, int ret)
{
	return ret ? ret : vd_creds_changed(new, old, false);
}

SEC("lsm/task_fix_setgid")
int BPF_PROG(vd_task_fix_setgid, struct cred *new, const struct cred *old, int flags, int ret)
{
	return ret ? ret : vd_creds_changed(new, old, false);
}

/* From 5.19 (fcfe0ac2fcfa). Supplementary groups are not in the record: that they were set is. */
SEC("lsm/task_fix_setgroups")
int BPF_PROG(vd_task_fix_setgroups, struct cred *new, const struct cred *old, int ret)
{
	return ret ? ret : vd_creds_changed(new, old, true);
}

/* The sets are in new only where "capability" comes before. A kernel_cap_t is 64 bits in all kernels. */
SEC("lsm/capset")
int BPF_PROG(vd_capset, struct cred *new, const struct cred *old, const kernel_cap_t *effective,
	     const kernel_cap_t *inheritable, const kernel_cap_t *permitted, int ret)
{
	struct vd_creds_change *r;
	struct vd_work *w;

	if (ret)
		return ret;
	w = vd_enter_creds(new, old);
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_creds_change);
	bpf_probe_read_kernel(&r->new_creds.cap_effective, sizeof(u64), effective);
	bpf_probe_read_kernel(&r->new_creds.cap_inheritable, sizeof(u64), inheritable);
	bpf_probe_read_kernel(&r->new_creds.cap_permitted, sizeof(u64), permitted);
	return vd_leave_creds(w, false);
}

VD_SYSCALL_EXIT(setuid)
VD_SYSCALL_EXIT(setgid)
VD_SYSCALL_EXIT(setreuid)
VD_SYSCALL_EXIT(setregid)
VD_SYSCALL_EXIT(setresuid)
VD_SYSCALL_EXIT(setresgid)
VD_SYSCALL_EXIT(setfsuid)
VD_SYSCALL_EXIT(setfsgid)
VD_SYSCALL_EXIT(setgroups)
VD_SYSCALL_EXIT(capset)
