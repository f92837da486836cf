/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Kernel policy: how the rules that say `deny` or `kill` are laid out for the hooks.
 *
 * The engine turns every such rule into clauses (conjunctions of predicates), numbered per event kind. A
 * predicate belongs to a table: the exact and prefix tests of one value are one table. For each value a hook
 * meets, one lookup per table gives the set of clauses whose predicates in that table all hold, as a bit
 * vector; the clauses that match the operation are the AND over the kind's tables. The cost depends on the number of
 * tables, not on the number of rules: a vector says which of its words have no clause, and which have all, so that only the
 * few others are looked at; clauses that use the same tables are neighbours, so that few are. (The idea is packet classification
 * by bit vectors: Lakshman and Stiliadis, SIGCOMM 1998; aggregated: Baboescu and Varghese, SIGCOMM 2001.)
 *
 * The clauses of kind NONE refuse nothing: they say which profile a program comes under when it starts. Their policy_id
 * is the profile's id, and they ask only for what is known of any program (vd_assign_profile).
 *
 * Of those, VD_ACTION_KILL means: only until the container is known.
 *
 * Two generations live side by side: a new policy is written under the other parity, then vd_policy_active is
 * flipped, then the old entries are removed. No hook ever sees half a policy.
 */
#ifndef VEDETTE_ABI_POLICY_H
#define VEDETTE_ABI_POLICY_H

#include "records.h"

#define VD_CLAUSE_WORDS 32
#define VD_MAX_CLAUSES (VD_CLAUSE_WORDS * 64) /* per kind */

/* Tables. Strings and addresses live in one LPM trie, scalars in one hash. */
enum vd_table {
	/* strings: exact (key ends with NUL) or prefix */
	VD_TABLE_PATH = 0,	/* fd.name: the file, kernel-resolved; mount: the target; signal: the target's executable; connect: the
				   unix socket's file */
	VD_TABLE_PATH_TO,	/* rename, link: the new name */
	VD_TABLE_EXE,		/* proc.exepath; for EXEC the file about to run */
	VD_TABLE_PARENT_EXE,	/* proc.pexepath */
	VD_TABLE_COMM,		/* proc.name */
	VD_TABLE_PARENT_COMM,	/* proc.pname */
	VD_TABLE_MOUNT_SOURCE,	/* evt.arg.dev of mount */
	VD_TABLE_FSTYPE,	/* evt.arg.type of mount */
	/* the same strings read backwards, for endswith and file names */
	VD_TABLE_PATH_REVERSED,
	VD_TABLE_PATH_TO_REVERSED,
	VD_TABLE_EXE_REVERSED,
	VD_TABLE_PARENT_EXE_REVERSED,
	/* addresses: 16 bytes, IPv4 mapped into ::ffff:0:0/96 */
	VD_TABLE_REMOTE_ADDR,
	/* scalars */
	VD_TABLE_SYSCALL,	/* evt.type: the x86-64 number; for other origins the number of the kind's first type */
	VD_TABLE_UID,		/* user.uid */
	VD_TABLE_GID,		/* group.gid */
	VD_TABLE_CONTAINER,	/* 1 in a container, 0 on the host */
	VD_TABLE_EXE_MEMFD,	/* proc.is_exe_from_memfd, 0/1; for EXEC the file about to run, as the three below */
	VD_TABLE_EXE_UPPER,	/* proc.is_exe_upper_layer */
	VD_TABLE_OPEN_READ,	/* evt.is_open_read, 0/1 */
	VD_TABLE_OPEN_WRITE,	/* evt.is_open_write, 0/1 */
	VD_TABLE_FS_MAGIC,	/* fd.fs.magic: file system the file is on */
	VD_TABLE_MOUNT_CLASS,	/* fd.mount_class: enum vd_mount_class */
	VD_TABLE_FILE_TYPE,	/* mode & S_IFMT */
	VD_TABLE_FAMILY,	/* socket family */
	VD_TABLE_SOCKET_TYPE,
	VD_TABLE_REMOTE_PORT,
	VD_TABLE_BPF_CMD,
	VD_TABLE_PTRACE_REQUEST,
	VD_TABLE_SAME_CONTAINER, /* ptrace: 1 when caller and target share one container (or both are on the host) */
	VD_TABLE_PROFILE,	 /* proc.profile: the id of the profile the process is under; NULL without */
	VD_TABLE_LOCAL_PORT,	 /* bind: the port that is asked for, 0: any */
	VD_TABLE_CONTAINER_CLASS, /* see vd_container_class; NULL in a container that is not known */
	VD_TABLE_SIGNAL,	 /* evt.arg.sig of a signal */
	VD_TABLE_MEMORY_WRITABLE,  /* mem.is_writable, 0/1 */
	VD_TABLE_MEMORY_ANONYMOUS, /* mem.is_anonymous, 0/1 */
	VD_TABLE_OPERATION,	 /* vd_kernel_call.operation; of CREDS the new effective user */
	VD_TABLE_CAPABILITY,	 /* capable: its number */
	VD_TABLE_CALL,		 /* capable: the system call that led to it, its x86-64 number; NULL without */
	VD_TABLE_INO,		 /* fd.ino */
	VD_TABLE_DEV,		 /* fd.dev */
	VD_TABLE_TRAITS,	 /* see vd_trait: for each that the kind asks about an entry 2 * number, and one more where it holds */
	VD_TABLE_COUNT
};
/* The one string of kinds that have neither mount nor file system: an attribute's name, a key's type. */
#define VD_TABLE_NAME VD_TABLE_FSTYPE
/* Of calls without a hook, which have neither file nor socket: six tables, by the lower half of each argument's register. */
#define VD_TABLE_ARGUMENT VD_TABLE_FS_MAGIC
VD_ASSERT(VD_TABLE_REMOTE_PORT - VD_TABLE_ARGUMENT == 5, "six in a row");
#define VD_TABLE_FIRST_REVERSED VD_TABLE_PATH_REVERSED
#define VD_TABLE_FIRST_ADDR VD_TABLE_REMOTE_ADDR
#define VD_TABLE_FIRST_SCALAR VD_TABLE_SYSCALL

struct vd_clause_set {
	__u64 live; /* bit i: word[i] is not zero */
	__u64 full; /* bit i: word[i] has all clauses that its kind has there; may be left out */
	__u64 word[VD_CLAUSE_WORDS];
};

static inline void vd_set_add(struct vd_clause_set *set, __u32 clause)
{
	set->word[clause / 64] |= 1ull << clause % 64;
	set->live |= 1ull << clause / 64;
}

static inline void vd_set_remove(struct vd_clause_set *set, __u32 clause)
{
	set->full &= ~(1ull << clause / 64);
	set->word[clause / 64] &= ~(1ull << clause % 64);
	if (!set->word[clause / 64])
		set->live &= ~(1ull << clause / 64);
}

static inline int vd_set_has(const struct vd_clause_set *set, __u32 clause)
{
	return set->word[clause / 64] >> clause % 64 & 1;
}

/* Longest string a table can tell apart. A longer subject is looked up by its first (reversed: last)
 * VD_POLICY_STRING bytes: prefixes and suffixes of up to that length are still decided exactly. */
#define VD_POLICY_STRING 244

struct vd_trie_key {
	__u32 prefix_len; /* bits, this word not counted */
	__u8 generation;
	__u8 table;
	__u16 kind;
	__u8 bytes[VD_POLICY_STRING];
};
#define VD_TRIE_FIXED_BITS 32 /* generation, table, kind */

struct vd_scalar_key {
	__u8 generation;
	__u8 table;
	__u16 kind;
	__u32 pad;
	__u64 value;
};

/* What holds for a kind when a table has no entry for the value, and when there is no value (NULL). */
struct vd_table_default {
	struct vd_clause_set no_entry;
	struct vd_clause_set null;
};

struct vd_clause {
	__u32 policy_id; /* RuleSet::first_policy_id + index of the rule */
	__u8 action;	 /* enum vd_action */
	__u8 monitor;	 /* 1: report only */
	__u16 counter;	 /* of vd_rules, see pins.h; the enforcer's. 0: shared by all that have none of their own */
	__u32 rank;	 /* of those that hold, the one of the lowest rank decides: the order of the rules */
};

enum vd_action { VD_ACTION_DENY = 1, VD_ACTION_KILL = 2 };

/* Clauses are numbered per policy. Beside the one of each kind, by its number, there are those that keep a rule about a file's
 * name from being led past (docs/decisions/0015): derived from the same rules, asked only where the kind's own refuses nothing.
 *
 * Kinds whose hooks tell a file that has no place in its mount namespace; X(KIND). Each has a policy more, by what may be its path. */
#define VD_UNPLACED_KINDS(X)                                                                                           \
	X(FILE_OPEN)                                                                                                   \
	X(FILE_UNLINK)                                                                                                 \
	X(FILE_RENAME)                                                                                                 \
	X(FILE_LINK)                                                                                                   \
	X(FILE_SYMLINK)                                                                                                \
	X(FILE_CHMOD)                                                                                                  \
	X(FILE_CHOWN)                                                                                                  \
	X(FILE_MKNOD)                                                                                                  \
	X(FILE_MKDIR)                                                                                                  \
	X(CHROOT)                                                                                                      \
	X(FILE_TRUNCATE)                                                                                               \
	X(FILE_XATTR)                                                                                                  \
	X(FILE_TIMES)

enum vd_policy {
	VD_POLICY_LAST_KIND = VD_KIND_COUNT - 1,
#define VD_ONE(KIND) VD_POLICY_UNPLACED_##KIND,
	VD_UNPLACED_KINDS(VD_ONE)
#undef VD_ONE
	VD_POLICY_NAMES,  /* what lies here gets another name by a mount: the name it had is kept */
	VD_POLICY_RENAME, /* it may not be renamed */
	VD_POLICY_LINK,	  /* it may not be linked */
	VD_POLICY_ANCESTORS, /* refuses nothing: its clauses say which traits a program gives its descendants */
	VD_POLICY_COUNT
};

/* The policy of a kind's files without a place; 0: its hooks tell none. */
static inline __u32 vd_unplaced_policy(__u32 kind)
{
	switch (kind) {
#define VD_ONE(KIND)                                                                                                   \
	case VD_KIND_##KIND:                                                                                           \
		return VD_POLICY_UNPLACED_##KIND;
		VD_UNPLACED_KINDS(VD_ONE)
#undef VD_ONE
	default:
		return 0;
	}
}

/* The kind whose operations are judged by a policy. VD_KIND_NONE: of no one kind. */
static inline __u32 vd_kind_of_policy(__u32 policy)
{
	switch (policy) {
#define VD_ONE(KIND)                                                                                                   \
	case VD_POLICY_UNPLACED_##KIND:                                                                                \
		return VD_KIND_##KIND;
		VD_UNPLACED_KINDS(VD_ONE)
#undef VD_ONE
	default:
		return policy < VD_KIND_COUNT ? policy : (__u32)VD_KIND_NONE;
	}
}

/* One per [generation][policy]: array map index generation * VD_POLICY_COUNT + policy. */
struct vd_kind_policy {
	__u64 tables; /* bit per vd_table in use; 0: nothing is refused here */
	__u64 traits; /* of VD_TABLE_TRAITS: bit per trait that is asked about */
	struct vd_clause_set all;      /* clauses that exist */
	struct vd_clause_set enforced; /* of these, the ones not in monitor mode */
	struct vd_clause_set named;    /* and those that ask for a path to be this or that: what is asked of an alias */
	struct vd_table_default table[VD_TABLE_COUNT];
	struct vd_clause clause[VD_MAX_CLAUSES]; /* an enforced one decides before any other */
};

/* Traits: what is no comparison of one value with many. Each is asked about by itself, after the tables have left clauses:
 * the cost is by their number, which is why there are few. Numbered per generation, vd_traits: generation * VD_MAX_TRAITS + number. */
#define VD_MAX_TRAITS 64

enum vd_trait_kind {
	VD_TRAIT_NONE = 0,
	VD_TRAIT_ANCESTOR, /* a program among the ancestors is one for which clause `clause` of VD_POLICY_ANCESTORS holds */
	VD_TRAIT_ANY_BIT,  /* of vd_bits `of`, one of `mask` is set */
	VD_TRAIT_BITS,	   /* of vd_bits `of`, those of `mask` are `value` */
	VD_TRAIT_GLOB,	   /* the string of table `of` matches `pattern` */
};

enum vd_bits {
	VD_BITS_OPERATION = 0, /* mount: its flags; chmod: the mode */
	VD_BITS_CAP_EFFECTIVE, /* of the thread that acts */
	VD_BITS_CAP_PERMITTED,
	VD_BITS_CAP_INHERITABLE,
};

/* A pattern's elements are two bytes each: what it is, and the byte, or the number of the set of bytes, that it is about. */
#define VD_MAX_GLOB 120
#define VD_MAX_GLOB_SETS 4
enum vd_glob { VD_GLOB_BYTE = 0, VD_GLOB_ANY, VD_GLOB_STAR, VD_GLOB_SET };
struct vd_trait {
	__u32 kind;
	__u32 of;
	__u32 clause; /* below 64 */
	__u32 len;    /* elements of the pattern */
	__u64 mask, value;
	__u8 pattern[2 * VD_MAX_GLOB];
	__u64 set[VD_MAX_GLOB_SETS][256 / 64]; /* a bit per byte */
};

/* What user space knows of a container (image, name, labels, pod) does not change, so it evaluates all predicates on it once.
 * Containers for which the same hold are a class; for each class it writes one scalar of table VD_TABLE_CONTAINER_CLASS. The host
 * is class 0. vd_containers says which class a container is of, by the id of its cgroup. */
#define VD_MAX_CONTAINERS 4096
#define VD_CLASS_UNKNOWN 0xffffffffu
struct vd_container_class {
	__u32 of[2]; /* by generation */
};

/* System calls of a profile.
 *
 * What becomes of a call is a byte per arch and number. Where arguments decide, it leads to tests that are tried in turn,
 * of which one always holds. The hooks ask for the call whose registers the kernel has saved; the program at the entry of
 * system calls (attached only where it is needed) does what no hook can: tell, or kill after.
 *
 * vd_call_index: profile → index into vd_call_policies, by generation like the tables above.
 */
enum vd_call_action { VD_CALL_ALLOW = 0, VD_CALL_ALERT, VD_CALL_DENY, VD_CALL_KILL };
#define VD_CALL_ACTION 0x03u
#define VD_CALL_AT_ENTRY 0x04u /* the entry tells, and kills: no hook sees each of these calls */
#define VD_CALL_ERROR_SHIFT 3  /* of what is denied: which of vd_call_policy.error is returned */
#define VD_CALL_ERRORS 16
#define VD_CALL_TESTED 0x80u   /* the other bits are an index of vd_call_policy.start */

#define VD_CALL_NUMBERS 576 /* per arch; what is beyond has vd_call_policy.beyond */
#define VD_MAX_CALL_STARTS 128
#define VD_MAX_CALL_TESTS 128
#define VD_MAX_CALL_POLICIES 32 /* profiles with `syscalls`, per generation */

enum vd_call_op { /* as seccomp's */
	VD_CALL_ALWAYS = 0,
	VD_CALL_NE,
	VD_CALL_LT,
	VD_CALL_LE,
	VD_CALL_EQ,
	VD_CALL_GE,
	VD_CALL_GT,
	VD_CALL_MASKED_EQ, /* (argument & value) == value_two */
	VD_CALL_OP_COUNT
};

#define VD_CALL_GO_ON 0xffu
struct vd_call_test {
	__u64 value, value_two;
	__u8 op;
	__u8 arg;	/* which argument, from 0 */
	__u8 holds;	/* the byte of the call, or VD_CALL_GO_ON: the next test has to hold, too */
	__u8 otherwise; /* the test to go on with */
	__u32 pad;
};

struct vd_call_policy {
	__u32 policy_id; /* of the rule "PROFILE: syscalls" */
	__u16 counter;
	__u8 monitor;
	__u8 pad;
	__u8 beyond[4]; /* by arch */
	__u16 error[VD_CALL_ERRORS]; /* errnos */
	__u8 start[VD_MAX_CALL_STARTS];
	__u8 call[VD_ARCH_COUNT][VD_CALL_NUMBERS];
	struct vd_call_test test[VD_MAX_CALL_TESTS];
};

struct vd_call_key {
	__u32 generation;
	__u32 profile;
};

/* Of equal calls of one profile that are told and not refused, so many are told per second. */
#define VD_CALL_BURST 20
struct vd_call_rate {
	__u64 key; /* profile and call */
	__u64 second;
	__u32 told;
	__u32 suppressed;
};
#define VD_CALL_RATES 1024

VD_ASSERT(VD_MAX_CALL_STARTS <= VD_CALL_TESTED, "an index beside the bit");
VD_ASSERT(VD_MAX_CALL_TESTS <= 255, "tests are named by a byte");
VD_ASSERT(sizeof(struct vd_call_test) == 24, "vd_call_test");
VD_ASSERT(VD_TABLE_COUNT <= 64, "tables must fit one word");
VD_ASSERT(VD_CLAUSE_WORDS <= 64, "a bit per word");
VD_ASSERT(sizeof(struct vd_trie_key) == 252, "vd_trie_key");
VD_ASSERT(sizeof(struct vd_scalar_key) == 16, "vd_scalar_key");
VD_ASSERT(sizeof(struct vd_clause) == 12, "vd_clause");
VD_ASSERT(sizeof(struct vd_trait) == 400, "vd_trait");
VD_ASSERT(VD_MAX_TRAITS <= 64, "a bit per trait");
VD_ASSERT(sizeof(struct vd_container_class) == 8, "vd_container_class");

/* vd_monitored: control groups, by id, in which nothing is refused but told as what would be; whatever is below them, too. The
 * value is the container's id, NUL-terminated. */
#define VD_MAX_MONITORED 1024
#define VD_MONITORED_NAME 72
struct vd_monitored {
	char name[VD_MONITORED_NAME];
};

/* A name that a file or directory had before a mount gave it another: vd_names, by what tells inodes apart. */
#define VD_MAX_NAMES 16384
#define VD_FULL_NAMES (VD_MAX_NAMES - 256) /* then mounts are refused; what is left is for those that are under way */
#define VD_NAMES_OF_ONE 2
struct vd_name_key {
	__u64 ino;
	__u32 dev;
	__u32 generation;
	__u32 number; /* below VD_NAMES_OF_ONE: the first are kept */
	__u32 pad;
};
struct vd_name {
	__u32 len; /* "/" has 0 */
	char text[VD_POLICY_STRING];
};
VD_ASSERT(sizeof(struct vd_name_key) == 24, "vd_name_key");
VD_ASSERT(sizeof(struct vd_name) == 248, "vd_name");

/* Where a mount was that has been unmounted: vd_unmounted, by the mount and the file or directory that it showed. A
 * mount's address is used again; a new mount of the same root there takes the entry out. */
#define VD_MAX_UNMOUNTED 1024 /* the ones used least go first: what is not known is refused if it may be named */
struct vd_unmounted_key {
	__u64 mount;
	__u64 ino;
	__u32 dev;
	__u32 generation;
};
VD_ASSERT(sizeof(struct vd_unmounted_key) == 24, "vd_unmounted_key");

#endif
