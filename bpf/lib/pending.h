/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Records that wait for the result of their system call. A thread has at most one: its slot is found by a hash of its
 * id with two probes, and claimed by compare-and-swap. Memory is fixed; who finds no room sends without the result,
 * counted. Most records are short, so there are many small slots and a few that hold any record. Part of emit.h.
 *
 * What sends it is a program at the end of the call, which costs every such call; or, where the kernel has that (7.0), the
 * thread itself on its way back to user space, which costs nobody but who has a record waiting.
 */
#ifndef VEDETTE_LIB_PENDING_H
#define VEDETTE_LIB_PENDING_H

#define VD_PROBES 2

/* In place of a lane: the call was refused and that has been reported. */
#define VD_LANE_REPORTED VD_LANE_COUNT

static __always_inline u32 vd_pending_slot(const bool small, u32 tid, u32 probe)
{
	return (tid * 0x9e3779b1u >> 16 ^ probe) & ((small ? VD_PENDING_SMALL_SLOTS : VD_PENDING_LARGE_SLOTS) - 1);
}

static __always_inline struct vd_pending_head *vd_pending_at(const bool small, u32 tid, u32 probe)
{
	u32 key = vd_pending_slot(small, tid, probe);

	if (small)
		return bpf_map_lookup_elem(&vd_pending_small, &key);
	return bpf_map_lookup_elem(&vd_pending_large, &key);
}

/* False when somebody has it. */
static __always_inline bool vd_claim_pending(struct vd_pending_head *head, u32 tid)
{
	if (__sync_val_compare_and_swap(&head->tid, 0, tid))
		return false;
	__sync_fetch_and_add(&vd_pending_count, 1);
	return true;
}

static __always_inline void vd_free_pending(struct vd_pending_head *head)
{
	*(volatile u32 *)&head->tid = 0;
	__sync_fetch_and_add(&vd_pending_count, -1);
}

static __always_inline u64 vd_pending_room(const bool small, u64 size)
{
	return vd_clamp(size, small ? VD_PENDING_SMALL_BYTES : VD_MAX_RECORD);
}

static __always_inline bool vd_is_waiting(const bool small, u32 tid, u32 probe)
{
	struct vd_pending_head *head = vd_pending_at(small, tid, probe);

	return head && head->tid == tid;
}

static __always_inline u32 vd_flush_from(const bool small, u32 tid, u32 probe, u32 nr, u64 result)
{
	struct vd_pending_head *head = vd_pending_at(small, tid, probe);
	struct vd_header *h;
	u32 sent = 0;

	if (!head || head->tid != tid)
		return 0;
	h = (void *)(head + 1);
	if (nr != VD_NO_SYSCALL && h->syscall_nr == nr) {
		h->result = (s64)result;
		h->flags |= VD_F_RESULT;
		sent = 1;
	}
	if (head->lane != VD_LANE_REPORTED)
		vd_output(head->lane, h, vd_pending_room(small, h->size));
	vd_free_pending(head);
	return sent;
}

/* Global, so that it is verified once and not for each probe. */
__weak u32 vd_flush_small(u32 tid, u32 probe, u32 nr, u64 result)
{
	return vd_flush_from(true, tid, probe, nr, result);
}

__weak u32 vd_flush_large(u32 tid, u32 probe, u32 nr, u64 result)
{
	return vd_flush_from(false, tid, probe, nr, result);
}

/* Sends what a thread has waiting: the record of call nr with its result, a stale one without. nr VD_NO_SYSCALL: all
 * are stale. Returns how many got the result. */
__weak u32 vd_flush(u32 tid, u32 nr, u64 result)
{
	u32 sent = 0;

	for (u32 probe = 0; probe < VD_PROBES; probe++) {
		if (vd_is_waiting(true, tid, probe))
			sent += vd_flush_small(tid, probe, nr, result);
		if (vd_is_waiting(false, tid, probe))
			sent += vd_flush_large(tid, probe, nr, result);
	}
	return sent;
}

/* The end of the current thread's call nr. Mostly nothing waits, and nothing is looked up. */
static __always_inline u32 vd_finish(u32 nr, u64 result)
{
	if (!*(volatile s64 *)&vd_pending_count)
		return 0;
	return vd_flush((u32)bpf_get_current_pid_tgid(), nr, result);
}

/* Whether records of a kind are sent by vd_at_return(). The first question is for kernels that do not know how: the verifier drops
 * what it guards only where no kind is. */
static __always_inline bool vd_ends_at_return(u32 kind)
{
	return vd_config.return_kinds && (vd_config.return_kinds >> kind & 1);
}

/* The current thread is about to return to user space. Seldom not from the call: then its number is another, and the record is
 * sent without a result. */
static int vd_at_return(struct bpf_map *map, void *key, void *value)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	vd_finish(task->flags & VD_PF_EXITING ? VD_NO_SYSCALL : vd_current_call(task), regs->ax);
	return 0;
}

/* Makes the current thread call vd_at_return(). False: it will not. */
static __always_inline bool vd_finish_at_return(u32 slot, u32 tid)
{
	struct vd_return *r = bpf_map_lookup_elem(&vd_returns, &slot);
	int error;

	if (!r)
		return false;
	error = bpf_task_work_schedule_resume(bpf_get_current_task_btf(), &r->work, &vd_returns, vd_at_return);
	if (error) /* this thread had another record in the slot before, in the same call; or somebody else had */
		return error == -VD_EBUSY && r->tid == tid;
	r->tid = tid;
	return true;
}

static __always_inline bool vd_pend_into(const bool small, struct vd_work *w, u32 lane, u64 size)
{
	struct vd_header *h = VD_RECORD(w, struct vd_header);
	u32 tid = h->tid;

	for (u32 probe = 0; probe < VD_PROBES; probe++) {
		struct vd_pending_head *head = vd_pending_at(small, tid, probe);

		if (!head || !vd_claim_pending(head, tid))
			continue;
		head->lane = lane;
		bpf_probe_read_kernel(head + 1, vd_pending_room(small, size), w->record);
		if (vd_ends_at_return(w->kind) &&
		    !vd_finish_at_return(vd_pending_slot(small, tid, probe) + (small ? 0 : VD_PENDING_SMALL_SLOTS), tid)) {
			vd_free_pending(head);
			continue;
		}
		return true;
	}
	return false;
}

/* So that the refused call, which is about to fail, is not reported once more as one that failed: where a program is at its end. */
static __always_inline void vd_remember_refusal(u32 kind, u32 tid, u32 nr)
{
	if (vd_ends_at_return(kind))
		return;
	for (u32 probe = 0; probe < VD_PROBES; probe++) {
		struct vd_pending_head *head = vd_pending_at(true, tid, probe);
		struct vd_header *h;

		if (!head || !vd_claim_pending(head, tid))
			continue;
		head->lane = VD_LANE_REPORTED;
		h = (void *)(head + 1);
		h->syscall_nr = nr;
		return;
	}
}

/* Puts a record aside. False when there was no room (counted): send it now. */
static __always_inline bool vd_pend(struct vd_work *w, u32 lane, u32 size)
{
	struct vd_header *h = VD_RECORD(w, struct vd_header);
	bool waits;

	vd_flush(h->tid, VD_NO_SYSCALL, 0);
	if (size <= VD_PENDING_SMALL_BYTES)
		waits = vd_pend_into(true, w, lane, size);
	else
		waits = vd_pend_into(false, w, lane, size);
	if (!waits)
		vd_count_loss(w->kind, VD_LOSS_NO_PENDING);
	return waits;
}

#endif
