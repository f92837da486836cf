/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Kernel types, written by hand: only the members our programs read. preserve_access_index makes libbpf replace
 * every offset with that of the running kernel, so neither order nor completeness matters; what differs between
 * kernels is in core_compat.h. The build takes nothing from the machine it runs on.
 */
#ifndef VEDETTE_LIB_VMLINUX_H
#define VEDETTE_LIB_VMLINUX_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
typedef __s32 s32;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u16 umode_t;
typedef int pid_t;
typedef _Bool bool;

#ifndef NULL
#define NULL ((void *)0)
#endif
#define true 1
#define false 0

/* uapi/linux/bpf.h */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum { BPF_F_NO_PREALLOC = 1u << 0, BPF_F_MMAPABLE = 1u << 10 };
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0 };

enum kernel_read_file_id { READING_MODULE = 2, READING_MODULE_COMPRESSED = 7 };
enum kernel_load_data_id { LOADING_MODULE = 2 };
enum lockdown_reason {
#define VD_LOCKDOWN_REASON(name, text) LOCKDOWN_##name,
#include "bpf/abi/lockdown.def"
#undef VD_LOCKDOWN_REASON
};

#define VD_EPERM 1
#define VD_EBUSY 16
#define VD_MAX_ERRNO 4095
#define VD_EAGAIN 11

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	u32 val;
} kuid_t;
typedef struct {
	u32 val;
} kgid_t;
/* Two u32 until 6.2, one u64 from 6.3 (f122a08b197d): eight bytes either way, read whole by vd_cap(). */
typedef struct {
	u64 val;
} kernel_cap_t;
typedef struct {
	int counter;
} atomic_t;
typedef struct {
	s64 counter;
} atomic64_t;

struct list_head {
	struct list_head *next, *prev;
};
struct hlist_node {
	struct hlist_node *next;
};
struct hlist_head {
	struct hlist_node *first;
};
struct seqcount {
	unsigned int sequence;
};
struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};

struct pt_regs {
	unsigned long bp, bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
};
struct thread_info {
	u32 status;
};

/* Files */
struct dentry;
struct super_block;
struct inode;
struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct qstr {
	u32 hash, len;
	const unsigned char *name;
};
struct dentry {
	unsigned int d_flags;
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	union {
		struct hlist_node d_alias; /* in i_dentry */
	} d_u;
};
struct file_system_type {
	const char *name;
};
struct super_block {
	u32 s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
	struct dentry *s_root;
	struct file_system_type *s_type;
};
struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};
struct inode {
	umode_t i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	u32 i_generation;
	struct hlist_head i_dentry;
	u32 i_rdev;
	void *i_private;
};
struct file {
	unsigned int f_flags;
	unsigned int f_mode;
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
};
struct iattr {
	unsigned int ia_valid;
};
struct vm_area_struct {
	struct file *vm_file;
};
struct posix_acl;
struct kernel_siginfo;
struct io_uring_cmd;
struct timezone;
struct key_type {
	const char *name;
};
struct key {
	struct key_type *type;
	char *description;
};
struct proc_ns_operations {
	const char *name;
	const char *real_ns_name;
};
struct ns_common {
	const struct proc_ns_operations *ops;
	unsigned int inum;
};
struct mnt_namespace {
	struct ns_common ns;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
	const char *mnt_devname;
};
struct fs_struct {
	struct path root;
	struct path pwd;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct fs_context {
	struct dentry *root;
	const char *source;
};

enum fs_value_type { fs_value_is_file = 4 };
struct fs_parameter {
	enum fs_value_type type;
	struct file *file;
};

/* Namespaces */
struct uts_namespace {
	struct ns_common ns;
};
struct ipc_namespace {
	struct ns_common ns;
};
struct pid_namespace {
	struct ns_common ns;
	struct task_struct *child_reaper;
};
struct net {
	struct ns_common ns;
};
struct cgroup_namespace {
	struct ns_common ns;
};
struct user_namespace {
	struct ns_common ns;
	struct user_namespace *parent;
	int level;
};
struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct cgroup_namespace *cgroup_ns;
};

/* Control groups */
struct kernfs_node {
	const char *name;
	u64 id;
};
struct cgroup;
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};
struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
};
struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
};

/* Tasks */
struct group_info {
	int ngroups;
	kgid_t gid[1];
};
struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1];
};
struct tty_driver {
	int major;
	int minor_start;
};
struct tty_struct {
	struct tty_driver *driver;
	int index;
};
enum { VD_PIDTYPE_PGID = 2, VD_PIDTYPE_SID = 3 };
struct rlimit {
	unsigned long rlim_cur;
};
enum { VD_RLIMIT_NOFILE = 7, VD_RLIMITS = 16 };
struct signal_struct {
	atomic_t live;
	unsigned int flags;
	int group_exit_code;
	struct pid *pids[4];
	struct tty_struct *tty;
	struct rlimit rlim[VD_RLIMITS];
};
struct mm_struct {
	unsigned long total_vm; /* pages */
	unsigned long arg_start, arg_end, env_start, env_end;
	struct file *exe_file;
};
struct filename {
	const char *name;
};
struct nameidata { /* a path look-up under way */
	int total_link_count;
	struct filename *name;
	int dfd;
};
struct io_uring_task;
struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	unsigned int personality;
	struct mm_struct *mm;
	int exit_code;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	u64 start_boottime;
	unsigned long min_flt, maj_flt;
	const struct cred *real_cred;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nameidata *nameidata;
	struct io_uring_task *io_uring;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	kuid_t loginuid;
	unsigned int sessionid;
	struct css_set *cgroups;
};
struct linux_binprm {
	struct file *file;
	struct cred *cred;
	int argc;
	int envc;
	const char *filename;
	const char *interp;
};

union bpf_attr; /* read by its ABI's offsets */
struct bpf_iter_meta {
	u64 seq_num;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* Sockets */
struct in6_addr {
	union {
		u8 u6_addr8[16];
		__be32 u6_addr32[4];
	} in6_u;
};
struct in_addr {
	__be32 s_addr;
};
struct sockaddr {
	u16 sa_family;
};
struct sockaddr_in {
	u16 sin_family;
	__be16 sin_port;
	struct in_addr sin_addr;
};
struct sockaddr_in6 {
	u16 sin6_family;
	__be16 sin6_port;
	struct in6_addr sin6_addr;
};
struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
};
struct sock_common {
	union {
		struct {
			__be32 skc_daddr;
			__be32 skc_rcv_saddr;
		};
	};
	union {
		struct {
			__be16 skc_dport;
			u16 skc_num;
		};
	};
	unsigned short skc_family;
	unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
};
struct socket;
struct sock {
	struct sock_common __sk_common;
	u16 sk_type;
	u16 sk_protocol;
	u8 sk_userlocks : 4;
	struct socket *sk_socket;
};
struct inet_sock {
	struct sock sk;
	__be32 inet_saddr;
	__be16 inet_sport;
};
struct socket {
	short type;
	struct file *file;
	struct sock *sk;
};
struct unix_address {
	int len;
	struct sockaddr_un name[1];
};
struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
	struct path path;
	struct sock *peer;
};
struct msghdr {
	void *msg_name;
	int msg_namelen;
	unsigned int msg_flags;
};

#pragma clang attribute pop

/* Before bpf_helpers.h, whose offsetof() is no constant expression. */
#include "bpf/abi/config.h"
#include "bpf/abi/policy.h"
#include "bpf/abi/records.h"

#endif
