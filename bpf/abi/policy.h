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
	VD_TABLE_PATH = 0,	/* fd.name: the file, kernel-resolved; mount: the target */
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
	VD_TABLE_COUNT
};
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
 * name from being led past (docs/decisions/0015): derived from the same rules, asked only where the kind's own refuses nothing. */
#define VD_POLICY_UNPLACED VD_KIND_COUNT     /* + kind: of a file without a place in its mount namespace, by what may be its path */
#define VD_POLICY_NAMES (2 * VD_KIND_COUNT)  /* what lies here gets another name by a mount: the name it had is kept */
#define VD_POLICY_RENAME (VD_POLICY_NAMES + 1) /* it may not be renamed */
#define VD_POLICY_LINK (VD_POLICY_NAMES + 2)   /* it may not be linked */
#define VD_POLICY_COUNT (VD_POLICY_NAMES + 3)

/* One per [generation][policy]: array map index generation * VD_POLICY_COUNT + policy. */
struct vd_kind_policy {
	__u64 tables; /* bit per vd_table in use; 0: nothing is refused here */
	struct vd_clause_set all;      /* clauses that exist */
	struct vd_clause_set enforced; /* of these, the ones not in monitor mode */
	struct vd_clause_set named;    /* and those that ask for a path to be this or that: what is asked of an alias */
	struct vd_table_default table[VD_TABLE_COUNT];
	struct vd_clause clause[VD_MAX_CLAUSES]; /* an enforced one decides before any other */
};

VD_ASSERT(VD_TABLE_COUNT <= 64, "tables must fit one word");
VD_ASSERT(VD_CLAUSE_WORDS <= 64, "a bit per word");
VD_ASSERT(sizeof(struct vd_trie_key) == 252, "vd_trie_key");
VD_ASSERT(sizeof(struct vd_scalar_key) == 16, "vd_scalar_key");
VD_ASSERT(sizeof(struct vd_clause) == 12, "vd_clause");

/* A name that a file or directory had before a mount gave it another: vd_names, by what tells inodes apart. */
#define VD_MAX_NAMES 16384
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

#endif
