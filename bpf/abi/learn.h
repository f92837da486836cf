/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What `vedette learn` is told by the kernel besides events: which system calls and capabilities the processes under a
 * profile used, by cgroup. vd_uses: cgroup id → vd_use.
 */
#ifndef VEDETTE_ABI_LEARN_H
#define VEDETTE_ABI_LEARN_H

#include "records.h"

#define VD_USE_ARCHS 3	   /* x86-64, i386, x32: in this order */
#define VD_USE_NUMBERS 576 /* per arch */
#define VD_USE_WORDS (VD_USE_NUMBERS / 64)
#define VD_MAX_USES 1024 /* cgroups; those beyond are counted (VD_LOSS_RING_FULL of kind SYSCALL) */

struct vd_use {
	__u64 capabilities;			   /* bit per CAP_*: asked for itself, and had */
	__u64 calls[VD_USE_ARCHS * VD_USE_WORDS]; /* bit per number */
	__u64 beyond;				   /* bit per arch: of a number that has no bit */
};

VD_ASSERT(sizeof(struct vd_use) == 232, "vd_use");

#endif
