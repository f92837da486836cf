/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The entry of system calls: what profiles say of calls that no hook can refuse. It tells; or it kills, which does not
 * prevent: the signal is pending while the kernel carries the call out, and the caller never sees its end.
 * Seccomp comes before it: what a filter refuses does not get here.
 *
 * Attached, it puts each system call of each process on the kernel's slow way in; so it is loaded only while a profile
 * needs it, and leaves at once where there is no profile. Where kernels preempt, a program at the tracepoint can be
 * skipped (lib/guard.h; measured on 7.3: two of 60 on a busy processor). There it is a probe of the function that the
 * tracepoint is in, and one that does nothing keeps the tracepoint, and so that function, in use.
 */
#include "lib/vedette.h"

#include "lib/call_policy.h"

/* Whether one more is told, and how many were not before it. */
static __always_inline bool vd_within_rate(const struct vd_call_site *site, u64 *suppressed)
{
	u64 key = (u64)site->profile << 32 | site->arch << 16 | (site->nr & 0xffff),
	    second = bpf_ktime_get_boot_ns() / 1000000000;
	u32 index = (u32)((key * 0x9e3779b97f4a7c15ull) >> 54) & (VD_CALL_RATES - 1);
	struct vd_call_rate *rate = bpf_map_lookup_elem(&vd_call_rates, &index);

	*suppressed = 0;
	if (!rate)
		return true;
	if (rate->key != key || rate->second != second) {
		if (rate->key == key)
			*suppressed = rate->suppressed;
		rate->key = key;
		rate->second = second;
		rate->suppressed = 0;
		rate->told = 1;
		return true;
	}
	if (__sync_fetch_and_add(&rate->told, 1) < VD_CALL_BURST)
		return true;
	__sync_fetch_and_add(&rate->suppressed, 1);
	return false;
}

static __always_inline u32 vd_entry_verdict(const struct vd_call_site *site, bool monitored)
{
	if ((site->said & VD_CALL_ACTION) != VD_CALL_KILL)
		return VD_VERDICT_ALLOW;
	return site->monitor || monitored ? VD_VERDICT_WOULD_KILL_AFTER : VD_VERDICT_KILL_AFTER;
}

static __always_inline void vd_count_verdict(u32 counter)
{
	struct vd_rule *rule = bpf_map_lookup_elem(&vd_rules, &counter);

	if (rule)
		__sync_fetch_and_add(&rule->decided, 1);
}

static __always_inline void vd_tell_entry(const struct vd_call_site *site, u32 verdict, u64 suppressed)
{
	struct vd_work *w = vd_enter(VD_KIND_SYSCALL_ENTRY, sizeof(struct vd_syscall_entry));
	struct vd_syscall_entry *r;

	if (!w)
		return;
	r = VD_RECORD(w, struct vd_syscall_entry);
	__builtin_memcpy(r->args, site->args, sizeof(r->args));
	r->nr = site->nr;
	r->arch = site->arch;
	r->suppressed = suppressed;
	w->verdict = verdict;
	w->policy_id = site->policy_id;
	vd_send(w->slot);
}

__weak int vd_entered(u32 profile, u32 task_flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vd_call_site site = {.profile = profile};
	struct pt_regs *regs = vd_regs();
	u64 suppressed = 0;
	bool monitored;
	u32 verdict;

	vd_fill_call(&site, regs, task->thread_info.status & VD_TS_COMPAT);
	vd_ask_call(&site);
	if (!(site.said & VD_CALL_AT_ENTRY) || vd_is_exempt(task))
		return 0;
	monitored = !site.monitor && vd_is_monitored(task_flags);
	verdict = vd_entry_verdict(&site, monitored);
	if (verdict == VD_VERDICT_KILL_AFTER)
		bpf_send_signal(9);
	else if (!vd_within_rate(&site, &suppressed))
		return 0;
	if (verdict != VD_VERDICT_ALLOW && !monitored) /* as vd_judge */
		vd_count_verdict(site.generation * VD_MAX_RULES + site.counter);
	vd_tell_entry(&site, verdict, suppressed);
	return 0;
}

static __always_inline int vd_entering(void)
{
	struct vd_task_state *state = vd_current_state();
	u32 profile;

	if (!state)
		return 0;
	profile = state->profile;
	if (vd_config.containers && state->flags & VD_TASK_PENDING)
		profile = vd_settle_profile();
	return profile ? vd_entered(profile, state->flags) : 0;
}

SEC("tp_btf/sys_enter")
int vd_sys_enter(unsigned long long *ctx)
{
	return vd_entering();
}

SEC("kprobe.multi")
int vd_probe_sys_enter(struct pt_regs *ctx)
{
	return vd_entering();
}

SEC("tp_btf/sys_enter")
int vd_sys_enter_on(unsigned long long *ctx)
{
	return 0;
}
