/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What a profile says of the system call that the current task is in: the tables of bpf/abi/policy.h, looked up by the
 * registers that the kernel saved at its entry. For hooks and for the entry itself, so that both find the same.
 */
#ifndef VEDETTE_LIB_CALL_POLICY_H
#define VEDETTE_LIB_CALL_POLICY_H

#include "vmlinux.h"

#include "arg.h"
#include "task.h"

/* A system call, and what its profile says of it. */
struct vd_call_site {
	u64 args[6];
	u32 nr; /* of its arch */
	u32 arch;
	u32 profile;
	u32 generation;
	u32 said; /* VD_CALL_*: without VD_CALL_TESTED */
	u32 policy_id;
	u32 counter;
	u32 monitor;
	u32 error; /* the errno, of what is denied */
	u32 pad;
};

static __always_inline void vd_fill_call(struct vd_call_site *site, struct pt_regs *regs, bool compat)
{
	u32 nr = regs->orig_ax;

	site->arch = VD_ARCH_X86_64;
	if (compat) {
		site->arch = VD_ARCH_I386;
	} else if ((s32)nr >= 0 && (nr & VD_X32_BIT)) {
		site->arch = VD_ARCH_X32;
		nr &= ~VD_X32_BIT;
	}
	site->nr = nr;
	site->args[0] = vd_arg_of(regs, compat, 0);
	site->args[1] = vd_arg_of(regs, compat, 1);
	site->args[2] = vd_arg_of(regs, compat, 2);
	site->args[3] = vd_arg_of(regs, compat, 3);
	site->args[4] = vd_arg_of(regs, compat, 4);
	site->args[5] = vd_arg_of(regs, compat, 5);
}

/* Of the call that the task is in. */
static __always_inline void vd_put_call_site(struct vd_syscall_entry *r)
{
	struct vd_call_site site = {};

	vd_fill_call(&site, vd_regs(), bpf_get_current_task_btf()->thread_info.status & VD_TS_COMPAT);
	__builtin_memcpy(r->args, site.args, sizeof(r->args));
	r->nr = site.nr;
	r->arch = site.arch;
}

static __always_inline bool vd_test_holds(const struct vd_call_test *test, u64 arg)
{
	switch (test->op) {
	case VD_CALL_ALWAYS:
		return true;
	case VD_CALL_NE:
		return arg != test->value;
	case VD_CALL_LT:
		return arg < test->value;
	case VD_CALL_LE:
		return arg <= test->value;
	case VD_CALL_EQ:
		return arg == test->value;
	case VD_CALL_GE:
		return arg >= test->value;
	case VD_CALL_GT:
		return arg > test->value;
	case VD_CALL_MASKED_EQ:
		return (arg & test->value) == test->value_two;
	default:
		return false;
	}
}

struct vd_call_walk {
	struct vd_call_policy *policy;
	struct vd_call_site *site;
	u32 at;
};

/* One test. Each one leads further on, so that it ends. */
static long vd_call_step(u32 i, struct vd_call_walk *walk)
{
	u32 at = walk->at, arg;
	struct vd_call_test *test;

	VD_OPAQUE(at);
	if (at >= VD_MAX_CALL_TESTS)
		return 1;
	test = &walk->policy->test[at];
	arg = test->arg;
	VD_OPAQUE(arg);
	if (arg > 5)
		return 1;
	if (!vd_test_holds(test, walk->site->args[arg])) {
		walk->at = test->otherwise;
		return 0;
	}
	if (test->holds == VD_CALL_GO_ON) {
		walk->at = at + 1;
		return 0;
	}
	walk->site->said = test->holds;
	return 1;
}

static __always_inline u32 vd_said_of(struct vd_call_policy *policy, struct vd_call_site *site)
{
	struct vd_call_walk walk = {.policy = policy, .site = site};
	u32 nr = site->nr, arch = site->arch, said, start;

	VD_OPAQUE(nr);
	VD_OPAQUE(arch);
	if (arch >= VD_ARCH_COUNT)
		return VD_CALL_ALLOW;
	if (nr >= VD_CALL_NUMBERS)
		return policy->beyond[arch];
	said = policy->call[arch][nr];
	if (!(said & VD_CALL_TESTED))
		return said;
	site->said = VD_CALL_ALLOW;
	start = said & (VD_MAX_CALL_STARTS - 1);
	walk.at = policy->start[start];
	bpf_loop(VD_MAX_CALL_TESTS, vd_call_step, &walk, 0);
	return site->said;
}

static __always_inline void vd_ask_policy(struct vd_call_policy *policy, struct vd_call_site *site)
{
	u32 error;

	site->policy_id = policy->policy_id;
	site->counter = policy->counter;
	site->monitor = policy->monitor;
	site->said = vd_said_of(policy, site);
	error = site->said >> VD_CALL_ERROR_SHIFT & (VD_CALL_ERRORS - 1);
	VD_OPAQUE(error);
	if (error < VD_CALL_ERRORS)
		site->error = policy->error[error];
}

/* One generation. Returns false when the policy changed meanwhile. */
static __always_inline bool vd_ask_generation(struct vd_call_site *site)
{
	struct vd_call_key key = {.generation = vd_active_generation(), .profile = site->profile};
	u32 *index = bpf_map_lookup_elem(&vd_call_index, &key);
	struct vd_call_policy *policy;

	site->said = VD_CALL_ALLOW;
	site->generation = key.generation;
	if (index) {
		u32 at = *index;

		policy = bpf_map_lookup_elem(&vd_call_policies, &at);
		if (policy)
			vd_ask_policy(policy, site);
	}
	return vd_active_generation() == key.generation;
}

/* Fills `said` for the call and profile of the site. 0: the policy changes without end, which is counted. */
static __always_inline void vd_ask_call(struct vd_call_site *site)
{
	if (vd_ask_generation(site) || vd_ask_generation(site))
		return;
	site->said = VD_CALL_ALLOW;
	vd_count_loss(VD_KIND_SYSCALL_ENTRY, VD_LOSS_POLICY);
}

#endif
