/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Reaching beyond one's own process: ptrace and its kin, namespaces, bpf(2), kernel modules.
 *
 * LSM programs here do not look at the previous program's return value: their trampoline (as that of fmod_ret) stops
 * at the first one that is not 0, so it is always 0.
 */
#include "lib/vedette.h"

#include "lib/arg.h"
#include "lib/target.h"
#include "lib/waiting.h"

/* ptrace */

#define VD_PTRACE_MODE_READ 0x01u
#define VD_PTRACE_MODE_ATTACH 0x02u
#define VD_PTRACE_MODE_NOAUDIT 0x04u
#define VD_PTRACE_TRACEME 0
#define VD_NO_REQUEST (~0ull)

static __always_inline void vd_put_target(struct vd_ptrace *r, struct task_struct *target, u32 task_flags)
{
	struct vd_task_state *state = vd_state_of(target);
	u32 flags = state ? state->flags : 0;

	r->target_exec_id = state ? state->exec_id : 0;
	r->target_cgroup_id = vd_task_cgroup(target);
	r->target_pid = target->tgid;
	r->target_container = !!(flags & VD_TASK_CONTAINER);
	r->same_container = vd_same_container(bpf_get_current_task_btf(), task_flags, target, flags);
	bpf_probe_read_kernel(r->target_comm, sizeof(r->target_comm), target->comm);
}

static __always_inline int vd_trace(struct task_struct *target, u32 mode)
{
	struct vd_work *w = vd_enter(VD_KIND_PTRACE, sizeof(struct vd_ptrace));
	struct vd_ptrace *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_ptrace);
	r->mode = mode;
	r->request = VD_NO_REQUEST;
	if (r->h.syscall_nr == VD_SYS_ptrace) {
		r->request = vd_arg(0);
		vd_subject_scalar(w, VD_TABLE_PTRACE_REQUEST, r->request);
	}
	vd_put_target(r, target, w->task_flags);
	vd_subject_scalar(w, VD_TABLE_SAME_CONTAINER, r->same_container);
	vd_judge(w, VD_KIND_PTRACE);
	return vd_leave(w);
}

/* Every access to another process passes here: ptrace(2), process_vm_readv and _writev, process_madvise, pidfd_getfd,
 * kcmp, setns to a pidfd, and /proc/PID/{mem,root,cwd,exe,fd,ns,environ,maps,...}. Reads are what ps does, so they count only
 * when they cross a container's border; or of the calls that are about nothing else. Missed: what the kernel refuses before it asks (another user's process, a
 * user namespace's border), and threads of one process, which it lets through unasked. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(vd_ptrace_access_check, struct task_struct *child, unsigned int mode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 flags;

	if (mode & VD_PTRACE_MODE_ATTACH)
		return vd_trace(child, mode);
	if (mode & VD_PTRACE_MODE_NOAUDIT) /* only whether /proc/PID/stat shows a field */
		return 0;
	if (!(task->flags & (VD_PF_KTHREAD | VD_PF_IO_WORKER)) && vd_is_type_of(VD_KIND_PTRACE, vd_current_call(task)))
		return vd_trace(child, mode);
	flags = vd_flags_of(task);
	if (!(flags & VD_TASK_CONTAINER) || vd_same_container(task, flags, child, vd_flags_of(child)))
		return 0;
	return vd_trace(child, mode);
}

/* The other direction, PTRACE_TRACEME: the caller gives itself to its parent, the target. */
SEC("lsm/ptrace_traceme")
int BPF_PROG(vd_ptrace_traceme, struct task_struct *parent)
{
	return vd_trace(parent, VD_PTRACE_MODE_ATTACH);
}

VD_SYSCALL_EXIT(ptrace)
VD_SYSCALL_EXIT(process_vm_readv)
VD_SYSCALL_EXIT(process_vm_writev)
VD_SYSCALL_EXIT(process_madvise)
VD_SYSCALL_EXIT(pidfd_getfd)
VD_SYSCALL_EXIT(kcmp)

/* Namespaces
 *
 * No LSM hook sees setns or unshare. Events come from the end of the calls. Verdicts come from `capable`, which both ask
 * for CAP_SYS_ADMIN, with the number of the system call that the kernel saved on entry; unshare of a user
 * namespace needs no capability and has a hook of its own. Not refused: setns and unshare in ways that need no
 * CAP_SYS_ADMIN (CLONE_FS, CLONE_FILES, CLONE_SYSVSEM), which give nothing. */

#define VD_CAP_SYS_ADMIN 21
#define VD_CAP_OPT_NOAUDIT 2u

/* Which namespace a descriptor means that setns got without a type. */
static __always_inline u32 vd_type_of_namespace(s32 fd)
{
	struct file *file = vd_file_of(fd);
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	if (!file || BPF_CORE_READ(inode, i_sb, s_magic) != VD_MAGIC_NSFS)
		return 0;
	return vd_ns_type(BPF_CORE_READ(inode, i_private));
}

static __always_inline void vd_put_namespace(struct vd_namespace *r, const u32 kind)
{
	if (kind == VD_KIND_UNSHARE) {
		r->flags = vd_arg(0);
		r->fd = -1;
		return;
	}
	r->fd = vd_arg(0);
	r->flags = (u32)vd_arg(1);
	if (!r->flags)
		r->flags = vd_type_of_namespace(r->fd);
}

static __always_inline struct vd_work *vd_enter_namespace(const u32 kind)
{
	struct vd_work *w = vd_enter(kind, sizeof(struct vd_namespace));

	if (w)
		vd_put_namespace(VD_RECORD(w, struct vd_namespace), kind);
	return w;
}

/* The record of an earlier check in the same call says it already. */
static __always_inline bool vd_already_waits(struct vd_work *w, const u32 nr)
{
	struct vd_header *h = vd_waiting(nr);

	return h && h->verdict == w->verdict && h->policy_id == w->policy_id;
}

static __always_inline void vd_let_wait(struct vd_work *w)
{
	bool deferred = vd_config.deferred_kinds >> w->kind & 1;
	struct vd_header *h = VD_RECORD(w, struct vd_header);

	if (deferred && vd_pend(w, VD_LANE_VERDICT, sizeof(struct vd_namespace)))
		return;
	if (vd_is_refused(w)) {
		h->result = -(s64)vd_error_of(w);
		h->flags |= VD_F_RESULT;
	}
	vd_output(VD_LANE_VERDICT, w->record, sizeof(struct vd_namespace));
}

/* Refused or not, the record waits for the end of the call: its exit program then sends this one, not a second. */
static __always_inline int vd_leave_namespace(struct vd_work *w, const u32 nr)
{
	struct vd_header *h = VD_RECORD(w, struct vd_header);
	u32 refused = vd_is_refused(w), error = vd_error_of(w);

	h->verdict = w->verdict;
	h->policy_id = w->policy_id;
	h->size = sizeof(struct vd_namespace);
	if (!w->silent && !vd_already_waits(w, nr))
		vd_let_wait(w);
	vd_abandon(w);
	return refused ? vd_refusal(error) : 0;
}

static __always_inline int vd_decide_namespace(const u32 kind, const u32 nr)
{
	struct vd_work *w;

	if (!(vd_config.verdict_kinds >> kind & 1))
		return 0;
	w = vd_enter_namespace(kind);
	if (!w)
		return 0;
	vd_judge(w, kind);
	if (w->verdict != VD_VERDICT_ALLOW)
		return vd_leave_namespace(w, nr);
	vd_abandon(w);
	return 0;
}

static __always_inline u32 vd_current_syscall(void)
{
	struct vd_header h = {};

	vd_fill_origin(&h, bpf_get_current_task_btf());
	return h.syscall_nr;
}

/* Whether rules on capabilities may be about this question. It is about the task itself when it is asked with its own
 * credentials: with others the kernel works for it (overlayfs, as who mounted it) or asks about another task. */
static __always_inline bool vd_asks_for_itself(const struct cred *cred)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_task_state *state;

	if (!(vd_config.verdict_kinds & VD_KIND_BIT(CAPABLE)))
		return false;
	if (!vd_config.capable_of_all) {
		state = vd_state_of(task);
		if (!state || !state->profile)
			return false;
	}
	return (u64)cred == (u64)task->cred && (u64)task->cred == (u64)task->real_cred;
}

/* What is asked in passing is refused, too, for it leads to the same privilege, but neither told nor killed for: there
 * are many of them, and whoever asks goes another way. */
static __always_inline int vd_decide_capability(int cap, unsigned int opts)
{
	struct vd_work *w = vd_enter(VD_KIND_CAPABLE, sizeof(struct vd_capability));

	if (!w)
		return 0;
	VD_RECORD(w, struct vd_capability)->capability = cap;
	vd_subject_scalar(w, VD_TABLE_CAPABILITY, (u32)cap);
	if (VD_RECORD(w, struct vd_header)->syscall_nr != VD_NO_SYSCALL)
		vd_subject_scalar(w, VD_TABLE_CALL, VD_RECORD(w, struct vd_header)->syscall_nr);
	w->silent = !!(opts & VD_CAP_OPT_NOAUDIT);
	vd_judge(w, VD_KIND_CAPABLE);
	if (w->verdict == VD_VERDICT_ALLOW) {
		vd_abandon(w);
		return 0;
	}
	return vd_leave(w);
}

/* SYS_ADMIN, in a call that has no hook of its own and is another event. */
static __always_inline int vd_decide_admin(void)
{
	u32 nr = vd_current_syscall();
	if (nr == VD_SYS_setns)
		return vd_decide_namespace(VD_KIND_SETNS, VD_SYS_setns);
	if (nr == VD_SYS_unshare)
		return vd_decide_namespace(VD_KIND_UNSHARE, VD_SYS_unshare);
	return 0;
}

/* Many ask, and often: the first steps leave where nothing is to be decided. */
SEC("lsm/capable")
int BPF_PROG(vd_capable, const struct cred *cred, struct user_namespace *ns, int cap, unsigned int opts)
{
	int refused = 0;

	if (cap == VD_CAP_SYS_ADMIN && !(opts & VD_CAP_OPT_NOAUDIT)) /* NOAUDIT: asked in passing */
		refused = vd_decide_admin();
	if (!refused && vd_asks_for_itself(cred))
		refused = vd_decide_capability(cap, opts);
	/* Whatever the errno is, those who ask make EPERM of it. From 6.12 the verifier wants to see one: keep the branch. */
	VD_OPAQUE(refused);
	if (refused)
		return -VD_EPERM;
	return 0;
}

SEC("lsm/userns_create")
int BPF_PROG(vd_userns_create, const struct cred *cred)
{
	if (vd_current_syscall() != VD_SYS_unshare) /* clone makes a process, which is another event */
		return 0;
	return vd_decide_namespace(VD_KIND_UNSHARE, VD_SYS_unshare);
}

static __always_inline int vd_namespace_result(const u32 kind, const u32 nr, long ret)
{
	struct vd_work *w;
	struct vd_namespace *r;

	if (vd_flush((u32)bpf_get_current_pid_tgid(), nr, (u64)ret) || !vd_event_wanted(kind))
		return 0;
	w = vd_enter_namespace(kind);
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_namespace);
	r->h.result = ret;
	r->h.flags |= VD_F_RESULT;
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}

/* Both entries to the kernel come through this one function. */
SEC("fexit/ksys_unshare")
int BPF_PROG(vd_unshare, unsigned long flags, int ret)
{
	return vd_namespace_result(VD_KIND_UNSHARE, VD_SYS_unshare, ret);
}

SEC("fexit/__x64_sys_setns")
int BPF_PROG(vd_setns, struct pt_regs *regs, long ret)
{
	return vd_namespace_result(VD_KIND_SETNS, VD_SYS_setns, ret);
}

SEC("fexit/__ia32_sys_setns")
int BPF_PROG(vd_setns_ia32, struct pt_regs *regs, long ret)
{
	return vd_namespace_result(VD_KIND_SETNS, VD_SYS_setns, ret);
}

/* bpf(2) */

/* enum bpf_cmd, and where union bpf_attr has what we show: both are ABI. */
#define VD_BPF_MAP_CREATE 0
#define VD_BPF_PROG_LOAD 5
#define VD_BPF_PROG_ATTACH 8
#define VD_BPF_LINK_CREATE 28
#define VD_ATTR_TYPE 0
#define VD_ATTR_ATTACH_TYPE 8
#define VD_ATTR_MAP_NAME 28
#define VD_ATTR_PROG_NAME 48
#define VD_ATTR_PROG_ATTACH_TYPE 68

static __always_inline void vd_put_attr(struct vd_bpf *r, const void *attr)
{
	switch (r->cmd) {
	case VD_BPF_MAP_CREATE:
		bpf_probe_read_kernel(&r->type, sizeof(r->type), attr + VD_ATTR_TYPE);
		bpf_probe_read_kernel(r->name, sizeof(r->name), attr + VD_ATTR_MAP_NAME);
		break;
	case VD_BPF_PROG_LOAD:
		bpf_probe_read_kernel(&r->type, sizeof(r->type), attr + VD_ATTR_TYPE);
		bpf_probe_read_kernel(r->name, sizeof(r->name), attr + VD_ATTR_PROG_NAME);
		bpf_probe_read_kernel(&r->attach_type, sizeof(r->attach_type), attr + VD_ATTR_PROG_ATTACH_TYPE);
		break;
	case VD_BPF_PROG_ATTACH:
	case VD_BPF_LINK_CREATE:
		bpf_probe_read_kernel(&r->attach_type, sizeof(r->attach_type), attr + VD_ATTR_ATTACH_TYPE);
		break;
	}
}

/* Every bpf(2), after the kernel copied its attributes. Missed: calls without CAP_BPF where unprivileged use is off, which
 * the kernel refuses first. */
SEC("lsm/bpf")
int BPF_PROG(vd_bpf, int cmd, union bpf_attr *attr, unsigned int size)
{
	struct vd_work *w = vd_enter(VD_KIND_BPF, sizeof(struct vd_bpf));
	struct vd_bpf *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_bpf);
	r->cmd = cmd;
	vd_put_attr(r, attr);
	vd_subject_scalar(w, VD_TABLE_BPF_CMD, r->cmd);
	vd_judge(w, VD_KIND_BPF);
	return vd_leave(w);
}

VD_SYSCALL_EXIT(bpf)

/* Kernel modules */

static __always_inline bool vd_reads_module(u32 id)
{
	return id == bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE) ||
	       (bpf_core_enum_value_exists(enum kernel_read_file_id, READING_MODULE_COMPRESSED) &&
		id == bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE_COMPRESSED));
}

/* finit_module, with the file that the kernel is about to read. */
SEC("lsm/kernel_read_file")
int BPF_PROG(vd_kernel_read_file, struct file *file, enum kernel_read_file_id id, bool contents)
{
	struct vd_work *w;
	struct vd_module *r;

	if (!vd_reads_module(id))
		return 0;
	w = vd_enter(VD_KIND_MODULE, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_module);
	vd_put_path_object(w, &r->file, &file->f_path);
	if (r->h.syscall_nr == VD_SYS_finit_module)
		r->args = vd_put_user_string(w, vd_arg(1), VD_MAX_NAMERAW);
	vd_subject_object(w, &r->file);
	vd_judge(w, VD_KIND_MODULE);
	return vd_leave(w);
}

/* init_module: from memory, there is no file. Both miss what the kernel refuses first (no CAP_SYS_MODULE). */
SEC("lsm/kernel_load_data")
int BPF_PROG(vd_kernel_load_data, enum kernel_load_data_id id, bool contents)
{
	struct vd_work *w;
	struct vd_module *r;

	if (id != bpf_core_enum_value(enum kernel_load_data_id, LOADING_MODULE))
		return 0;
	w = vd_enter(VD_KIND_MODULE, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_module);
	if (r->h.syscall_nr == VD_SYS_init_module)
		r->args = vd_put_user_string(w, vd_arg(2), VD_MAX_NAMERAW);
	vd_judge(w, VD_KIND_MODULE);
	return vd_leave(w);
}

VD_SYSCALL_EXIT(finit_module)
VD_SYSCALL_EXIT(init_module)
