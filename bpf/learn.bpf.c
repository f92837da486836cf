/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * For `vedette learn`, and loaded by nothing else: the entry of system calls puts each call of each process on the
 * kernel's slow way in. Both programs leave at once where the process is under no profile. What they note is a bit, so
 * that nothing is lost however often it happens.
 *
 * The entry is seen before the call's result, and after seccomp: what a filter refuses does not get here. A capability
 * is noted when the task asks with its own credentials, as profiles judge it (privilege.bpf.c); the hook is not reached
 * when another LSM, capabilities first, has said no, save by fmod_ret, where what is not had is noted, too.
 */
#include "lib/vedette.h"

#include "abi/learn.h"

#define VD_NOEXIST 1

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VD_MAX_USES);
	__type(key, u64);
	__type(value, struct vd_use);
} vd_uses SEC(".maps");

static const struct vd_use vd_no_use;

/* What the current process' cgroup has used; NULL: it is not learned from. */
static __always_inline struct vd_use *vd_current_use(struct task_struct *task)
{
	struct vd_task_state *state = vd_state_of(task);
	struct vd_use *use;
	u64 cgroup;

	if (!state || !state->profile || vd_is_exempt(task))
		return NULL;
	cgroup = vd_task_cgroup(task);
	use = bpf_map_lookup_elem(&vd_uses, &cgroup);
	if (use)
		return use;
	bpf_map_update_elem(&vd_uses, &cgroup, &vd_no_use, VD_NOEXIST);
	use = bpf_map_lookup_elem(&vd_uses, &cgroup);
	if (!use)
		vd_count_loss(VD_KIND_SYSCALL, VD_LOSS_RING_FULL);
	return use;
}

static __always_inline void vd_note(u64 *word, u64 bit)
{
	if (!(*(volatile u64 *)word & bit))
		__sync_fetch_and_or(word, bit);
}

SEC("tp_btf/sys_enter")
int vd_learn_enter(unsigned long long *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_use *use = vd_current_use(task);
	u32 nr = ctx[1], arch = 0, at;

	if (!use)
		return 0;
	if (task->thread_info.status & VD_TS_COMPAT) {
		arch = 1;
	} else if ((s32)nr >= 0 && (nr & VD_X32_BIT)) {
		arch = 2;
		nr &= ~VD_X32_BIT;
	}
	if (nr >= VD_USE_NUMBERS) {
		vd_note(&use->beyond, 1ull << arch);
		return 0;
	}
	at = arch * VD_USE_WORDS + nr / 64;
	VD_OPAQUE(at);
	if (at >= VD_USE_ARCHS * VD_USE_WORDS)
		return 0;
	vd_note(&use->calls[at], 1ull << (nr & 63));
	return 0;
}

SEC("lsm/capable")
int BPF_PROG(vd_learn_capable, const struct cred *cred, struct user_namespace *ns, int cap, unsigned int opts)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_use *use;

	if ((u64)cred != (u64)task->cred || (u64)task->cred != (u64)task->real_cred)
		return 0;
	use = vd_current_use(task);
	if (use)
		vd_note(&use->capabilities, 1ull << (cap & 63));
	return 0;
}
