/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What differs between the kernels we run on (6.1 to 7.3), each difference with the version or commit that made it.
 * The ___flavours are resolved by libbpf to the type of the same name without the suffix.
 */
#ifndef VEDETTE_LIB_CORE_COMPAT_H
#define VEDETTE_LIB_CORE_COMPAT_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Times of an inode: i_ctime until 6.5; __i_ctime from 6.6 (13bc24457850), the others from 6.7 (12cd44023651);
 * i_ctime_sec and i_ctime_nsec from 6.11 (3aa63a569c64). */
struct inode___v61 {
	struct timespec64 i_ctime, i_mtime;
};
struct inode___v66 {
	struct timespec64 __i_ctime;
};
struct inode___v67 {
	struct timespec64 __i_mtime;
};
struct inode___v611 {
	s64 i_ctime_sec, i_mtime_sec;
	u32 i_ctime_nsec, i_mtime_nsec;
};

/* Parent of a kernfs node: __parent, RCU protected, from 6.15 (633488947ef6). */
struct kernfs_node___v61 {
	struct kernfs_node *parent;
};
struct kernfs_node___v615 {
	struct kernfs_node *__parent;
};

/* An anonymous mount namespace (a detached tree): seq is 0 until 6.17, ns.ns_id is 0 in 6.18, a flag after. */
struct mnt_namespace___seq {
	u64 seq;
};
struct ns_common___id {
	u64 ns_id;
};
struct mnt_namespace___id {
	struct ns_common___id ns;
};
struct mnt_namespace___anon {
	bool is_anon;
};

/* The name of a process that was started by descriptor: its file's name instead of the number, from 6.14
 * (543841d18060). */
struct linux_binprm___v614 {
	unsigned int comm_from_dentry : 1;
};

/* The CLONE_NEW* of a namespace: in its operations until 6.17, in itself from 6.18. */
struct proc_ns_operations___v61 {
	int type;
};
struct ns_common___v61 {
	const struct proc_ns_operations___v61 *ops;
};
struct ns_common___v618 {
	u32 ns_type;
};

/* Pages of an address space by kind: plain counters until 6.1, per-CPU ones from 6.2 (f1a7941243c1), whose common part
 * is near enough. */
struct mm_rss_stat___v61 {
	atomic64_t count[4];
};
struct mm_struct___v61 {
	struct mm_rss_stat___v61 rss_stat;
};
struct percpu_counter___v62 {
	s64 count;
};
struct mm_struct___v62 {
	struct percpu_counter___v62 rss_stat[4];
};

#pragma clang attribute pop

/* The compiler forgets what it knows of a value: a check it would find needless stays, for the verifier to see. */
#define VD_OPAQUE(x) asm volatile("" : "+r"(x))
#define vd_barrier() asm volatile("" ::: "memory")

/* The lesser of x and a constant, in a form that the compiler cannot take apart: the result is one register whose
 * bound the verifier knows. */
static __always_inline u64 vd_clamp(u64 x, const u64 max)
{
	asm volatile("if %0 <= %1 goto +1\n\t%0 = %1" : "+r"(x) : "i"(max));
	return x;
}

/* Makes any address readable like a pointer that the kernel gave; from 6.2 (a35b9af4ec2c). */
extern void *bpf_rdonly_cast(const void *address, u32 btf_id) __ksym __weak;
extern int LINUX_KERNEL_VERSION __kconfig;
#define VD_CAST_VERSION ((6 << 16) + (2 << 8))

/* Makes a task run a callback before it returns to user space; from 7.0 by this name. The map is that of the bpf_task_work. */
struct bpf_map;
struct bpf_task_work;
extern int bpf_task_work_schedule_resume(struct task_struct *task, struct bpf_task_work *work, void *map,
					 int (*callback)(struct bpf_map *, void *, void *)) __ksym __weak;

#define VD_HAS(type, field) bpf_core_field_exists(((type *)0)->field)
#define VD_NS(sec, nsec) ((u64)(sec)*1000000000ull + (u64)(nsec))

static __always_inline u64 vd_inode_ctime(struct inode *inode)
{
	if (VD_HAS(struct inode___v611, i_ctime_sec)) {
		struct inode___v611 *i = (void *)inode;
		return VD_NS(BPF_CORE_READ(i, i_ctime_sec), BPF_CORE_READ(i, i_ctime_nsec));
	}
	if (VD_HAS(struct inode___v66, __i_ctime)) {
		struct inode___v66 *i = (void *)inode;
		return VD_NS(BPF_CORE_READ(i, __i_ctime.tv_sec), BPF_CORE_READ(i, __i_ctime.tv_nsec));
	}
	struct inode___v61 *i = (void *)inode;
	return VD_NS(BPF_CORE_READ(i, i_ctime.tv_sec), BPF_CORE_READ(i, i_ctime.tv_nsec));
}

static __always_inline u64 vd_inode_mtime(struct inode *inode)
{
	if (VD_HAS(struct inode___v611, i_mtime_sec)) {
		struct inode___v611 *i = (void *)inode;
		return VD_NS(BPF_CORE_READ(i, i_mtime_sec), BPF_CORE_READ(i, i_mtime_nsec));
	}
	if (VD_HAS(struct inode___v67, __i_mtime)) {
		struct inode___v67 *i = (void *)inode;
		return VD_NS(BPF_CORE_READ(i, __i_mtime.tv_sec), BPF_CORE_READ(i, __i_mtime.tv_nsec));
	}
	struct inode___v61 *i = (void *)inode;
	return VD_NS(BPF_CORE_READ(i, i_mtime.tv_sec), BPF_CORE_READ(i, i_mtime.tv_nsec));
}

enum { VD_MM_FILEPAGES = 0, VD_MM_ANONPAGES, VD_MM_SWAPENTS, VD_MM_SHMEMPAGES };

/* 0 where the kernel counts otherwise. A macro: an element's place is that of the running kernel only if the compiler
 * sees a constant index, which a parameter is not. */
#define VD_PAGES_OF(mm, kind)                                                                                          \
	({                                                                                                             \
		struct mm_struct___v62 *__now = (void *)(mm);                                                          \
		struct mm_struct___v61 *__before = (void *)(mm);                                                       \
		s64 __pages = 0;                                                                                       \
		if (VD_HAS(struct mm_struct___v62, rss_stat[0].count))                                                 \
			__pages = BPF_CORE_READ(__now, rss_stat[kind].count);                                          \
		else if (VD_HAS(struct mm_struct___v61, rss_stat.count))                                               \
			__pages = BPF_CORE_READ(__before, rss_stat.count[kind].counter);                               \
		__pages > 0 ? (u64)__pages : 0;                                                                        \
	})

static __always_inline u64 vd_kernfs_parent(u64 node)
{
	if (VD_HAS(struct kernfs_node___v615, __parent))
		return (u64)BPF_CORE_READ((struct kernfs_node___v615 *)node, __parent);
	return (u64)BPF_CORE_READ((struct kernfs_node___v61 *)node, parent);
}

static __always_inline bool vd_mnt_ns_is_anon(u64 ns)
{
	if (VD_HAS(struct mnt_namespace___anon, is_anon))
		return BPF_CORE_READ((struct mnt_namespace___anon *)ns, is_anon);
	if (VD_HAS(struct mnt_namespace___seq, seq))
		return BPF_CORE_READ((struct mnt_namespace___seq *)ns, seq) == 0;
	if (VD_HAS(struct ns_common___id, ns_id))
		return BPF_CORE_READ((struct mnt_namespace___id *)ns, ns.ns_id) == 0;
	return false;
}

/* kernel_cap_t changed its members in 6.3 (f122a08b197d), not its size. */
static __always_inline u64 vd_cap(const kernel_cap_t *cap)
{
	u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), cap);
	return value;
}

static __always_inline bool vd_comm_from_dentry(const void *bprm)
{
	const struct linux_binprm___v614 *b = bprm;

	if (!bpf_core_field_exists(b->comm_from_dentry))
		return false;
	return BPF_CORE_READ_BITFIELD_PROBED(b, comm_from_dentry);
}

static __always_inline u32 vd_ns_type(void *ns)
{
	struct ns_common___v618 *now = ns;
	struct ns_common___v61 *before = ns;

	if (VD_HAS(struct ns_common___v618, ns_type))
		return BPF_CORE_READ(now, ns_type);
	return BPF_CORE_READ(before, ops, type);
}

#endif
