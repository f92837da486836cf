/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Self-protection: while rules refuse, the agent's process, pins, maps, programs, files and control group are nobody's to
 * touch. Who may: process 1, kernel threads, the agent, and root of the host by Vedette's own executable. Besides,
 * root of the host may end the agent and make it reload by SIGTERM, SIGINT and SIGHUP. abi/self.h says what is guarded as what.
 *
 * Most of it is asked often and about something else, so each program looks at the object first, and at who asks only for
 * a guarded one. Opens for reading cost two comparisons.
 */
#include "lib/vedette.h"

#include "abi/self.h"
#include "lib/arg.h"

#define VD_FMODE_READ 0x1u
#define VD_FMODE_WRITE 0x2u
#define VD_O_TRUNC 01000u
#define VD_PROC_MAGIC 0x9fa0ul
#define VD_CGROUP2_MAGIC 0x63677270ul
#define VD_SIGHUP 1
#define VD_SIGINT 2
#define VD_SIGTERM 15
#define VD_BPF_PROG_LOAD 5
#define VD_BPF_LINK_CREATE 28
#define VD_LOAD_ATTACH_PROG_FD 112 /* where in union bpf_attr */
#define VD_LINK_TARGET_FD 4

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct bpf_map {
	u32 id;
};
struct bpf_prog_aux {
	u32 id;
};
struct bpf_prog {
	struct bpf_prog_aux *aux;
};
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
} vd_self SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VD_SELF_MAX_OBJECTS);
	__type(key, struct vd_self_key);
	__type(value, struct vd_self_object);
} vd_self_objects SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VD_SELF_MAX_IDS);
	__type(key, u64);
	__type(value, u32);
} vd_self_ids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 10);
} vd_self_attempts SEC(".maps");

/* libbpf's BPF_PROG without the guard of lib/guard.h: these hold no work slot. */
#define VD_SELF_PROG(name, args...)                                                                                    \
	name(unsigned long long *ctx);                                                                                 \
	static __always_inline int ____##name(unsigned long long *ctx, ##args);                                        \
	int name(unsigned long long *ctx)                                                                              \
	{                                                                                                              \
		_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wint-conversion\"") return           \
		    ____##name(___bpf_ctx_cast(args));                                                                 \
		_Pragma("GCC diagnostic pop")                                                                          \
	}                                                                                                              \
	static __always_inline int ____##name(unsigned long long *ctx, ##args)

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

/* The agent's process */

/* Signal 0 asks whether it is there. The kernel's own signals do not come here. */
SEC("lsm/task_kill")
int VD_SELF_PROG(vd_self_task_kill, struct task_struct *p, void *info, int sig)
{
	if (!vd_is_agent(p) || !sig)
		return 0;
	if ((sig == VD_SIGTERM || sig == VD_SIGINT || sig == VD_SIGHUP) &&
	    vd_self_is_host_root(bpf_get_current_task_btf()))
		return 0;
	return vd_self_refuse(VD_SELF_SIGNAL_ATTEMPT, (u32)sig, NULL);
}

/* ptrace, process_vm_readv and _writev, pidfd_getfd, /proc/PID/mem. To look at /proc/PID/maps, fd, environ is what ps and lsof
 * do: left to the host, not to containers. */
SEC("lsm/ptrace_access_check")
int VD_SELF_PROG(vd_self_ptrace, struct task_struct *child, unsigned int mode)
{
	struct vd_task_state *state;

	if (!vd_is_agent(child))
		return 0;
	if (!(mode & 2u)) { /* PTRACE_MODE_ATTACH */
		state = vd_current_state();
		if (!state || !(state->flags & VD_TASK_CONTAINER))
			return 0;
	}
	return vd_self_refuse(VD_SELF_TRACE_ATTEMPT, mode, NULL);
}

SEC("lsm/task_setrlimit")
int VD_SELF_PROG(vd_self_setrlimit, struct task_struct *p, unsigned int resource)
{
	return vd_is_agent(p) ? vd_self_refuse(VD_SELF_LIMIT_ATTEMPT, resource, NULL) : 0;
}

SEC("lsm/task_setscheduler")
int VD_SELF_PROG(vd_self_setscheduler, struct task_struct *p)
{
	return vd_is_agent(p) ? vd_self_refuse(VD_SELF_SCHEDULE_ATTEMPT, 0, NULL) : 0;
}

SEC("lsm/task_setnice")
int VD_SELF_PROG(vd_self_setnice, struct task_struct *p, int nice)
{
	return vd_is_agent(p) ? vd_self_refuse(VD_SELF_SCHEDULE_ATTEMPT, 0, NULL) : 0;
}

/* BPF objects. Who only looks is left to root of the host (bpftool, but not all of its versions open maps for reading). */

SEC("lsm/bpf_map")
int VD_SELF_PROG(vd_self_bpf_map, struct bpf_map *map, unsigned int fmode)
{
	u64 id = VD_SELF_MAP_ID | map->id;

	if (!bpf_map_lookup_elem(&vd_self_ids, &id))
		return 0;
	if (!(fmode & VD_FMODE_WRITE) && vd_self_is_host_root(bpf_get_current_task_btf()))
		return 0;
	return vd_self_refuse(VD_SELF_MAP_ATTEMPT, map->id, NULL);
}

SEC("lsm/bpf_prog")
int VD_SELF_PROG(vd_self_bpf_prog, struct bpf_prog *prog)
{
	u64 id = VD_SELF_PROGRAM_ID | prog->aux->id;

	if (!bpf_map_lookup_elem(&vd_self_ids, &id) || vd_self_is_host_root(bpf_get_current_task_btf()))
		return 0;
	return vd_self_refuse(VD_SELF_PROGRAM_ATTEMPT, (u32)id, NULL);
}

/* The id of the program that a descriptor stands for, if it is one of ours. */
static __always_inline u32 vd_self_program_of(u32 fd)
{
	static const char kind[] = "bpf-prog";
	struct file *file = vd_file_of(fd);
	struct bpf_prog *prog;
	char name[sizeof(kind)] = {};
	u64 id;

	if (!file)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	for (u32 i = 0; i < sizeof(kind); i++) {
		if (name[i] != kind[i])
			return 0;
	}
	prog = BPF_CORE_READ(file, private_data);
	id = VD_SELF_PROGRAM_ID | BPF_CORE_READ(prog, aux, id);
	return bpf_map_lookup_elem(&vd_self_ids, &id) ? (u32)id : 0;
}

/* A program that takes the place of a function of ours (freplace): it is loaded for one, or linked to it. */
SEC("lsm/bpf")
int VD_SELF_PROG(vd_self_bpf, int cmd, union bpf_attr *attr, unsigned int size)
{
	u32 at = cmd == VD_BPF_PROG_LOAD ? VD_LOAD_ATTACH_PROG_FD : VD_LINK_TARGET_FD, fd = 0, id;

	if ((cmd != VD_BPF_PROG_LOAD && cmd != VD_BPF_LINK_CREATE) || size < at + sizeof(fd))
		return 0;
	if (bpf_probe_read_kernel(&fd, sizeof(fd), (void *)attr + at) || !fd)
		return 0;
	id = vd_self_program_of(fd);
	return id ? vd_self_refuse(VD_SELF_PROGRAM_ATTEMPT, id, NULL) : 0;
}

/* Files */

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

SEC("lsm/file_open")
int VD_SELF_PROG(vd_self_file_open, struct file *file)
{
	struct vd_self *self;

	if ((file->f_mode & VD_FMODE_WRITE) || (file->f_flags & VD_O_TRUNC))
		return vd_self_write(file->f_inode, file->f_path.dentry);
	self = vd_self_state();
	if (self && self->register_tid && self->register_tid == (u32)bpf_get_current_pid_tgid())
		vd_self_register(self, file->f_inode);
	return 0;
}

SEC("lsm/path_truncate")
int VD_SELF_PROG(vd_self_truncate, const struct path *path)
{
	return vd_self_write(path->dentry->d_inode, path->dentry);
}

SEC("lsm/path_chmod")
int VD_SELF_PROG(vd_self_chmod, const struct path *path)
{
	if (vd_self_classes(path->dentry->d_inode) & (VD_SELF_FILE | VD_SELF_NAMES))
		return vd_self_refuse(VD_SELF_WRITE_ATTEMPT, 0, path->dentry);
	return 0;
}

SEC("lsm/path_chown")
int VD_SELF_PROG(vd_self_chown, const struct path *path)
{
	if (vd_self_classes(path->dentry->d_inode) & (VD_SELF_FILE | VD_SELF_NAMES))
		return vd_self_refuse(VD_SELF_WRITE_ATTEMPT, 0, path->dentry);
	return 0;
}

#define VD_SELF_ANY (VD_SELF_FILE | VD_SELF_NAMES | VD_SELF_ABOVE)

/* A name goes, or comes to mean something else. */
static __always_inline int vd_self_name(struct inode *dir, struct dentry *dentry)
{
	if ((vd_self_classes(dir) & VD_SELF_NAMES) || (vd_self_classes(dentry->d_inode) & VD_SELF_ANY))
		return vd_self_refuse(VD_SELF_NAME_ATTEMPT, 0, dentry);
	return 0;
}

static __always_inline int vd_self_new_name(struct inode *dir, struct dentry *dentry)
{
	return vd_self_classes(dir) & VD_SELF_NAMES ? vd_self_refuse(VD_SELF_NAME_ATTEMPT, 0, dentry) : 0;
}

SEC("lsm/inode_unlink")
int VD_SELF_PROG(vd_self_unlink, struct inode *dir, struct dentry *dentry)
{
	return vd_self_name(dir, dentry);
}

SEC("lsm/inode_rmdir")
int VD_SELF_PROG(vd_self_rmdir, struct inode *dir, struct dentry *dentry)
{
	return vd_self_name(dir, dentry);
}

SEC("lsm/inode_rename")
int VD_SELF_PROG(vd_self_rename, struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
		 struct dentry *new_dentry)
{
	int refused = vd_self_name(old_dir, old_dentry);

	return refused ? -VD_EPERM : vd_self_name(new_dir, new_dentry);
}

SEC("lsm/inode_create")
int VD_SELF_PROG(vd_self_create, struct inode *dir, struct dentry *dentry)
{
	return vd_self_new_name(dir, dentry);
}

SEC("lsm/inode_mkdir")
int VD_SELF_PROG(vd_self_mkdir, struct inode *dir, struct dentry *dentry)
{
	return vd_self_new_name(dir, dentry);
}

SEC("lsm/inode_symlink")
int VD_SELF_PROG(vd_self_symlink, struct inode *dir, struct dentry *dentry)
{
	return vd_self_new_name(dir, dentry);
}

SEC("lsm/inode_link")
int VD_SELF_PROG(vd_self_link, struct dentry *old_dentry, struct inode *dir, struct dentry *new_dentry)
{
	return vd_self_new_name(dir, new_dentry);
}

/* Mounts. In other mount namespaces (a service's, a container's) they change nothing for Vedette. */

#define VD_SELF_MS_CHANGES (32ul | 1ul << 17 | 1ul << 18 | 1ul << 19 | 1ul << 20) /* remount, propagation */

static __always_inline int vd_self_mount_at(struct dentry *dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!(vd_self_classes(dentry->d_inode) & VD_SELF_ANY))
		return 0;
	if (!task->nsproxy || task->nsproxy->mnt_ns->ns.inum != vd_config.host_mnt_ns)
		return 0;
	return vd_self_refuse(VD_SELF_MOUNT_ATTEMPT, 0, dentry);
}

SEC("lsm/sb_mount")
int VD_SELF_PROG(vd_self_mount, const char *dev_name, const struct path *path, const char *type, unsigned long flags)
{
	return flags & VD_SELF_MS_CHANGES ? 0 : vd_self_mount_at(path->dentry);
}

SEC("lsm/move_mount")
int VD_SELF_PROG(vd_self_move_mount, const struct path *from, const struct path *to)
{
	int refused = vd_self_mount_at(from->dentry);

	return refused ? -VD_EPERM : vd_self_mount_at(to->dentry);
}

SEC("lsm/sb_umount")
int VD_SELF_PROG(vd_self_umount, struct vfsmount *mnt, int flags)
{
	return vd_self_mount_at(mnt->mnt_root);
}
