/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * System call numbers our events know: x86-64's, and where the 32-bit table has the same call.
 */
#ifndef VEDETTE_LIB_SYSCALLS_H
#define VEDETTE_LIB_SYSCALLS_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

enum vd_syscall {
	VD_SYS_open = 2,
	VD_SYS_mmap = 9,
	VD_SYS_dup = 32,
	VD_SYS_dup2 = 33,
	VD_SYS_socket = 41,
	VD_SYS_connect = 42,
	VD_SYS_accept = 43,
	VD_SYS_sendto = 44,
	VD_SYS_recvfrom = 45,
	VD_SYS_sendmsg = 46,
	VD_SYS_recvmsg = 47,
	VD_SYS_bind = 49,
	VD_SYS_listen = 50,
	VD_SYS_socketpair = 53,
	VD_SYS_clone = 56,
	VD_SYS_fork = 57,
	VD_SYS_vfork = 58,
	VD_SYS_execve = 59,
	VD_SYS_rename = 82,
	VD_SYS_mkdir = 83,
	VD_SYS_rmdir = 84,
	VD_SYS_creat = 85,
	VD_SYS_link = 86,
	VD_SYS_unlink = 87,
	VD_SYS_symlink = 88,
	VD_SYS_chmod = 90,
	VD_SYS_fchmod = 91,
	VD_SYS_chown = 92,
	VD_SYS_fchown = 93,
	VD_SYS_lchown = 94,
	VD_SYS_ptrace = 101,
	VD_SYS_setuid = 105,
	VD_SYS_setgid = 106,
	VD_SYS_setreuid = 113,
	VD_SYS_setregid = 114,
	VD_SYS_setgroups = 116,
	VD_SYS_setresuid = 117,
	VD_SYS_setresgid = 119,
	VD_SYS_setfsuid = 122,
	VD_SYS_setfsgid = 123,
	VD_SYS_capset = 126,
	VD_SYS_mknod = 133,
	VD_SYS_pivot_root = 155,
	VD_SYS_chroot = 161,
	VD_SYS_mount = 165,
	VD_SYS_umount2 = 166,
	VD_SYS_init_module = 175,
	VD_SYS_openat = 257,
	VD_SYS_mkdirat = 258,
	VD_SYS_mknodat = 259,
	VD_SYS_fchownat = 260,
	VD_SYS_unlinkat = 263,
	VD_SYS_renameat = 264,
	VD_SYS_linkat = 265,
	VD_SYS_symlinkat = 266,
	VD_SYS_fchmodat = 268,
	VD_SYS_unshare = 272,
	VD_SYS_accept4 = 288,
	VD_SYS_dup3 = 292,
	VD_SYS_recvmmsg = 299,
	VD_SYS_open_by_handle_at = 304,
	VD_SYS_sendmmsg = 307,
	VD_SYS_setns = 308,
	VD_SYS_process_vm_readv = 310,
	VD_SYS_process_vm_writev = 311,
	VD_SYS_kcmp = 312,
	VD_SYS_finit_module = 313,
	VD_SYS_renameat2 = 316,
	VD_SYS_bpf = 321,
	VD_SYS_execveat = 322,
	VD_SYS_io_uring_enter = 426,
	VD_SYS_move_mount = 429,
	VD_SYS_fsconfig = 431,
	VD_SYS_fsmount = 432,
	VD_SYS_clone3 = 435,
	VD_SYS_openat2 = 437,
	VD_SYS_pidfd_getfd = 438,
	VD_SYS_process_madvise = 440,
	VD_SYS_fchmodat2 = 452,
#define VD_CALL(name, number, ia32, text) VD_SYS_##name = number,
#include "bpf/abi/calls.def"
#undef VD_CALL
};

/* ia32 number -> x86-64 number; 0: none that an event knows (0 itself is read). The old 16-bit id calls map to the
 * ones that replaced them. */
#define VD_IA32_SYSCALLS 512
#define VD_NO_IA32 VD_IA32_SYSCALLS
/* Those without a number fill the half that is never looked up. */
static const u16 vd_ia32_syscalls[2 * VD_IA32_SYSCALLS] = {
	[2] = 57, [5] = 2, [8] = 85, [9] = 86, [10] = 87, [11] = 59, [14] = 133, [15] = 90, [16] = 94,
	[21] = 165, [22] = 166, [23] = 105, [26] = 101, [38] = 82, [40] = 84, [41] = 32, [46] = 106, [52] = 166,
	[61] = 161, [63] = 33, [70] = 113, [71] = 114, [81] = 116, [83] = 88, [94] = 91, [95] = 93, [120] = 56,
	[128] = 175, [138] = 122, [139] = 123, [164] = 117, [170] = 119, [182] = 92, [185] = 126, [190] = 58,
	[198] = 94, [203] = 113, [204] = 114, [206] = 116, [207] = 93, [208] = 117, [210] = 119, [212] = 92,
	[213] = 105, [214] = 106, [215] = 122, [216] = 123, [217] = 155, [295] = 257, [297] = 259, [298] = 260,
	[301] = 263, [302] = 264, [303] = 265, [304] = 266, [306] = 268, [310] = 272, [330] = 292, [342] = 304,
	[345] = 307, [346] = 308, [347] = 310, [348] = 311, [349] = 312, [350] = 313, [353] = 316, [357] = 321,
	[358] = 322, [359] = 41, [360] = 53, [361] = 49, [362] = 42, [363] = 50, [364] = 288, [369] = 44,
	[370] = 46, [429] = 429, [431] = 431, [432] = 432, [435] = 435, [437] = 437, [438] = 438, [440] = 440,
	[452] = 452, [39] = 83, [296] = 258, [30] = 132, [79] = 164, [90] = 9, [92] = 76, [93] = 77, [178] = 129,
	[192] = 9, [193] = 76, [194] = 77, [25] = 164, [264] = 227, [271] = 235, [288] = 250, [299] = 261, [320] = 280,
	[335] = 297, [404] = 227,
#define VD_CALL(name, number, ia32, text) [ia32 == VD_NO_IA32 ? ia32 + number : ia32] = number,
#include "bpf/abi/calls.def"
#undef VD_CALL
};

/* The kind that a call of calls.def is, NONE for others. */
static __always_inline u32 vd_kind_of_call(u32 nr)
{
	switch (nr) {
#define VD_CALL(name, number, ia32, text)                                                                              \
	case number:                                                                                                   \
		return VD_KIND_SYSCALL;
#define VD_HOOKED(KIND, name, number, ia32, text)                                                                      \
	case number:                                                                                                   \
		return VD_KIND_##KIND;
#include "bpf/abi/calls.def"
#undef VD_CALL
	default:
		return VD_KIND_NONE;
	}
}

/* Whether 32-bit programs come through an exit program of this call, too. */
static __always_inline bool vd_has_ia32_exit(u32 nr)
{
	switch (nr) {
#define VD_CALL(name, number, ia32, text)                                                                              \
	case number:                                                                                                   \
		return ia32 != VD_NO_IA32;
#include "bpf/abi/calls.def"
#undef VD_CALL
	default:
		return false;
	}
}

/* Whether a system call is one of a kind's types in events.def. With a constant kind only one line remains. */
static __always_inline bool vd_is_type_of(u32 kind, u32 nr)
{
	switch (kind) {
	case VD_KIND_FORK:
		return nr == VD_SYS_clone || nr == VD_SYS_clone3 || nr == VD_SYS_fork || nr == VD_SYS_vfork;
	case VD_KIND_EXEC:
		return nr == VD_SYS_execve || nr == VD_SYS_execveat;
	case VD_KIND_CREDS:
		return nr == VD_SYS_setuid || nr == VD_SYS_setgid || nr == VD_SYS_setreuid || nr == VD_SYS_setregid || nr == VD_SYS_setresuid || nr == VD_SYS_setresgid || nr == VD_SYS_setfsuid || nr == VD_SYS_setfsgid || nr == VD_SYS_setgroups || nr == VD_SYS_capset;
	case VD_KIND_EXEC_FAILED:
		return nr == VD_SYS_execve || nr == VD_SYS_execveat;
	case VD_KIND_FILE_OPEN:
		return nr == VD_SYS_openat || nr == VD_SYS_open || nr == VD_SYS_openat2 || nr == VD_SYS_creat || nr == VD_SYS_open_by_handle_at;
	case VD_KIND_FILE_UNLINK:
		return nr == VD_SYS_unlinkat || nr == VD_SYS_unlink || nr == VD_SYS_rmdir;
	case VD_KIND_FILE_RENAME:
		return nr == VD_SYS_renameat2 || nr == VD_SYS_rename || nr == VD_SYS_renameat;
	case VD_KIND_FILE_LINK:
		return nr == VD_SYS_linkat || nr == VD_SYS_link;
	case VD_KIND_FILE_SYMLINK:
		return nr == VD_SYS_symlinkat || nr == VD_SYS_symlink;
	case VD_KIND_FILE_CHMOD:
		return nr == VD_SYS_fchmodat || nr == VD_SYS_chmod || nr == VD_SYS_fchmod || nr == VD_SYS_fchmodat2;
	case VD_KIND_FILE_CHOWN:
		return nr == VD_SYS_fchownat || nr == VD_SYS_chown || nr == VD_SYS_lchown || nr == VD_SYS_fchown;
	case VD_KIND_FILE_MKNOD:
		return nr == VD_SYS_mknodat || nr == VD_SYS_mknod;
	case VD_KIND_CHROOT:
		return nr == VD_SYS_chroot;
	case VD_KIND_MOUNT:
		return nr == VD_SYS_mount;
	case VD_KIND_FS_CREATE:
		return nr == VD_SYS_fsconfig || nr == VD_SYS_fsmount;
	case VD_KIND_MOVE_MOUNT:
		return nr == VD_SYS_move_mount;
	case VD_KIND_UMOUNT:
		return nr == VD_SYS_umount2;
	case VD_KIND_PIVOT_ROOT:
		return nr == VD_SYS_pivot_root;
	case VD_KIND_SOCKET:
		return nr == VD_SYS_socket || nr == VD_SYS_socketpair;
	case VD_KIND_BIND:
		return nr == VD_SYS_bind;
	case VD_KIND_CONNECT:
		return nr == VD_SYS_connect;
	case VD_KIND_LISTEN:
		return nr == VD_SYS_listen;
	case VD_KIND_ACCEPT:
		return nr == VD_SYS_accept4 || nr == VD_SYS_accept;
	case VD_KIND_SENDTO:
		return nr == VD_SYS_sendto || nr == VD_SYS_sendmsg || nr == VD_SYS_sendmmsg;
	case VD_KIND_DUP:
		return nr == VD_SYS_dup2 || nr == VD_SYS_dup || nr == VD_SYS_dup3;
	case VD_KIND_PTRACE:
		return nr == VD_SYS_ptrace || nr == VD_SYS_process_vm_readv || nr == VD_SYS_process_vm_writev || nr == VD_SYS_pidfd_getfd || nr == VD_SYS_kcmp || nr == VD_SYS_process_madvise;
	case VD_KIND_UNSHARE:
		return nr == VD_SYS_unshare;
	case VD_KIND_SETNS:
		return nr == VD_SYS_setns;
	case VD_KIND_BPF:
		return nr == VD_SYS_bpf;
	case VD_KIND_MODULE:
		return nr == VD_SYS_finit_module || nr == VD_SYS_init_module;
	case VD_KIND_FILE_MKDIR:
		return nr == VD_SYS_mkdirat || nr == VD_SYS_mkdir;
	case VD_KIND_RECVFROM:
		return nr == VD_SYS_recvfrom || nr == VD_SYS_recvmsg || nr == VD_SYS_recvmmsg;
	case VD_KIND_SYSCALL:
		return vd_kind_of_call(nr) == VD_KIND_SYSCALL;
	case VD_KIND_FILE_TRUNCATE:
	case VD_KIND_FILE_XATTR:
	case VD_KIND_FILE_TIMES:
	case VD_KIND_SIGNAL:
	case VD_KIND_PERF:
	case VD_KIND_SETTIME:
	case VD_KIND_IO_URING:
	case VD_KIND_KEY:
		return vd_kind_of_call(nr) == kind;
	case VD_KIND_MEMORY:
		return vd_kind_of_call(nr) == kind || nr == VD_SYS_mmap;
	default:
		return false;
	}
}

/* The kind's first type: it stands for every origin that is no call of its list. */
static __always_inline u32 vd_first_type(u32 kind)
{
	switch (kind) {
	case VD_KIND_FORK:
		return VD_SYS_clone;
	case VD_KIND_EXEC:
		return VD_SYS_execve;
	case VD_KIND_CREDS:
		return VD_SYS_setuid;
	case VD_KIND_EXEC_FAILED:
		return VD_SYS_execve;
	case VD_KIND_FILE_OPEN:
		return VD_SYS_openat;
	case VD_KIND_FILE_UNLINK:
		return VD_SYS_unlinkat;
	case VD_KIND_FILE_RENAME:
		return VD_SYS_renameat2;
	case VD_KIND_FILE_LINK:
		return VD_SYS_linkat;
	case VD_KIND_FILE_SYMLINK:
		return VD_SYS_symlinkat;
	case VD_KIND_FILE_CHMOD:
		return VD_SYS_fchmodat;
	case VD_KIND_FILE_CHOWN:
		return VD_SYS_fchownat;
	case VD_KIND_FILE_MKNOD:
		return VD_SYS_mknodat;
	case VD_KIND_CHROOT:
		return VD_SYS_chroot;
	case VD_KIND_MOUNT:
		return VD_SYS_mount;
	case VD_KIND_FS_CREATE:
		return VD_SYS_fsconfig;
	case VD_KIND_MOVE_MOUNT:
		return VD_SYS_move_mount;
	case VD_KIND_UMOUNT:
		return VD_SYS_umount2;
	case VD_KIND_PIVOT_ROOT:
		return VD_SYS_pivot_root;
	case VD_KIND_SOCKET:
		return VD_SYS_socket;
	case VD_KIND_BIND:
		return VD_SYS_bind;
	case VD_KIND_CONNECT:
		return VD_SYS_connect;
	case VD_KIND_LISTEN:
		return VD_SYS_listen;
	case VD_KIND_ACCEPT:
		return VD_SYS_accept4;
	case VD_KIND_SENDTO:
		return VD_SYS_sendto;
	case VD_KIND_DUP:
		return VD_SYS_dup2;
	case VD_KIND_PTRACE:
		return VD_SYS_ptrace;
	case VD_KIND_UNSHARE:
		return VD_SYS_unshare;
	case VD_KIND_SETNS:
		return VD_SYS_setns;
	case VD_KIND_BPF:
		return VD_SYS_bpf;
	case VD_KIND_MODULE:
		return VD_SYS_finit_module;
	case VD_KIND_FILE_MKDIR:
		return VD_SYS_mkdirat;
	case VD_KIND_RECVFROM:
		return VD_SYS_recvfrom;
	case VD_KIND_SYSCALL:
		return VD_SYS_prctl;
	case VD_KIND_FILE_TRUNCATE:
		return VD_SYS_truncate;
	case VD_KIND_FILE_XATTR:
		return VD_SYS_setxattr;
	case VD_KIND_FILE_TIMES:
		return VD_SYS_utimensat;
	case VD_KIND_SIGNAL:
		return VD_SYS_kill;
	case VD_KIND_MEMORY:
		return VD_SYS_mmap;
	case VD_KIND_PERF:
		return VD_SYS_perf_event_open;
	case VD_KIND_SETTIME:
		return VD_SYS_settimeofday;
	case VD_KIND_IO_URING:
		return VD_SYS_io_uring_enter;
	case VD_KIND_LOCKED_DOWN:
		return VD_TYPE_LOCKED_DOWN;
	case VD_KIND_KEY:
		return VD_SYS_keyctl;
	case VD_KIND_CAPABLE:
		return VD_TYPE_CAPABLE;
	case VD_KIND_MODULE_REQUEST:
		return VD_TYPE_MODULE_REQUEST;
	default:
		return VD_NO_SYSCALL;
	}
}

#endif
