/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What is told about a process: credentials, namespaces, terminal, control group, executable.
 */
#ifndef VEDETTE_LIB_PROCESS_H
#define VEDETTE_LIB_PROCESS_H

#include "vmlinux.h"

#include "path.h"

#define VD_CAP_DAC_OVERRIDE 1
#define VD_MNT_READONLY 0x40
#define VD_SB_RDONLY 0x1
#define VD_MAX_GROUPS 32

static __always_inline void vd_fill_creds(struct vd_creds *out, const struct cred *cred)
{
	out->uid = cred->uid.val;
	out->gid = cred->gid.val;
	out->euid = cred->euid.val;
	out->egid = cred->egid.val;
	out->suid = cred->suid.val;
	out->sgid = cred->sgid.val;
	out->fsuid = cred->fsuid.val;
	out->fsgid = cred->fsgid.val;
	out->cap_inheritable = vd_cap(&cred->cap_inheritable);
	out->cap_permitted = vd_cap(&cred->cap_permitted);
	out->cap_effective = vd_cap(&cred->cap_effective);
	out->cap_bounding = vd_cap(&cred->cap_bset);
	out->cap_ambient = vd_cap(&cred->cap_ambient);
}

static __always_inline void vd_fill_login(struct vd_creds *out, struct task_struct *task)
{
	out->loginuid = task->loginuid.val;
	out->sessionid = task->sessionid;
}

/* A task's number in its own pid namespace, or that namespace's inode number. */
static __always_inline struct upid vd_own_upid(struct pid *pid)
{
	struct upid upid = {};
	u32 level = BPF_CORE_READ(pid, level);

	bpf_probe_read_kernel(&upid, sizeof(upid), (void *)&pid->numbers[0] + level * sizeof(upid));
	return upid;
}

/* A task's number in the pid namespace of another one that can see it. */
static __always_inline u32 vd_nr_seen_by(struct pid *pid, struct pid *observer)
{
	struct upid upid = {};
	u32 level = BPF_CORE_READ(observer, level);

	bpf_probe_read_kernel(&upid, sizeof(upid), (void *)&pid->numbers[0] + level * sizeof(upid));
	return upid.nr;
}

static __always_inline u32 vd_first_nr(struct pid *pid)
{
	return BPF_CORE_READ(pid, numbers[0].nr);
}

static __always_inline void vd_fill_namespaces(struct vd_namespaces *out, struct task_struct *task)
{
	struct nsproxy *nsproxy = task->nsproxy;
	struct pid_namespace *pid_ns = vd_own_upid(task->thread_pid).ns;

	out->user = task->cred->user_ns->ns.inum;
	out->pid = BPF_CORE_READ(pid_ns, ns.inum);
	if (!nsproxy)
		return;
	out->mnt = nsproxy->mnt_ns->ns.inum;
	out->net = nsproxy->net_ns->ns.inum;
	out->uts = nsproxy->uts_ns->ns.inum;
	out->ipc = nsproxy->ipc_ns->ns.inum;
	out->cgroup = nsproxy->cgroup_ns->ns.inum;
	out->host_mnt = out->mnt == vd_config.host_mnt_ns;
}

/* The controlling terminal, numbered as in /proc/PID/stat. */
static __always_inline u32 vd_tty_of(struct task_struct *task)
{
	struct tty_struct *tty = task->signal->tty;
	u32 major, minor;

	if (!tty)
		return 0;
	major = BPF_CORE_READ(tty, driver, major);
	minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);
	return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

static __always_inline void vd_fill_ids(struct vd_exec *r, struct task_struct *task)
{
	struct pid *pgid = task->signal->pids[VD_PIDTYPE_PGID], *sid = task->signal->pids[VD_PIDTYPE_SID];

	r->vpid = vd_own_upid(task->thread_pid).nr;
	r->pgid = vd_first_nr(pgid);
	r->sid = vd_first_nr(sid);
	r->vpgid = vd_own_upid(pgid).nr;
	r->vsid = vd_own_upid(sid).nr;
	r->tty = vd_tty_of(task);
}

/* Control group */

/* One step up: walk.dentry holds the kernfs node. */
static long vd_cgroup_step(u32 i, struct vd_walk_context *context)
{
	struct vd_work *w = context->w;
	struct kernfs_node *node = (void *)w->walk.dentry;
	u64 parent = vd_kernfs_parent(w->walk.dentry);
	long len;

	if (!parent) { /* the root has no name */
		w->walk.stop = VD_WALK_ROOT;
		return 1;
	}
	len = bpf_probe_read_kernel_str(w->text, VD_TEXT_ROOM, BPF_CORE_READ(node, name));
	if (len < 1 || !vd_prepend(w, (u64)w->text, len - 1))
		return 1;
	w->walk.dentry = parent;
	return 0;
}

#define VD_CGROUP_DEPTH 64

/* Appends the path of the cgroup whose node is walk.dentry; packed as by vd_append(). */
__weak u32 vd_append_cgroup(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_walk_context context = {.w = w};
	struct vd_header *h;
	u32 at, position;
	u64 len;

	if (!w || !w->walk.dentry)
		return 0;
	h = VD_RECORD(w, struct vd_header);
	at = w->len;
	w->walk.stop = VD_WALK_GOING;
	w->walk.position = VD_MAX_PATH;
	bpf_loop(VD_CGROUP_DEPTH, vd_cgroup_step, &context, 0);
	position = vd_clamp(w->walk.position, VD_MAX_PATH);
	if (position == VD_MAX_PATH) {
		position = VD_MAX_PATH - 1;
		w->path[VD_MAX_PATH - 1] = '/';
	}
	len = VD_MAX_PATH - position;
	if (w->walk.stop != VD_WALK_ROOT || len > VD_MAX_CGROUP)
		h->flags |= VD_F_TRUNCATED;
	len = vd_clamp(len, VD_MAX_CGROUP);
	if (at > VD_MAX_RECORD - VD_MAX_CGROUP)
		return 0;
	if (bpf_probe_read_kernel(w->record + at, len, (void *)w->path + VD_MAX_PATH - len))
		return 0;
	w->len = at + len;
	return at | (u32)len << 16;
}

#define VD_CGROUP_SUBSYSTEMS 14

/* The first hierarchy of version 1 in which the task is not at the root. 0: none. */
static __always_inline u64 vd_v1_cgroup(struct css_set *set)
{
	for (u32 i = 0; i < VD_CGROUP_SUBSYSTEMS; i++) {
		struct cgroup_subsys_state *css = NULL;
		struct cgroup *cgroup;

		bpf_probe_read_kernel(&css, sizeof(css), (void *)&set->subsys[0] + i * sizeof(css));
		cgroup = BPF_CORE_READ(css, cgroup);
		if (cgroup && BPF_CORE_READ(cgroup, level) > 0)
			return (u64)BPF_CORE_READ(cgroup, kn);
	}
	return 0;
}

static __always_inline struct vd_str vd_put_cgroup(struct vd_work *w, struct task_struct *task)
{
	struct css_set *set = task->cgroups;
	struct cgroup *cgroup = set->dfl_cgrp;
	u64 node = cgroup->level > 0 ? 0 : vd_v1_cgroup(set);

	w->walk.dentry = node ? node : (u64)cgroup->kn;
	return vd_unpack(vd_append_cgroup(w->slot));
}

/* Executable */

static __always_inline bool vd_is_memfd(struct dentry *dentry, u32 mount_class)
{
	return mount_class == VD_MOUNT_INTERNAL && vd_has_memfd_name(dentry);
}

static __always_inline bool vd_in_group(const struct cred *cred, u32 gid)
{
	struct group_info *groups = cred->group_info;
	u32 count = BPF_CORE_READ(groups, ngroups);

	if (cred->fsgid.val == gid)
		return true;
	for (u32 i = 0; i < VD_MAX_GROUPS && i < count; i++) {
		u32 member = 0;

		bpf_probe_read_kernel(&member, sizeof(member), (void *)&groups->gid[0] + i * sizeof(member));
		if (member == gid)
			return true;
	}
	return false;
}

/* By mode bits, owner, groups and CAP_DAC_OVERRIDE; access control lists are not looked at. */
static __always_inline bool vd_is_writable(struct file *file, const struct cred *cred)
{
	struct inode *inode = file->f_inode;
	u32 mode = inode->i_mode;

	if ((file->f_path.mnt->mnt_flags & VD_MNT_READONLY) || (inode->i_sb->s_flags & VD_SB_RDONLY))
		return false;
	if (vd_cap(&cred->cap_effective) >> VD_CAP_DAC_OVERRIDE & 1)
		return true;
	if (cred->fsuid.val == inode->i_uid.val)
		return mode & 0200;
	if ((mode & 0020) && vd_in_group(cred, inode->i_gid.val))
		return true;
	return mode & 0002;
}

/* VD_EXE_* but SCRIPT. */
static __always_inline u32 vd_exe_flags(struct file *file, const struct cred *cred, u32 mount_class)
{
	u32 flags = 0;

	if (vd_is_memfd(file->f_path.dentry, mount_class))
		flags |= VD_EXE_MEMFD;
	if (file->f_inode->i_sb->s_magic == VD_MAGIC_OVERLAY)
		flags |= vd_is_upper_layer(file->f_inode) ? VD_EXE_UPPER_LAYER : VD_EXE_LOWER_LAYER;
	if (!file->f_inode->i_nlink)
		flags |= VD_EXE_UNLINKED;
	if (vd_is_writable(file, cred))
		flags |= VD_EXE_WRITABLE;
	return flags;
}

/* The executable as later hooks want it. */
static __always_inline void vd_remember_exe(struct vd_task_state *state, struct vd_work *w, const struct vd_exec *r)
{
	u64 len = r->exe.path.len;

	state->flags &= ~(VD_TASK_EXE_MEMFD | VD_TASK_EXE_UPPER | VD_TASK_EXE_LONG);
	if (r->exe_flags & VD_EXE_MEMFD)
		state->flags |= VD_TASK_EXE_MEMFD;
	if (r->exe_flags & VD_EXE_UPPER_LAYER)
		state->flags |= VD_TASK_EXE_UPPER;
	if (len > VD_EXE_BYTES || w->unresolved)
		state->flags |= VD_TASK_EXE_LONG;
	state->exe_dev = r->exe.dev;
	state->exe_ino = r->exe.ino;
	len = vd_clamp(len, VD_EXE_BYTES);
	state->exe_len = len;
	bpf_probe_read_kernel(state->exe, len, (void *)w->record + r->exe.path.offset);
	__builtin_memcpy(state->comm, r->comm, VD_COMM);
	state->comm_len = 0;
	for (u32 i = 0; i < VD_COMM && r->comm[i]; i++)
		state->comm_len = i + 1;
}

#endif
