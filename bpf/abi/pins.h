/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What enforcement that outlives its agent tells the next one, and `vedette status`, through its pinned maps: who began it,
 * which rules decide, how often they have. Kept apart from the event records: another version of Vedette reads this.
 */
#ifndef VEDETTE_ABI_PINS_H
#define VEDETTE_ABI_PINS_H

#include "records.h"

/* Of vd_owner, vd_rule, vd_task_state and the index of vd_losses: a change of any needs a new number. An agent that finds another
 * number takes over all the same, but reads no more than vd_owner's first line and the vd_task_prefix of a process. */
#define VD_LAYOUT_VERSION 2
#define VD_TASK_STATE_SIZE 632 /* of vd_task_state, in that layout */
#define VD_LINEAGE_SIZE 3864   /* and of vd_lineage */

/* The only element of vd_owner. */
struct vd_owner {
	__u32 layout; /* VD_LAYOUT_VERSION; these three stay where they are in every version */
	__u32 pid;    /* of the agent */
	char version[24];
	__u64 since_ns;	   /* CLOCK_BOOTTIME: enforced without a break since; taken over from a former agent */
	__u64 attached_ns; /* since when these programs do */
	__u64 gone_ns;	   /* when the agent ended; 0: it has not. Written by the programs */
	__u64 pad[2];
};

/* vd_rules: index generation * VD_MAX_RULES + vd_clause.counter. */
#define VD_MAX_RULES 1024
#define VD_RULE_NAME 104
struct vd_rule {
	__u64 decided; /* operations refused, or in monitor mode only reported, for it; written by the programs */
	__u64 told;    /* of the refused: those whose record the agent has read */
	__u32 policy_id; /* 0: no rule */
	__u8 kill;	 /* refuses and kills */
	__u8 enforced;
	__u16 error; /* the errno that it refuses with; 0: EPERM */
	char name[VD_RULE_NAME]; /* cut, NUL-terminated */
};

/* How a vd_task_state begins, in every version. */
struct vd_task_prefix {
	__u64 identity[5];
	__u32 exe_dev;
	__u32 flags; /* VD_TASK_CONTAINER */
};
#define VD_TASK_CONTAINER 0x1u

/* How each vd_work begins, of each processor and slot (vd_works): operations that a hook has looked at, by kind, those not counted
 * that vd_muted let pass before, and those that it refused. User space reads the sum. */
struct vd_hook_counts {
	__u64 seen[VD_KIND_COUNT];
	__u64 refused[VD_KIND_COUNT];
};

/* vd_config.former */
enum vd_former {
	VD_FORMER_NONE = 0,
	VD_FORMER_PREFIX, /* of another layout */
	VD_FORMER_WHOLE,
};

VD_ASSERT(sizeof(struct vd_owner) == 72, "vd_owner");
VD_ASSERT(sizeof(struct vd_rule) == 128, "vd_rule");
VD_ASSERT(sizeof(struct vd_task_prefix) == 48, "vd_task_prefix");

#endif
