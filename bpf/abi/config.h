/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What the loader tells the programs before they are loaded: `const volatile struct vd_config vd_config` in
 * .rodata. It does not change afterwards, so the verifier drops what it switches off.
 */
#ifndef VEDETTE_ABI_CONFIG_H
#define VEDETTE_ABI_CONFIG_H

#include "pins.h"
#include "records.h"

#define VD_KIND_BIT(KIND) (1ull << VD_KIND_##KIND)

struct vd_config {
	__u64 event_kinds;    /* bit per vd_kind: sent even when nothing refuses them */
	__u64 verdict_kinds;  /* vd_policy_kinds may hold clauses for these */
	__u64 deferred_kinds; /* records wait for the result: their FEXIT programs will be attached, or */
	__u64 return_kinds;   /* the thread sends it when it returns to user space (lib/pending.h) */
	__u64 host_root_ino;  /* of /proc/1/root; only until the seed iterator has met process 1 */
	__u32 host_root_dev;  /* major << 20 | minor */
	__u32 host_mnt_ns;    /* inode number of /proc/1/ns/mnt */
	__u32 agent_tgid;     /* in the initial pid namespace: never refused, its bulk events are not sent; see vd_is_agent() */
	__u32 max_path;	      /* bounds of capture in bytes, up to VD_MAX_*; 0: that string is not captured */
	__u32 max_nameraw;
	__u32 max_args;
	__u32 wakeup_bytes; /* wake the reader of a ring only when so many bytes wait (it polls); 0: for each record */
	__u8 failed_opens; /* FILE_OPEN also for opens that failed before a file was found */
	__u8 prefilter;	   /* opens are looked up in vd_muted; the three below are set */
	__u8 exec_env;	   /* EXEC carries the environment, up to VD_MAX_ENV bytes of it */
	__u8 exec_details; /* EXEC carries what needs VD_EXE_HAS_DETAILS */
	__u32 max_buffer; /* as the others, up to VD_MAX_BUFFER */
	__u32 former;	  /* enum vd_former: what vd_former holds */
	__u8 profiles;	  /* there are profiles: each program that starts is asked for its own */
	__u8 containers;  /* something asks for VD_TABLE_CONTAINER_CLASS, or for a profile until a container is known */
	__u8 modify_return; /* the LSM programs are attached by fmod_ret: arguments are those of security_* */
	__u8 call_policies;  /* profiles say which system calls are allowed */
	__u8 capable_of_all; /* a rule on capabilities is about processes without a profile, too */
	__u8 profiled_only; /* of the bulk lane, only what processes under a profile do */
	__u8 lineage; /* a rule that refuses asks for ancestors */
	__u8 self_opens; /* opens are judged, and self-protection asks by the same program (lib/self.h) */
	__u64 tag_secret; /* odd */
	__u64 mount_lock; /* addresses of the kernel's seqlocks */
	__u64 rename_lock;
};

/* Of the tag of an operation whoever does it (see lib/prefilter.h), that of the processes that are in a container or not, and under a
 * profile or VD_PROFILE_UNSETTLED; and the other way round. Never the same. */
static inline __u64 vd_turn_tag(__u64 tag, __u64 secret, __u32 container, __u32 profile)
{
	return tag ^ ((((__u64)profile << 1 | container) + 1) * secret & ~1ull);
}

#define VD_MUTE_BITS 14 /* vd_muted has 2^14 slots; the top bits of a tag say which is its */
#define VD_MUTE_SLOTS (1u << VD_MUTE_BITS)

VD_ASSERT(sizeof(struct vd_config) == 112, "vd_config");
VD_ASSERT(VD_KIND_COUNT <= 64, "kinds must fit one word");

#endif
