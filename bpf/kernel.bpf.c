/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Services of the kernel that a hook guards: performance events, the clock, io_uring, what lockdown forbids, key rings,
 * modules that the kernel loads by itself.
 *
 * LSM programs here do not look at the previous program's return value: their trampoline (as that of fmod_ret) stops
 * at the first one that is not 0, so it is always 0.
 */
#include "lib/vedette.h"

#include "lib/call.h"

static __always_inline struct vd_work *vd_enter_service(const u32 kind, u32 operation)
{
	struct vd_work *w = vd_enter(kind, sizeof(struct vd_kernel_call));

	if (!w)
		return NULL;
	VD_RECORD(w, struct vd_kernel_call)->operation = operation;
	vd_subject_scalar(w, VD_TABLE_OPERATION, operation);
	return w;
}

static __always_inline struct vd_work *vd_judge_service(const u32 kind, u32 operation)
{
	struct vd_work *w = vd_enter_service(kind, operation);

	if (!w)
		return NULL;
	vd_judge(w, kind);
	vd_put_call(w, kind);
	return w;
}

/* One record per call, of the first thing it asks for, save what is refused. */
static __always_inline int vd_ask_once(const u32 kind, u32 operation)
{
	struct vd_work *w = vd_judge_service(kind, operation);

	return w ? vd_leave_once(w) : 0;
}

static __always_inline int vd_ask(const u32 kind, u32 operation)
{
	struct vd_work *w = vd_judge_service(kind, operation);

	return w ? vd_leave(w) : 0;
}

/* Every perf_event_open: first whether it may at all, then, by what it asks for, for a processor, the kernel, a tracepoint. The
 * hook lost its first argument, a pointer, in 6.14. */
SEC("lsm/perf_event_open")
int BPF_PROG(vd_perf_event_open, u64 first, u64 second)
{
	u64 type = first;

	VD_OPAQUE(type);
	if (type > 0xffff)
		type = second;
	return vd_ask_once(VD_KIND_PERF, (u32)type + VD_PERF_OPEN);
}

/* The wall clock and the time zone. Not the slow adjustment by adjtimex and clock_adjtime, nor clocks of devices. */
SEC("lsm/settime")
int BPF_PROG(vd_settime, const struct timespec64 *time, const struct timezone *zone)
{
	return vd_ask_once(VD_KIND_SETTIME, 0);
}

/* io_uring */

SEC("lsm/uring_allowed")
int BPF_PROG(vd_uring_allowed)
{
	return vd_ask(VD_KIND_IO_URING, VD_URING_SETUP);
}

/* The file of a new io_uring: all that tells of one before 6.16. Where uring_allowed came first, its record waits. */
SEC("lsm/inode_init_security_anon")
int BPF_PROG(vd_uring_anon, struct inode *inode, const struct qstr *name)
{
	static const char uring[] = "[io_uring]";
	char text[sizeof(uring)] = {};

	bpf_probe_read_kernel_str(text, sizeof(text), name->name);
	if (bpf_strncmp(text, sizeof(text), uring))
		return 0;
	return vd_ask_once(VD_KIND_IO_URING, VD_URING_SETUP);
}

SEC("lsm/uring_sqpoll")
int BPF_PROG(vd_uring_sqpoll)
{
	return vd_ask(VD_KIND_IO_URING, VD_URING_SQPOLL);
}

/* An operation by the credentials of a registered personality. */
SEC("lsm/uring_override_creds")
int BPF_PROG(vd_uring_override_creds, const struct cred *creds)
{
	return vd_ask(VD_KIND_IO_URING, VD_URING_OVERRIDE_CREDS);
}

/* IORING_OP_URING_CMD: to a driver, past ioctl. */
SEC("lsm/uring_cmd")
int BPF_PROG(vd_uring_cmd, struct io_uring_cmd *command)
{
	return vd_ask(VD_KIND_IO_URING, VD_URING_CMD);
}

/* Lockdown */

static __always_inline u32 vd_lockdown_reason(u32 what)
{
#define VD_LOCKDOWN_REASON(name, text)                                                                                 \
	if (bpf_core_enum_value_exists(enum lockdown_reason, LOCKDOWN_##name) &&                                       \
	    what == bpf_core_enum_value(enum lockdown_reason, LOCKDOWN_##name))                                        \
		return VD_LOCKDOWN_##name;
#include "bpf/abi/lockdown.def"
#undef VD_LOCKDOWN_REASON
	return VD_LOCKDOWN_UNKNOWN;
}

/* Every use of what lockdown would forbid, whether the kernel is locked down or not. */
SEC("lsm/locked_down")
int BPF_PROG(vd_locked_down, enum lockdown_reason what)
{
	return vd_ask(VD_KIND_LOCKED_DOWN, vd_lockdown_reason(what));
}

/* Keys: by the three calls only; the kernel itself looks for keys in many others. */

static __always_inline bool vd_is_key_call(void)
{
	struct vd_header origin = {};

	vd_fill_origin(&origin, bpf_get_current_task_btf());
	return vd_is_type_of(VD_KIND_KEY, origin.syscall_nr);
}

/* A key about to be made. */
SEC("lsm/key_alloc")
int BPF_PROG(vd_key_alloc, struct key *key)
{
	struct vd_kernel_call *r;
	struct vd_work *w;

	if (!vd_is_key_call())
		return 0;
	w = vd_enter_service(VD_KIND_KEY, VD_KEY_ALLOC);
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_kernel_call);
	r->name = vd_put_kernel_string(w, BPF_CORE_READ(key, type, name), VD_NAME_MAX);
	r->description = vd_put_kernel_string(w, BPF_CORE_READ(key, description), VD_NAME_MAX);
	vd_subject_string(w, VD_TABLE_NAME, r->name);
	vd_judge(w, VD_KIND_KEY);
	vd_put_call(w, VD_KIND_KEY);
	return vd_leave_once(w);
}

/* A key about to be used. Which one is not told: the kernel's BTF does not know the type of a reference to a key. */
SEC("lsm/key_permission")
int BPF_PROG(vd_key_permission, u64 reference, u64 cred, u64 permission)
{
	if (!vd_is_key_call())
		return 0;
	return vd_ask_once(VD_KIND_KEY, (u32)permission);
}

/* The kernel is about to have a module loaded, since a process asks for what only the module has: a family of sockets, a
 * file system, a binary format. By modprobe, as root, whoever asks. */
SEC("lsm/kernel_module_request")
int BPF_PROG(vd_module_request, char *name)
{
	struct vd_work *w = vd_enter(VD_KIND_MODULE_REQUEST, sizeof(struct vd_kernel_call));
	struct vd_kernel_call *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_kernel_call);
	r->name = vd_put_kernel_string(w, name, VD_NAME_MAX);
	vd_subject_string(w, VD_TABLE_NAME, r->name);
	vd_judge(w, VD_KIND_MODULE_REQUEST);
	return vd_leave(w);
}
