/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The records that BPF programs put into the rings, and that recordings hold: the one contract between kernel
 * and user space, included by C (bpf/) and C++ (sensor/). Little endian, naturally aligned, no implicit padding:
 * the asserts at the end are checked by both compilers.
 *
 * A record is its struct, then the bytes of its strings. A vd_str says where a string lies, counted from the
 * start of the record; it is not NUL-terminated and may hold any byte. {0, 0} is a string that is not there.
 * User space trusts none of it: sizes, offsets and enumerators are checked by sensor/event/decoder.
 */
#ifndef VEDETTE_ABI_RECORDS_H
#define VEDETTE_ABI_RECORDS_H

#ifdef __cplusplus
#include <linux/types.h>
#include <cstddef>
#define VD_ASSERT(cond, text) static_assert(cond, text)
#else
#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#define VD_ASSERT(cond, text) _Static_assert(cond, text)
#endif

enum vd_kind {
	VD_KIND_NONE = 0,
#define VD_EVENT(KIND, name, lane, record, types, doc) VD_KIND_##KIND,
#include "events.def"
#undef VD_EVENT
	VD_KIND_COUNT
};

enum vd_lane { VD_LANE_LIFECYCLE = 0, VD_LANE_VERDICT, VD_LANE_BULK, VD_LANE_COUNT };

/* How an operation reached the kernel. */
enum vd_via { VD_VIA_SYSCALL = 0, VD_VIA_IO_URING, VD_VIA_KERNEL, VD_VIA_COUNT };

enum vd_verdict {
	VD_VERDICT_ALLOW = 0,	/* no rule refuses it */
	VD_VERDICT_DENY,	/* refused: -EPERM */
	VD_VERDICT_KILL,	/* refused, and the caller got SIGKILL */
	VD_VERDICT_WOULD_DENY,	/* a rule in monitor mode would have refused it */
	VD_VERDICT_WOULD_KILL,
	VD_VERDICT_KILL_AFTER,	/* carried out, and the caller got SIGKILL at its end: no hook is asked before */
	VD_VERDICT_WOULD_KILL_AFTER,
	VD_VERDICT_COUNT
};

/* A rule had its way, and is not only told of. */
static inline int vd_is_enforced(__u32 verdict)
{
	return verdict == VD_VERDICT_DENY || verdict == VD_VERDICT_KILL || verdict == VD_VERDICT_KILL_AFTER;
}

/* Kinds without a hook, whose operations are judged at their end: what is over can be killed for, and not refused. */
static inline int vd_is_killed_after(__u32 kind)
{
	return kind == VD_KIND_SYSCALL;
}

/* vd_header.flags */
#define VD_F_RESULT 0x0001u	  /* result is valid */
#define VD_F_CONTAINER 0x0002u	  /* the task lives in a container (its root is not the host's, see bpf/lib/task.h) */
#define VD_F_TRUNCATED 0x0004u	  /* a string was cut at its bound */
#define VD_F_READ_FAILED 0x0008u  /* a value could not be read: its field is zero or absent */
#define VD_F_COMPAT 0x0010u	  /* 32-bit system call; syscall_nr is still the x86-64 number or VD_NO_SYSCALL */
#define VD_F_SEED 0x0020u	  /* not an event: state that existed before the programs were attached */
#define VD_F_INDIRECT 0x0040u	  /* refused for a rule that is not about this itself: see VD_POLICY_UNPLACED */

/* evt.type of what is no system call (sensor/event/event_kind.cc): as their hooks compare it */
#define VD_TYPE_CAPABLE 1026u

#define VD_NO_SYSCALL 0xffffffffu /* via is not SYSCALL, or the number has no x86-64 counterpart */

struct vd_str {
	__u16 offset;
	__u16 len;
};

#define VD_PROFILE_UNSETTLED 0xffffffffu /* the process will be asked for its profile again */

struct vd_header {
	__u32 size; /* of the whole record, this header and its strings included */
	__u16 kind; /* enum vd_kind */
	__u8 via;
	__u8 verdict;
	__u64 time_ns; /* CLOCK_BOOTTIME */
	__u32 pid;     /* thread group, in the initial pid namespace */
	__u32 tid;
	__u64 exec_id; /* of the process image that acted; 0: unknown */
	__u64 cgroup_id;
	__s64 result;	  /* of the system call: value or -errno; see VD_F_RESULT */
	__u32 syscall_nr; /* x86-64 numbering, or VD_NO_SYSCALL */
	__u32 policy_id;  /* of the deciding rule when verdict is not ALLOW: RuleSet::first_policy_id + its index;
			   * else the profile that is in the record's tag, if there is one, or VD_PROFILE_UNSETTLED */
	__u32 uid;	  /* effective, in the initial user namespace */
	__u16 flags;	  /* VD_F_* */
	__u16 cpu;
};

struct vd_creds {
	__u32 uid, gid, euid, egid, suid, sgid, fsuid, fsgid; /* in the initial user namespace */
	__u32 loginuid;					      /* 0xffffffff: not set */
	__u32 sessionid;
	__u64 cap_inheritable, cap_permitted, cap_effective, cap_bounding, cap_ambient;
};

struct vd_namespaces { /* inode numbers, as in /proc/PID/ns */
	__u32 mnt, pid, net, user, uts, ipc, cgroup;
	__u32 host_mnt; /* 1: the mount namespace is that of the host */
};

/* A file as the kernel resolved it. */
struct vd_object {
	__u64 ino;
	__u32 dev;	/* st_dev as the kernel encodes it: major << 20 | minor */
	__u32 rdev;	/* the same of a device node, else 0 */
	__u32 mode;	/* st_mode */
	__u32 fs_magic; /* statfs f_type */
	__u32 uid, gid;
	struct vd_str path; /* from the root of the mount namespace it is in */
	__u32 mount_class;  /* enum vd_mount_class */
};

enum vd_mount_class {	   /* which mount namespace a file is in, seen from the task */
	VD_MOUNT_OWN = 0,  /* the task's */
	VD_MOUNT_FOREIGN,  /* another one's */
	VD_MOUNT_ANON,	   /* a detached tree */
	VD_MOUNT_NONE,	   /* unmounted */
	VD_MOUNT_INTERNAL, /* the kernel's own: memfd, pipe, nsfs */
	VD_MOUNT_COUNT
};

struct vd_fork {
	struct vd_header h; /* the creator */
	__u32 child_pid;
	__u32 child_vpid; /* in its own pid namespace */
	__u64 child_exec_id;
	__u64 child_start_ns; /* CLOCK_BOOTTIME */
	__u64 child_cgroup_id;
	__u64 clone_flags;
};

/* vd_exec.exe_flags */
#define VD_EXE_MEMFD 0x1u	/* memfd_create(2) */
#define VD_EXE_UPPER_LAYER 0x2u /* overlayfs: from the writable layer */
#define VD_EXE_UNLINKED 0x4u	/* the file has no name any more */
#define VD_EXE_WRITABLE 0x8u	/* the caller may write to it */
#define VD_EXE_SCRIPT 0x10u	/* filename names a script, exe its interpreter */
#define VD_EXE_HAS_ENV 0x20u	/* env was captured: {0, 0} is an empty environment */
#define VD_EXE_LOWER_LAYER 0x40u /* overlayfs: from a layer below the writable one */
#define VD_EXE_HAS_DETAILS 0x80u /* what stands behind env_len was captured */

/* One of the descriptors 0, 1, 2 when an image began. */
struct vd_stdio {
	__u32 mode;	    /* st_mode; 0: it is closed */
	struct vd_str name; /* path; of a socket the path it is bound to, or its peer is */
	__u16 family;	    /* of a socket */
	__u16 role;	    /* enum vd_role */
	__u16 local_port, remote_port; /* host order */
	__u8 local_addr[16];	       /* IPv4: in the first four bytes */
	__u8 remote_addr[16];
};
#define VD_STDIO 3

struct vd_exec { /* also every seeded process, with VD_F_SEED */
	struct vd_header h;
	__u64 parent_exec_id;	/* creator's, 0: unknown */
	__u64 previous_exec_id; /* what this process was before, 0: unknown */
	__u64 start_ns;		/* of the process, CLOCK_BOOTTIME */
	__u32 parent_pid;
	__u32 vpid;  /* in its own pid namespace */
	__u32 pgid, sid; /* process group and session, initial pid namespace */
	__u32 vpgid, vsid;
	__u32 tty; /* controlling terminal's device number, 0: none */
	__u32 exe_flags;
	__u32 argc;
	__u32 args_len; /* bytes of all arguments before cutting */
	__u32 profile;	      /* the profile it is under (its id: sensor/event/profile_names.h), 0: none */
	__u32 caller_profile; /* the one its process was under before the exec */
	__u64 exe_ctime_ns, exe_mtime_ns;
	struct vd_creds creds;
	struct vd_namespaces ns;
	struct vd_object exe;
	char comm[16];
	struct vd_str filename; /* as it was passed to execve */
	struct vd_str args;	/* argv[0] first, each ended by NUL */
	struct vd_str cwd;
	struct vd_str cgroup; /* path from the root of the hierarchy (v2, else the first v1 one with a path) */
	struct vd_str env;    /* NAME=value, each ended by NUL; only with VD_EXE_HAS_ENV */
	__u32 env_len;	      /* its bytes before cutting */
	/* the rest only with VD_EXE_HAS_DETAILS */
	__u64 pidns_start_ns; /* CLOCK_BOOTTIME at which the first process of its pid namespace began */
	__u64 fd_limit;	      /* RLIMIT_NOFILE */
	__u64 vm_size_kb, vm_rss_kb, vm_swap_kb;
	__u64 major_faults, minor_faults;
	struct vd_stdio stdio[VD_STDIO];
};

struct vd_exit {
	struct vd_header h;
	__u32 status; /* as wait(2) gives it: code << 8 | signal | core << 7 */
	__u32 pad;
};

struct vd_creds_change {
	struct vd_header h;
	struct vd_creds old_creds;
	struct vd_creds new_creds;
};

struct vd_exec_failed {
	struct vd_header h;
	struct vd_object exe; /* the file that was refused; path {0,0} if it was never found */
	struct vd_str filename;
	__u32 exe_flags;
};

struct vd_file_open {
	struct vd_header h;
	struct vd_object file;
	struct vd_str nameraw; /* what the caller passed: evidence, not identity */
	__u32 open_flags;      /* O_* */
	__u32 create_mode;
	__s32 dirfd;
	struct vd_str base; /* where a relative nameraw starts, when name_flags says that it leads elsewhere than file */
	__u32 name_flags;   /* VD_NAME_*, VD_FILE_* */
	__u64 tag;	    /* for vd_muted: see bpf/lib/prefilter.h; 0: none */
};

/* vd_file_open.name_flags: why the name that was passed, taken as text, is not the path of the file. */
#define VD_NAME_LINK 0x1u    /* a symbolic link was followed */
#define VD_NAME_CHROOT 0x2u  /* the caller's root is not that of its mount namespace */
#define VD_NAME_NO_FILE 0x4u /* there is no file, or one that has no name (O_TMPFILE) */
#define VD_NAME_ELSEWHERE (VD_NAME_LINK | VD_NAME_CHROOT | VD_NAME_NO_FILE)
/* Which layer of overlayfs the file is in once it is open: an open for writing has it copied up. */
#define VD_FILE_UPPER_LAYER 0x10u
#define VD_FILE_LOWER_LAYER 0x20u
#define VD_FILE_MADE 0x40u /* the open was refused when it was about to make the file: it counts as a write */

/* unlink, rename, link, symlink, chmod, chown, mknod, mkdir, chroot */
struct vd_path_change {
	struct vd_header h;
	struct vd_object file; /* what is changed; symlink, mknod, mkdir: the new name (no inode yet) */
	struct vd_object to;   /* rename, link: the new name */
	struct vd_str target;  /* symlink: its text */
	struct vd_str nameraw;
	struct vd_str nameraw_to;
	struct vd_str base; /* where a relative nameraw starts */
	struct vd_str base_to;
	__u32 mode;  /* chmod, mknod, mkdir */
	__u32 uid;   /* chown; 0xffffffff: unchanged */
	__u32 gid;
	__u32 flags; /* of the system call; rmdir: AT_REMOVEDIR */
	__u32 dev;   /* mknod */
};

struct vd_mount {
	struct vd_header h;
	__u64 flags; /* MS_*, MNT_* for umount */
	struct vd_object source_file; /* bind, move: what is bound; pivot_root: the new root */
	struct vd_object target; /* where; pivot_root: put_old */
	struct vd_str source; /* device as it was named */
	struct vd_str fstype;
};

struct vd_socket {
	struct vd_header h;
	__u16 family, type, protocol;
	__u16 local_port, remote_port; /* host order */
	__u16 pad;
	__u8 local_addr[16]; /* IPv4: in the first four bytes */
	__u8 remote_addr[16];
	struct vd_str unix_path; /* an abstract name starts with NUL */
	__s32 fd;		 /* socket's own; dup: the old descriptor; -1: unknown */
	__u32 backlog; /* of listen; recvfrom: 1: the peer is this datagram's, the socket has none */
	__u32 role; /* enum vd_role */
	struct vd_str buffer; /* sendto, recvfrom: the first bytes, as the caller's memory held them: evidence */
	__u64 cookie;	      /* of the socket; 0: unknown */
	__u64 tag;	      /* as of vd_file_open; of socket and connect */
};

enum vd_role { VD_ROLE_UNKNOWN = 0, VD_ROLE_CLIENT, VD_ROLE_SERVER, VD_ROLE_COUNT };

struct vd_ptrace {
	struct vd_header h;
	__u64 target_exec_id;
	__u64 target_cgroup_id;
	__u64 request; /* ptrace(2)'s first argument when syscall_nr is ptrace, else ~0 */
	__u32 target_pid;
	__u32 mode;		/* PTRACE_MODE_* */
	__u32 target_container; /* 1: the target lives in a container */
	__u32 same_container;	/* 1: in the caller's */
	char target_comm[16];
};

struct vd_namespace {
	struct vd_header h;
	__u64 flags; /* CLONE_NEW* */
	__s32 fd;    /* setns; unshare: -1 */
	__u32 pad;
};

struct vd_bpf {
	struct vd_header h;
	__u32 cmd;	  /* enum bpf_cmd */
	__u32 type;	  /* of the program or map, when it makes one */
	__u32 attach_type;
	__u32 pad;
	char name[16]; /* the caller's name for it */
};

struct vd_module {
	struct vd_header h;
	struct vd_object file; /* finit_module; path {0,0} for init_module */
	struct vd_str args;
	__u32 pad;
};

struct vd_call { /* calls.def */
	struct vd_header h;
	__u64 args[6];
	struct vd_str text; /* what calls.def says, as the caller's memory held it: evidence */
	struct vd_str path; /* chdir, fchdir: the new working directory, as the kernel resolved it */
};

/* Records of VD_HOOKED calls. Where the operation is no call of their kind, call has no arguments and no strings. */
struct vd_file_call {
	struct vd_call call;
	struct vd_object file; /* of a MEMORY without a file {0,0} */
	struct vd_str nameraw; /* as of vd_file_open */
	struct vd_str base;
	struct vd_str name; /* of the attribute, the kernel's copy */
	__u32 prot;	    /* MEMORY: PROT_*; 0 where nothing becomes executable */
	__u32 memory;	    /* VD_MEMORY_* */
	__u32 pad;
};

#define VD_MEMORY_ASKED 0x1u /* a hook was asked: memory becomes executable */
#define VD_MEMORY_ANONYMOUS 0x2u

struct vd_signal {
	struct vd_call call;
	__u64 target_exec_id;
	__u64 target_cgroup_id;
	__u32 target_pid; /* 0: no process was found, or none that the caller may know of */
	__u32 signal;
	__u32 target_container; /* as of vd_ptrace */
	__u32 same_container;
	char target_comm[16];
	struct vd_str target_exe;
	__u32 pad;
};

struct vd_kernel_call {
	struct vd_call call;
	__u32 operation; /* enum vd_perf_access, vd_uring_operation, vd_lockdown, vd_key_permission by kind */
	struct vd_str name; /* KEY: the type of a new key; MODULE_REQUEST: the module's name or alias */
	struct vd_str description;
	__u32 pad;
};

/* 0: no hook was asked. */
enum vd_perf_access { VD_PERF_OPEN = 1, VD_PERF_CPU, VD_PERF_KERNEL, VD_PERF_TRACEPOINT, VD_PERF_COUNT };
enum vd_uring_operation {
	VD_URING_SETUP = 1,
	VD_URING_SQPOLL,
	VD_URING_OVERRIDE_CREDS,
	VD_URING_CMD,
	VD_URING_COUNT
};
/* As the kernel's enum key_need_perm since 5.8, save the last. */
enum vd_key_permission {
	VD_KEY_VIEW = 1,
	VD_KEY_READ,
	VD_KEY_WRITE,
	VD_KEY_SEARCH,
	VD_KEY_LINK,
	VD_KEY_SETATTR,
	VD_KEY_UNLINK,
	VD_KEY_SYSADMIN_OVERRIDE,
	VD_KEY_AUTHTOKEN_OVERRIDE,
	VD_KEY_DEFER,
	VD_KEY_ALLOC,
	VD_KEY_COUNT
};
/* The kernel's own numbers differ from version to version. */
enum vd_lockdown {
	VD_LOCKDOWN_UNKNOWN = 0,
#define VD_LOCKDOWN_REASON(name, text) VD_LOCKDOWN_##name,
#include "lockdown.def"
#undef VD_LOCKDOWN_REASON
	VD_LOCKDOWN_COUNT
};

/* evt.type of what is no system call, where the programs need to know it. */
#define VD_TYPE_LOCKED_DOWN 1030
#define VD_TYPE_MODULE_REQUEST 1031

/* All is in the Container of its process. From the kernel, with VD_F_SEED: the container has become known, and the process exec_id
 * is under the profile policy_id (0: none) by that. */
struct vd_container {
	struct vd_header h;
};

struct vd_capability {
	struct vd_header h;
	__u32 capability; /* CAP_*, its number */
	__u32 pad;
};

enum vd_arch { VD_ARCH_X86_64 = 0, VD_ARCH_I386, VD_ARCH_X32, VD_ARCH_COUNT };

struct vd_syscall_entry {
	struct vd_header h;
	__u64 args[6]; /* registers */
	__u32 nr;      /* of its arch; x32: without the bit */
	__u32 arch;    /* enum vd_arch */
	__u64 suppressed; /* equal ones since the last that was reported */
};

/* Why something was not delivered whole, counted per kind: vd_losses is a per-CPU array [kind][reason]. */
enum vd_loss {
	VD_LOSS_RING_FULL = 0, /* the record was dropped */
	VD_LOSS_NO_PENDING,    /* no room to wait for the result: sent without it */
	VD_LOSS_READ_FAILED,   /* a helper could not read; the record carries VD_F_READ_FAILED */
	VD_LOSS_TRUNCATED,     /* the record carries VD_F_TRUNCATED */
	VD_LOSS_NO_STATE,      /* the task has no identity; exec_id is 0 */
	VD_LOSS_POLICY,	       /* a verdict could not be evaluated; it was allowed (see docs/architecture.md) */
	VD_LOSS_UNATTENDED,    /* the agent has ended and nobody would read it */
	VD_LOSS_COUNT
};

/* Bounds of capture, in bytes. */
#define VD_MAX_PATH 4096
#define VD_MAX_NAMERAW 1024
#define VD_MAX_ARGS 4096
#define VD_MAX_ENV 4096
#define VD_MAX_CGROUP 512
#define VD_MAX_UNIX_PATH 108
#define VD_MAX_FSTYPE 64
#define VD_MAX_BUFFER 80 /* as Falco's default snaplen */
#define VD_MAX_RECORD 16384 /* no record is larger */

VD_ASSERT(sizeof(struct vd_str) == 4, "vd_str");
VD_ASSERT(sizeof(struct vd_header) == 64, "vd_header");
VD_ASSERT(sizeof(struct vd_creds) == 80, "vd_creds");
VD_ASSERT(sizeof(struct vd_namespaces) == 32, "vd_namespaces");
VD_ASSERT(sizeof(struct vd_object) == 40, "vd_object");
VD_ASSERT(sizeof(struct vd_stdio) == 48, "vd_stdio");
VD_ASSERT(sizeof(struct vd_fork) == 104, "vd_fork");
VD_ASSERT(sizeof(struct vd_exec) == 544, "vd_exec");
VD_ASSERT(sizeof(struct vd_exit) == 72, "vd_exit");
VD_ASSERT(sizeof(struct vd_creds_change) == 224, "vd_creds_change");
VD_ASSERT(sizeof(struct vd_exec_failed) == 112, "vd_exec_failed");
VD_ASSERT(sizeof(struct vd_file_open) == 136, "vd_file_open");
VD_ASSERT(sizeof(struct vd_path_change) == 184, "vd_path_change");
VD_ASSERT(sizeof(struct vd_mount) == 160, "vd_mount");
VD_ASSERT(sizeof(struct vd_socket) == 144, "vd_socket");
VD_ASSERT(sizeof(struct vd_ptrace) == 120, "vd_ptrace");
VD_ASSERT(sizeof(struct vd_namespace) == 80, "vd_namespace");
VD_ASSERT(sizeof(struct vd_bpf) == 96, "vd_bpf");
VD_ASSERT(sizeof(struct vd_module) == 112, "vd_module");
VD_ASSERT(sizeof(struct vd_call) == 120, "vd_call");
VD_ASSERT(sizeof(struct vd_container) == 64, "vd_container");
VD_ASSERT(sizeof(struct vd_file_call) == 184, "vd_file_call");
VD_ASSERT(sizeof(struct vd_signal) == 176, "vd_signal");
VD_ASSERT(sizeof(struct vd_kernel_call) == 136, "vd_kernel_call");
VD_ASSERT(sizeof(struct vd_capability) == 72, "vd_capability");
VD_ASSERT(sizeof(struct vd_syscall_entry) == 128, "vd_syscall_entry");
VD_ASSERT(offsetof(struct vd_header, result) == 40, "vd_header.result");
VD_ASSERT(offsetof(struct vd_header, flags) == 60, "vd_header.flags");
VD_ASSERT(offsetof(struct vd_exec, creds) == 152, "vd_exec.creds");
VD_ASSERT(offsetof(struct vd_exec, exe) == 264, "vd_exec.exe");
VD_ASSERT(offsetof(struct vd_exec, filename) == 320, "vd_exec.filename");
VD_ASSERT(offsetof(struct vd_file_open, nameraw) == 104, "vd_file_open.nameraw");
VD_ASSERT(offsetof(struct vd_file_open, base) == 120, "vd_file_open.base");
VD_ASSERT(offsetof(struct vd_path_change, target) == 144, "vd_path_change.target");
VD_ASSERT(offsetof(struct vd_path_change, base) == 156, "vd_path_change.base");
VD_ASSERT(offsetof(struct vd_socket, unix_path) == 108, "vd_socket.unix_path");
VD_ASSERT(offsetof(struct vd_socket, buffer) == 124, "vd_socket.buffer");
VD_ASSERT(offsetof(struct vd_call, text) == 112, "vd_call.text");

#endif
