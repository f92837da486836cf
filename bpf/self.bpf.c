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

#include "lib/arg.h"
#include "lib/self.h"

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
#pragma clang attribute pop

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

/* Where opens are judged, vd_file_open asks. */
SEC("lsm/file_open")
int VD_SELF_PROG(vd_self_file_open, struct file *file)
{
	u32 mode = file->f_mode, flags = file->f_flags;

	return vd_self_minds_open(mode, flags) ? vd_self_open(file, mode, flags) : 0;
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
