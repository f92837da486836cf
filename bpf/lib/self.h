/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Self-protection: what is guarded as what, and who may touch it nevertheless. For self.bpf.c, and for the hook of opens
 * (vd_self_open), which is self-protection's own program only where no rule is about opens: a second program at that hook
 * would cost each open more than the question itself.
 */
#ifndef VEDETTE_LIB_SELF_H
#define VEDETTE_LIB_SELF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi/self.h"
#include "task.h"

#define VD_FMODE_READ 0x1u
#define VD_FMODE_WRITE 0x2u
#define VD_O_NOCTTY 00000400u
#define VD_O_TRUNC 00001000u
#define VD_PROC_MAGIC 0x9fa0ul
#define VD_CGROUP2_MAGIC 0x63677270ul

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};
#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct vd_self);
} vd_self __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VD_SELF_MAX_OBJECTS);
	__type(key, struct vd_self_key);
	__type(value, struct vd_self_object);
} vd_self_objects __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VD_SELF_MAX_IDS);
	__type(key, u64);
	__type(value, u32);
} vd_self_ids __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 10);
} vd_self_attempts __weak SEC(".maps");

static __always_inline struct vd_self *vd_self_state(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&vd_self, &zero);
}

static __always_inline struct vd_self_key vd_self_key_of(struct inode *inode)
{
	return (struct vd_self_key){.dev = BPF_CORE_READ(inode, i_sb, s_dev), .ino = BPF_CORE_READ(inode, i_ino)};
}

/* What an inode is guarded as; 0: it is not. */
static __always_inline u32 vd_self_classes(struct inode *inode)
{
	struct vd_self_key key;
	struct vd_self_object *object;

	if (!inode)
		return 0;
	key = vd_self_key_of(inode);
	object = bpf_map_lookup_elem(&vd_self_objects, &key);
	return object ? object->classes : 0;
}

/* Root of the host, not of a user namespace or a container. */
static __always_inline bool vd_self_is_host_root(struct task_struct *task)
{
	struct vd_task_state *state = vd_state_of(task);

	if (task->cred->euid.val || task->cred->user_ns->level)
		return false;
	return state && !(state->flags & VD_TASK_CONTAINER);
}

static __always_inline bool vd_self_may(struct task_struct *task)
{
	struct vd_self *self = vd_self_state();

	if (!self || !*(volatile u32 *)&self->on || vd_is_exempt(task))
		return true;
	return vd_self_is_host_root(task) &&
	       (vd_self_classes(BPF_CORE_READ(task, mm, exe_file, f_inode)) & VD_SELF_PROGRAM);
}

/* Counts and tells. name: of the file, or NULL. */
static __noinline int vd_self_tell(u32 what, u64 detail, struct dentry *dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_task_state *state = vd_state_of(task);
	struct vd_self *self = vd_self_state();
	struct vd_self_attempt *a;

	if (self)
		__sync_fetch_and_add(&self->refused, 1);
	if (vd_is_unattended())
		return 0;
	a = bpf_ringbuf_reserve(&vd_self_attempts, sizeof(*a), 0);
	if (!a)
		return 0;
	__builtin_memset(a, 0, sizeof(*a));
	a->time_ns = bpf_ktime_get_boot_ns();
	a->pid = task->tgid;
	a->tid = task->pid;
	a->uid = task->cred->euid.val;
	a->what = what;
	a->detail = detail;
	bpf_probe_read_kernel_str(a->comm, sizeof(a->comm), task->group_leader->comm);
	if (state) {
		a->exec_id = state->exec_id;
		a->container = !!(state->flags & VD_TASK_CONTAINER);
		bpf_probe_read_kernel_str(a->exe, sizeof(a->exe), state->exe);
		if (state->exe_len < sizeof(a->exe))
			a->exe[state->exe_len & (VD_SELF_EXE - 1)] = 0;
	}
	if (dentry)
		bpf_probe_read_kernel_str(a->name, sizeof(a->name), BPF_CORE_READ(dentry, d_name.name));
	bpf_ringbuf_submit(a, 0);
	return 0;
}

/* What a hook returns for a guarded object. */
static __always_inline int vd_self_refuse(u32 what, u64 detail, struct dentry *dentry)
{
	if (vd_self_may(bpf_get_current_task_btf()))
		return 0;
	vd_self_tell(what, detail, dentry);
	return -VD_EPERM;
}

/* A registration by the agent: see vd_self.register_tid. */
static __always_inline void vd_self_register(struct vd_self *self, struct inode *inode)
{
	struct vd_self_key key = vd_self_key_of(inode);
	struct vd_self_object object = {.classes = self->classes, .epoch = self->epoch};
	struct vd_self_object *known = bpf_map_lookup_elem(&vd_self_objects, &key);

	if (known && known->epoch == self->epoch)
		object.classes |= known->classes;
	if (!bpf_map_update_elem(&vd_self_objects, &key, &object, BPF_ANY))
		self->registered++;
}

/* /proc/PID/… of the agent. */
static __always_inline bool vd_self_is_agents_proc(struct inode *inode)
{
	struct proc_inode *proc = (void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
	struct pid *pid = BPF_CORE_READ(proc, pid);
	u32 nr = pid ? BPF_CORE_READ(pid, numbers[0].nr) : 0;

	/* a thread's own directory has the thread's number */
	return nr && nr == vd_config.agent_tgid && !vd_is_unattended();
}

static __always_inline bool vd_self_is_ftrace_switch(struct dentry *dentry)
{
	static const char wanted[] = "ftrace_enabled";
	char name[sizeof(wanted)] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	for (u32 i = 0; i < sizeof(wanted); i++) {
		if (name[i] != wanted[i])
			return false;
	}
	return true;
}

/* Moving processes about is what service managers do; of a group of ours it moves only others. */
static __always_inline bool vd_self_is_control(struct dentry *dentry)
{
	char name[12] = {};

	if (!(vd_self_classes(BPF_CORE_READ(dentry, d_parent, d_inode)) & VD_SELF_CGROUP))
		return false;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	/* cgroup.procs, cgroup.threads, cgroup.subtree_control */
	if (name[0] != 'c' || name[1] != 'g' || name[6] != '.')
		return true;
	return name[7] != 'p' && name[7] != 't' && name[7] != 's';
}

static __always_inline int vd_self_write(struct inode *inode, struct dentry *dentry)
{
	unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);

	if (magic == VD_PROC_MAGIC) {
		if (vd_self_is_agents_proc(inode))
			return vd_self_refuse(VD_SELF_PROC_ATTEMPT, 0, dentry);
		if (vd_self_is_ftrace_switch(dentry))
			return vd_self_refuse(VD_SELF_SYSCTL_ATTEMPT, 0, dentry);
		return 0;
	}
	if (magic == VD_CGROUP2_MAGIC)
		return vd_self_is_control(dentry) ? vd_self_refuse(VD_SELF_CGROUP_ATTEMPT, 0, dentry) : 0;
	if (vd_self_classes(inode) & VD_SELF_FILE)
		return vd_self_refuse(VD_SELF_WRITE_ATTEMPT, 0, dentry);
	return 0;
}

/* Most opens: for reading, and by nobody who registers. */
static __always_inline bool vd_self_minds_open(u32 mode, u32 flags)
{
	return (mode & VD_FMODE_WRITE) || (flags & (VD_O_TRUNC | VD_O_NOCTTY));
}

/* Of an open for which vd_self_minds_open(): 0 or an errno. */
static __noinline int vd_self_open(struct file *file, u32 mode, u32 flags)
{
	struct vd_self *self;

	if ((mode & VD_FMODE_WRITE) || (flags & VD_O_TRUNC))
		return vd_self_write(file->f_inode, file->f_path.dentry);
	self = vd_self_state();
	if (self && self->register_tid && self->register_tid == (u32)bpf_get_current_pid_tgid())
		vd_self_register(self, file->f_inode);
	return 0;
}

#endif
