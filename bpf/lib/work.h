/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The structures that live in maps and that user space does not read.
 */
#ifndef VEDETTE_LIB_WORK_H
#define VEDETTE_LIB_WORK_H

#include "vmlinux.h"

#define VD_COMM 16
#define VD_EXE_BYTES 256

/* vd_task_state.flags; VD_TASK_CONTAINER is in abi/pins.h */
#define VD_TASK_EXE_MEMFD 0x2u
#define VD_TASK_EXE_UPPER 0x4u
#define VD_TASK_EXE_LONG 0x8u /* exe did not fit: its suffix is not known */
#define VD_TASK_PARENT_EXE_LONG 0x10u
#define VD_TASK_REFUSED 0x20u /* the exec under way was refused and has been reported */
#define VD_TASK_EXITED 0x40u  /* its exit has been reported */
#define VD_TASK_PENDING 0x1000u /* its profile was decided before its container was known, and is asked for again */
#define VD_TASK_UNTIL_KNOWN 0x2000u /* it is under a profile that holds until then only */

/* What later hooks need to know of a process. The parent is the creator, as it was at the fork. Begins as a vd_task_prefix. */
struct vd_task_state {
	u64 exec_id;
	u64 parent_exec_id;
	u64 forked_exec_id; /* on any thread: of the child it is making */
	u64 start_ns;
	u64 exe_ino;
	u32 exe_dev;
	u32 flags;
	/* of the exec under way, for the record that is sent when it has succeeded */
	u32 exec_policy_id;
	u32 exec_syscall;
	u32 profile; /* that it is under, for good; children inherit it. 0: none */
	u32 pad;
	u8 exec_verdict;
	u8 exec_via;
	u16 exec_flags;
	u16 exe_len;
	u16 parent_exe_len;
	u16 comm_len;
	u16 parent_comm_len;
	char comm[VD_COMM];
	char parent_comm[VD_COMM];
	char exe[VD_EXE_BYTES];
	char parent_exe[VD_EXE_BYTES];
	u64 container; /* with VD_TASK_CONTAINER: the cgroup that the container is known by, or would be; see container.h */
};
VD_ASSERT(__builtin_offsetof(struct vd_task_state, flags) == __builtin_offsetof(struct vd_task_prefix, flags), "vd_task_prefix");
VD_ASSERT(VD_LAYOUT_VERSION == 2 && sizeof(struct vd_task_state) == VD_TASK_STATE_SIZE, "another vd_task_state is another layout");

/* The programs that a process descends from, each once: what its creators were when they made it or what came between,
 * whether they are alive or not. Begins where this was first asked for with those whose processes were. The nearest are missing
 * where there is no room. */
#define VD_LINEAGE_BYTES 3840
struct vd_lineage {
	u32 len;
	u32 flags;
	u32 epoch; /* of the policy that traits are by */
	u32 unsure; /* a path is not known: there may be more of them */
	u64 traits; /* a bit per clause of VD_POLICY_ANCESTORS that holds for one of them */
	u8 bytes[VD_LINEAGE_BYTES]; /* of vd_ancestor */
};
#define VD_LINEAGE_KNOWN 0x1u
#define VD_LINEAGE_CUT 0x2u
#define VD_LINEAGE_EXECED 0x4u /* the process has: what it runs is not among its ancestors */

struct vd_ancestor {
	u16 size; /* with the path of its executable, which follows, in multiples of eight */
	u16 exe_len;
	u16 comm_len;
	u16 exe_long; /* the path did not fit: it is not known */
	char comm[VD_COMM];
};
#define VD_ANCESTOR_ROOM (sizeof(struct vd_ancestor) + VD_EXE_BYTES)
#define VD_MAX_ANCESTORS (VD_LINEAGE_BYTES / (sizeof(struct vd_ancestor) + 8))
VD_ASSERT(sizeof(struct vd_ancestor) == 24, "vd_ancestor");
VD_ASSERT(sizeof(struct vd_lineage) == VD_LINEAGE_SIZE, "another vd_lineage is another layout");

#define VD_MAX_HITS 4
#define VD_MAX_ALIASES 7
#define VD_ALIAS_ROOM 8 /* the first is not used: 0 stands for the path itself */
#define VD_DEEP_BYTES 256 /* of each end of a path that is longer than can be kept: more than a table compares */

/* Another path by which a rule may know the object. */
struct vd_alias {
	struct vd_str text; /* in the record, though nothing there refers to it */
	u32 table;	    /* VD_TABLE_PATH or VD_TABLE_PATH_TO */
	u32 tell;	    /* it is what the event reports when it decides */
};

/* A walk from a file to the root of its mount namespace; the path grows leftwards in vd_work.path. */
struct vd_walk {
	u64 dentry;
	u64 mount; /* struct mount */
	u64 mount_root;
	u32 position;
	u32 stop;	 /* enum vd_walk_stop */
	u32 mount_class; /* enum vd_mount_class */
	u32 deleted;	 /* in: the name is gone */
	u32 table;	 /* in: of the verdict that is about this path; VD_TABLE_COUNT: none is */
	u32 hits;	 /* dentries met that have a former name */
	struct vd_name_hit {
		struct vd_name_key key;
		u32 position; /* where the rest of the path begins */
		u32 pad;
	} hit[VD_MAX_HITS];
};

enum vd_walk_stop {
	VD_WALK_GOING = 0,
	VD_WALK_ROOT,	      /* reached */
	VD_WALK_TOO_DEEP,     /* the left part is missing */
	VD_WALK_DISCONNECTED, /* a dentry without a place in a mount */
	VD_WALK_UNREADABLE,
};

/* What vd_put_together() makes a path of: bytes at an address, of vd_work.path, at an address. */
struct vd_parts {
	u64 name, last;
	u32 name_len, last_len;
	u32 position, end;
};

/* Where vd_add_former_names() is. */
struct vd_former_walk {
	u64 hit;
	u32 number; /* of the hit's names */
	u32 end;    /* of the walked path */
	u32 deep;
	u32 pad;
};

/* Room for a name beside the longest path, so that a name of unknown length can be read at any position. */
#define VD_PATH_ROOM (VD_MAX_PATH + 256)
#define VD_RECORD_ROOM (VD_MAX_RECORD + 256)

#define VD_TEXT_MASK 255u
#define VD_TEXT_ROOM (VD_TEXT_MASK + 9)

enum vd_unresolved { VD_UNRESOLVED_PATH = 1, VD_UNRESOLVED_EXE = 2, VD_UNRESOLVED_ANCESTORS = 4 };

/* What one hook is working on: its record and the subject of its verdict. */
struct vd_work {
	struct vd_hook_counts counts; /* first: see abi/pins.h; never cleared */
	u32 busy;
	u32 slot; /* its own index in vd_works */
	u64 from; /* where the next string is read: passed through memory, so that any pointer becomes a number */
	u64 subject; /* the task_struct that an exec record is about, likewise */
	u32 kind;
	u32 len; /* bytes of the record so far */
	u32 verdict;
	u32 policy_id;
	u32 counter;	/* of the deciding rule, in vd_rules */
	u32 syscall;	/* the number the policy compares: always one of the kind's types */
	u32 deferrable; /* the system call's FEXIT program will send it with its result */
	u32 task_flags; /* vd_task_state.flags of the acting process */
	u32 task_profile; /* and its profile */
	u32 silent; /* what is refused has been reported already, or is asked in passing */
	u32 monitored;	  /* a rule would have refused, but the container is in monitor mode */
	u32 pad;
	u64 container; /* vd_task_state.container; 0: none */
	u32 unresolved; /* VD_UNRESOLVED_*: a string of the subject is not known whole: it decides nothing, and is counted */
	u32 aliases;
	u32 unplaced; /* bit per table whose path has no known beginning; string of it: unplaced_text */
	u32 by_alias;  /* only vd_kind_policy.named are asked */
	u32 exchanged; /* a rename that moves both names */
	u32 indirect;  /* what decided is no clause of the kind for the object's own path */
	u32 told;      /* the alias that decided */
	u32 asked;     /* tables whose value may be unknown were */
	u32 error;     /* the errno of a refusal; 0: nothing is said of it */
	u32 pad3;
	struct vd_alias alias[VD_ALIAS_ROOM];
	struct vd_str unplaced_text[2];

	/* The subject of a verdict: bit per enum vd_table that has a value. */
	u64 has;
	u64 given; /* has, as the hook has filled it in */
	u64 scalar[VD_TABLE_COUNT - VD_TABLE_FIRST_SCALAR];
	struct vd_str string[VD_TABLE_FIRST_REVERSED]; /* where in the record */
	u8 addr[16];
	u64 bits; /* VD_BITS_OPERATION */
	u64 ancestor_traits; /* vd_lineage.traits of the caller, by the policy of that epoch */
	u32 ancestor_epoch;
	u32 ancestors_unsure; /* there may be more of them */
	u64 ancestor; /* a vd_ancestor that is looked at now, not the caller; 0: none */
	u32 ancestor_exe_len, ancestor_comm_len;
	u32 ancestor_at; /* where in the lineage's bytes */
	u32 pad2;

	/* Evaluation */
	u32 generation;
	u32 epoch;
	u32 policy_kind;
	u64 tables; /* still to do */
	u64 traits;
	struct vd_glob_walk {
		u64 from;
		u32 len, at; /* of the text */
		u32 elements, element;
		u32 star, star_at; /* the last star, plus one, and where what it stands for ends */
		u32 matches;
		u32 pad;
	} glob;
	struct vd_clause_set left;
	u32 rank; /* of the clause that decides, so far */
	u32 deciding;
	struct vd_trie_key key;
	u32 key_room;	       /* reversing writes eight bytes at once */
	u8 text[VD_TEXT_ROOM] __attribute__((aligned(8))); /* the string to reverse, after eight bytes that are read and not used */

	struct vd_walk walk;
	struct vd_parts parts;
	struct vd_former_walk former;
	u8 path[VD_PATH_ROOM];
	u8 record[VD_RECORD_ROOM] __attribute__((aligned(8)));
};

#define VD_WORK_SLOTS 3

#define VD_PENDING_SMALL_SLOTS 4096
#define VD_PENDING_SMALL_BYTES 1000
#define VD_PENDING_LARGE_SLOTS 64

struct vd_pending_head {
	u32 tid; /* 0: free */
	u32 lane;
};
struct vd_pending_small {
	struct vd_pending_head head;
	u8 record[VD_PENDING_SMALL_BYTES];
};
struct vd_pending_large {
	struct vd_pending_head head;
	u8 record[VD_MAX_RECORD];
};

/* Part of a map's value: the kernel knows it by this name and size. */
struct bpf_task_work {
	u64 opaque;
} __attribute__((aligned(8)));

/* Of a slot of either size: what makes a thread come by when it returns to user space, and the last thread that it was for. */
struct vd_return {
	struct bpf_task_work work;
	u32 tid;
	u32 pad;
};

VD_ASSERT(VD_TEXT_ROOM >= 8 + VD_POLICY_STRING, "text");
/* The per-processor allocator serves at most 32 KiB at once. */
VD_ASSERT(sizeof(struct vd_work) <= 32768, "vd_work");

#endif
