/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Self-protection: what is guarded, and what the programs of self.bpf.c tell of an attempt that they refused. They are
 * attached and pinned while rules refuse.
 */
#ifndef VEDETTE_ABI_SELF_H
#define VEDETTE_ABI_SELF_H

#include "records.h"

/* Of an inode, in vd_self_objects; bits. */
#define VD_SELF_FILE 0x1u    /* not written, removed, renamed, replaced or mounted over */
#define VD_SELF_NAMES 0x2u   /* a directory: no name in it is made, removed or renamed */
#define VD_SELF_ABOVE 0x4u   /* a directory on the way to one of those: not removed, renamed or mounted over */
#define VD_SELF_CGROUP 0x8u  /* the agent is in or below it: its control files are not written, but for moving processes */
#define VD_SELF_PROGRAM 0x10u /* Vedette's own executable: root of the host may do all of this by it; also a FILE */

#define VD_SELF_MAX_OBJECTS 4096
#define VD_SELF_MAX_IDS 1024

struct vd_self_key {
	__u64 dev; /* as the kernel numbers it, which stat(2) does not always tell */
	__u64 ino;
};
struct vd_self_object {
	__u32 classes;
	__u32 epoch; /* of the registration that named it last */
};

/* Key of vd_self_ids. */
#define VD_SELF_MAP_ID (1ull << 32)
#define VD_SELF_PROGRAM_ID (2ull << 32)

/* The only element of vd_self, which user space writes through a mapping, too. */
struct vd_self {
	__u32 on; /* 0: nothing is refused */
	/* What the thread of this number opens with O_NOCTTY is guarded as `classes`: how an inode gets into vd_self_objects. */
	__u32 register_tid;
	__u32 classes;
	__u32 epoch;
	__u64 registered; /* how many of its opens are in vd_self_objects */
	__u64 refused;	  /* attempts */
	__u64 told;	  /* of these: those whose vd_self_attempt the agent has read */
};

/* VD_SELF_ATTEMPT(WHAT, text): what somebody tried; the text is what the alert says. Append only. */
#define VD_SELF_ATTEMPTS(VD_SELF_ATTEMPT)                                                                              \
	VD_SELF_ATTEMPT(SIGNAL, "send a signal to the agent")                                                          \
	VD_SELF_ATTEMPT(TRACE, "trace the agent or read its memory")                                                   \
	VD_SELF_ATTEMPT(LIMIT, "change a resource limit of the agent")                                                 \
	VD_SELF_ATTEMPT(SCHEDULE, "change the agent's priority")                                                       \
	VD_SELF_ATTEMPT(PROC, "write a file of the agent in /proc")                                                    \
	VD_SELF_ATTEMPT(SYSCTL, "write kernel.ftrace_enabled")                                                         \
	VD_SELF_ATTEMPT(CGROUP, "write a control file of the agent's control group")                                   \
	VD_SELF_ATTEMPT(MAP, "open a BPF map of Vedette")                                                              \
	VD_SELF_ATTEMPT(PROGRAM, "open or replace a BPF program of Vedette")                                           \
	VD_SELF_ATTEMPT(WRITE, "change a guarded file")                                                                \
	VD_SELF_ATTEMPT(NAME, "make, remove or rename a guarded name")                                                 \
	VD_SELF_ATTEMPT(MOUNT, "mount over, move or unmount a guarded path")

enum vd_self_what {
#define VD_SELF_ATTEMPT(WHAT, text) VD_SELF_##WHAT##_ATTEMPT,
	VD_SELF_ATTEMPTS(VD_SELF_ATTEMPT)
#undef VD_SELF_ATTEMPT
	VD_SELF_WHAT_COUNT
};

#define VD_SELF_NAME 64
#define VD_SELF_EXE 256

/* One record of vd_self_attempts. Strings are cut, and end with a NUL. */
struct vd_self_attempt {
	__u64 time_ns; /* CLOCK_BOOTTIME */
	__u64 exec_id; /* of who tried; 0: not known */
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 what;	 /* enum vd_self_what */
	__u64 detail;	 /* SIGNAL: its number; LIMIT: which; MAP, PROGRAM: its id */
	__u32 container; /* 1: who tried is in one */
	__u32 pad;
	char comm[16];
	char name[VD_SELF_NAME]; /* the last part of the file's name, if there is a file */
	char exe[VD_SELF_EXE];
};

VD_ASSERT(sizeof(struct vd_self_key) == 16, "vd_self_key");
VD_ASSERT(sizeof(struct vd_self) == 40, "vd_self");
VD_ASSERT(sizeof(struct vd_self_attempt) == 384, "vd_self_attempt");

#endif
