/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Completing a record that waits for its result: what a later hook of the same system call learns is put in, either
 * in place, or, where it needs more room, after taking the record back to a work slot.
 */
#ifndef VEDETTE_LIB_WAITING_H
#define VEDETTE_LIB_WAITING_H

#include "vmlinux.h"

#include "emit.h"

static __always_inline struct vd_header *vd_waiting_in(const bool small, const u32 nr)
{
	u32 tid;

	if (!*(volatile s64 *)&vd_pending_count)
		return NULL;
	tid = (u32)bpf_get_current_pid_tgid();
	for (u32 probe = 0; probe < VD_PROBES; probe++) {
		struct vd_pending_head *head = vd_pending_at(small, tid, probe);
		struct vd_header *h;

		if (!head || head->tid != tid)
			continue;
		h = (void *)(head + 1);
		if (h->syscall_nr == nr)
			return h;
	}
	return NULL;
}

/* The record that the current thread has waiting for the end of system call nr, or NULL. */
static __always_inline struct vd_header *vd_waiting(const u32 nr)
{
	struct vd_header *h = vd_waiting_in(true, nr);

	return h ? h : vd_waiting_in(false, nr);
}

/* Takes back a short one, to go on with it and to end in vd_leave() or vd_abandon(). NULL if there is none; a long one
 * goes on waiting. */
static __always_inline struct vd_work *vd_resume(const u32 nr)
{
	struct vd_header *h = vd_waiting_in(true, nr);
	struct vd_pending_head *head;
	struct vd_work *w;
	u64 size;

	if (!h)
		return NULL;
	w = vd_claim();
	if (!w)
		return NULL;
	size = vd_pending_room(true, h->size);
	bpf_probe_read_kernel(w->record, size, h);
	w->kind = h->kind;
	w->len = size;
	w->verdict = h->verdict;
	w->policy_id = h->policy_id;
	head = (struct vd_pending_head *)h - 1;
	vd_free_pending(head);
	w->silent = 0;
	w->error = 0;
	vd_forget_subject(w);
	w->deferrable = 1;
	return w;
}

#endif
