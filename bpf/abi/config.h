/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What the loader tells the programs before they are loaded: `const volatile struct vd_config vd_config` in
 * .rodata. It does not change afterwards, so the verifier drops what it switches off.
 */
#ifndef VEDETTE_ABI_CONFIG_H
#define VEDETTE_ABI_CONFIG_H

#include "records.h"

#define VD_KIND_BIT(KIND) (1ull << VD_KIND_##KIND)

struct vd_config {
	__u64 event_kinds;    /* bit per vd_kind: sent even when nothing refuses them */
	__u64 verdict_kinds;  /* vd_policy_kinds may hold clauses for these */
	__u64 deferred_kinds; /* their FEXIT programs will be attached: records wait for the result */
	__u64 host_root_ino;  /* of /proc/1/root; only until the seed iterator has met process 1 */
	__u32 host_root_dev;  /* major << 20 | minor */
	__u32 host_mnt_ns;    /* inode number of /proc/1/ns/mnt */
	__u32 agent_tgid;     /* in the initial pid namespace: never refused, its bulk events are not sent */
	__u32 max_path;	      /* bounds of capture in bytes, up to VD_MAX_*; 0: that string is not captured */
	__u32 max_nameraw;
	__u32 max_args;
	__u32 bulk_wakeup; /* wake the reader of the bulk ring only when so many bytes wait (it polls); 0: for each */
	__u8 failed_opens; /* FILE_OPEN also for opens that failed before a file was found */
	__u8 pad;
	__u16 max_buffer; /* as the others, up to VD_MAX_BUFFER */
};

VD_ASSERT(sizeof(struct vd_config) == 64, "vd_config");
VD_ASSERT(VD_KIND_COUNT <= 64, "kinds must fit one word");

#endif
