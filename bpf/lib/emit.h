/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Building and sending records. A hook reads
 *
 *	struct vd_work *w = vd_enter(VD_KIND_X, sizeof(struct vd_x));
 *	if (!w)
 *		return 0;
 *	struct vd_x *r = VD_RECORD(w, struct vd_x);
 *	r->field = ...;
 *	vd_put_object(w, &r->file, ...);           (path.h)
 *	vd_subject_string(w, VD_TABLE_PATH, r->file.path);
 *	vd_judge(w, VD_KIND_X);                    (policy.h)
 *	return vd_leave(w);
 *
 * vd_leave() sends: a refused record at once through the verdict lane; one whose system call has an exit program
 * attached waits in a pending slot until that has the result; anything else at once without result.
 */
#ifndef VEDETTE_LIB_EMIT_H
#define VEDETTE_LIB_EMIT_H

#include "vmlinux.h"

#include "task.h"

/* bit per kind of the lifecycle lane */
#define VD_EVENT(KIND, name, lane, record, types, doc)                                                                 \
	| (VD_LANE_##lane == VD_LANE_LIFECYCLE ? 1ull << VD_KIND_##KIND : 0)
static const u64 vd_lifecycle_kinds = 0
#include "bpf/abi/events.def"
    ;
#undef VD_EVENT

#define VD_RECORD(w, type) ((type *)(w)->record)

static __always_inline u32 vd_lane_of(u32 kind)
{
	return vd_lifecycle_kinds >> kind & 1 ? VD_LANE_LIFECYCLE : VD_LANE_BULK;
}

static __always_inline bool vd_event_wanted(u32 kind)
{
	return vd_config.event_kinds >> kind & 1;
}

/* Nobody reads the rings any more. */
static __always_inline bool vd_is_unattended(void)
{
	return *(volatile u32 *)&vd_unattended;
}

/* Whether rules that refuse may be about it. */
static __always_inline bool vd_is_judged(u32 kind)
{
	if (kind == VD_KIND_EXEC_FAILED)
		kind = VD_KIND_EXEC;
	return vd_config.verdict_kinds >> kind & 1;
}

/* Claims a work slot of this processor. */
static __always_inline struct vd_work *vd_claim(void)
{
	for (u32 i = 0; i < VD_WORK_SLOTS; i++) {
		u32 key = i;
		struct vd_work *w = bpf_map_lookup_elem(&vd_works, &key);

		if (w && !__sync_val_compare_and_swap(&w->busy, 0, 1)) {
			w->slot = key;
			return w;
		}
	}
	return NULL;
}

static __always_inline struct vd_work *vd_work_at(u32 slot)
{
	return bpf_map_lookup_elem(&vd_works, &slot);
}

/* Drops the record: nothing is sent. */
static __always_inline void vd_abandon(struct vd_work *w)
{
	*(volatile u32 *)&w->busy = 0;
}

static __always_inline void vd_forget_subject(struct vd_work *w)
{
	w->unresolved = 0;
	w->has = 0;
	w->ancestor_epoch = 0; /* not known yet */
	w->aliases = 0;
	w->unplaced = 0;
	w->by_alias = 0;
	w->exchanged = 0;
	w->indirect = 0;
	w->told = 0;
	w->walk.table = VD_TABLE_COUNT;
}

/* What is the same of all records: claims a slot and fills the header in it. Returns its number, VD_WORK_SLOTS: none is free
 * (counted). Global, so that the verifier goes on in one state, however many ways there are through it. */
__weak u32 vd_begin(u32 kind)
{
	struct vd_work *w = vd_claim();
	struct vd_task_state *state;
	struct vd_header *h;
	u64 counter;

	if (!w) {
		vd_count_loss(kind, vd_is_judged(kind) ? VD_LOSS_POLICY : VD_LOSS_RING_FULL);
		return VD_WORK_SLOTS;
	}
	h = VD_RECORD(w, struct vd_header);
	__builtin_memset(h, 0, sizeof(*h));
	w->kind = kind;
	counter = vd_clamp(kind, VD_KIND_COUNT - 1);
	w->counts.seen[counter]++;
	w->verdict = VD_VERDICT_ALLOW;
	w->policy_id = 0;
	w->silent = 0;
	w->monitored = 0;
	w->error = 0;
	w->deferrable = 0;
	vd_forget_subject(w);
	state = vd_fill_header(h, kind);
	w->task_flags = state ? state->flags : 0;
	w->task_profile = state ? state->profile : 0;
	w->container = state && state->flags & VD_TASK_CONTAINER ? state->container : 0;
	return w->slot;
}

/* Starts a record: size bytes of zeroed struct with its header filled. kind and size are constants. NULL when there is
 * nothing to do, or no slot (counted). Every other way out must end in vd_leave() or vd_abandon(). */
static __always_inline struct vd_work *vd_enter(const u32 kind, const u32 size)
{
	struct vd_work *w;
	struct vd_header *h;
	u32 slot;

	if (vd_lane_of(kind) == VD_LANE_BULK && vd_is_agent(bpf_get_current_task_btf()))
		return NULL;
	slot = vd_begin(kind);
	w = slot < VD_WORK_SLOTS ? vd_work_at(slot) : NULL;
	if (!w)
		return NULL;
	h = VD_RECORD(w, struct vd_header);
	__builtin_memset(h + 1, 0, size - sizeof(*h));
	w->len = size;
	if (vd_config.profiled_only && vd_lane_of(kind) == VD_LANE_BULK && !w->task_profile) {
		vd_abandon(w);
		return NULL;
	}
	w->syscall = vd_first_type(kind);
	if (vd_is_type_of(kind, h->syscall_nr)) {
		w->syscall = h->syscall_nr;
		/* the exit programs end with the agent */
		w->deferrable = (!(h->flags & VD_F_COMPAT) || vd_has_ia32_exit(h->syscall_nr)) &&
				(vd_config.deferred_kinds >> kind & 1) && !vd_is_unattended();
	}
	return w;
}

/* Appending bytes */

enum vd_source { VD_KERNEL_BYTES, VD_KERNEL_STRING, VD_USER_BYTES, VD_USER_STRING };

static __always_inline struct vd_str vd_unpack(u32 packed)
{
	return (struct vd_str){.offset = packed, .len = packed >> 16};
}

static __always_inline long vd_read(void *to, u32 size, u64 from, u32 source)
{
	switch (source) {
	case VD_KERNEL_BYTES:
		return bpf_probe_read_kernel(to, size, (void *)from);
	case VD_KERNEL_STRING:
		return bpf_probe_read_kernel_str(to, size, (void *)from);
	case VD_USER_BYTES:
		return bpf_probe_read_user(to, size, (void *)from);
	default:
		return bpf_probe_read_user_str(to, size, (void *)from);
	}
}

/* Appends up to max bytes (at most VD_MAX_PATH) of what w->from points at; returns offset | length << 16, 0 when
 * nothing was read. */
__weak u32 vd_append(u32 slot, u32 max, u32 source)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_header *h;
	bool is_string = source == VD_KERNEL_STRING || source == VD_USER_STRING;
	u64 at, size;
	long got;

	if (!w || !w->from || !max)
		return 0;
	h = VD_RECORD(w, struct vd_header);
	at = w->len;
	if (max > VD_MAX_PATH)
		max = VD_MAX_PATH;
	if (at > VD_MAX_RECORD - VD_MAX_PATH) {
		h->flags |= VD_F_TRUNCATED;
		return 0;
	}
	at = vd_clamp(at, VD_MAX_RECORD - VD_MAX_PATH); /* for the verifier */
	/* two more than may be kept: the NUL, and one byte that tells whether the string goes on */
	size = is_string ? max + 2 : max;
	got = vd_read(w->record + at, size, w->from, source);
	if (got < 0) {
		h->flags |= VD_F_READ_FAILED;
		return 0;
	}
	if (is_string && !got) /* an empty user string counts no NUL */
		got = 1;
	size = is_string ? got - 1 : max;
	if (size > max) {
		h->flags |= VD_F_TRUNCATED;
		size = max;
	}
	w->len = at + size;
	return at | size << 16;
}

static __always_inline struct vd_str vd_put(struct vd_work *w, u64 from, u32 max, u32 source)
{
	w->from = from;
	return vd_unpack(vd_append(w->slot, max, source));
}

static __always_inline struct vd_str vd_put_kernel_string(struct vd_work *w, const void *from, u32 max)
{
	return vd_put(w, (u64)from, max, VD_KERNEL_STRING);
}

static __always_inline struct vd_str vd_put_user_string(struct vd_work *w, u64 from, u32 max)
{
	return vd_put(w, from, max, VD_USER_STRING);
}

static __always_inline struct vd_str vd_put_kernel_bytes(struct vd_work *w, const void *from, u32 len)
{
	return vd_put(w, (u64)from, len, VD_KERNEL_BYTES);
}

static __always_inline struct vd_str vd_put_user_bytes(struct vd_work *w, u64 from, u32 len)
{
	return vd_put(w, from, len, VD_USER_BYTES);
}

/* Sending */

static __always_inline bool vd_is_refused(struct vd_work *w)
{
	return w->verdict == VD_VERDICT_DENY || w->verdict == VD_VERDICT_KILL;
}

/* The errno of a refusal. */
static __always_inline u32 vd_error_of(struct vd_work *w)
{
	u32 error = w->error;

	VD_OPAQUE(error);
	return error - 1 < VD_MAX_ERRNO ? error : VD_EPERM;
}

/* What a hook returns that refuses. By a subtraction, whose bounds the verifier follows: from 6.12 it wants to see an errno, and to
 * versions before 6.17 a negation could be anything. */
static __always_inline int vd_refusal(u32 error)
{
	u32 result;

	asm volatile("%0 = 0; %0 -= %1" : "=&w"(result) : "w"(error));
	return (int)result;
}

/* Waking the reader costs more than the record: it comes by itself soon enough. Of containers it is woken at once, since
 * what their runtime's files tell may be gone a moment later. */
static __always_inline u64 vd_wakeup(void *ring)
{
	if (!vd_config.wakeup_bytes)
		return 0;
	return bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >= vd_config.wakeup_bytes ? BPF_RB_FORCE_WAKEUP
										     : BPF_RB_NO_WAKEUP;
}

static __always_inline void vd_output(u32 lane, void *record, u64 size)
{
	struct vd_header *h = record;
	long err;

	if (h->flags & VD_F_TRUNCATED)
		vd_count_loss(h->kind, VD_LOSS_TRUNCATED);
	if (h->flags & VD_F_READ_FAILED)
		vd_count_loss(h->kind, VD_LOSS_READ_FAILED);
	h->size = size;
	if (lane == VD_LANE_VERDICT)
		err = bpf_ringbuf_output(&vd_ring_verdict, record, size, 0);
	else if (lane == VD_LANE_LIFECYCLE)
		err = bpf_ringbuf_output(&vd_ring_lifecycle, record, size,
					 h->flags & VD_F_CONTAINER ? 0 : vd_wakeup(&vd_ring_lifecycle));
	else
		err = bpf_ringbuf_output(&vd_ring_bulk, record, size, vd_wakeup(&vd_ring_bulk));
	if (err)
		vd_count_loss(h->kind, VD_LOSS_RING_FULL);
	else
		vd_count_sent(h->kind);
}

#include "pending.h"

/* Sends the record of a slot, or lets it wait for its result, and frees the slot. Returns 1 when it was refused. */
__weak u32 vd_send(u32 slot)
{
	struct vd_work *w = vd_work_at(slot);
	struct vd_header *h;
	u32 refused, lane;
	u64 size;

	if (!w)
		return 0;
	h = VD_RECORD(w, struct vd_header);
	refused = vd_is_refused(w);
	lane = w->verdict == VD_VERDICT_ALLOW ? vd_lane_of(w->kind) : VD_LANE_VERDICT;
	h->verdict = w->verdict;
	h->policy_id = w->policy_id;
	if (w->indirect)
		h->flags |= VD_F_INDIRECT;
	size = vd_clamp(w->len, VD_MAX_RECORD);
	h->size = size;
	if (w->silent) {
		if (refused && w->deferrable)
			vd_remember_refusal(w->kind, h->tid, h->syscall_nr);
	} else if (vd_is_unattended()) {
		vd_count_loss(w->kind, VD_LOSS_UNATTENDED);
	} else if (refused) {
		h->result = -(s64)vd_error_of(w);
		h->flags |= VD_F_RESULT;
		vd_output(lane, w->record, size);
		if (w->deferrable)
			vd_remember_refusal(w->kind, h->tid, h->syscall_nr);
	} else if (w->verdict != VD_VERDICT_ALLOW || vd_lane_of(w->kind) == VD_LANE_LIFECYCLE ||
		   vd_event_wanted(w->kind)) {
		if (!w->deferrable || !vd_pend(w, lane, size))
			vd_output(lane, w->record, size);
	}
	vd_abandon(w);
	return refused;
}

/* The last step of a hook: what an LSM program returns. */
static __always_inline int vd_leave(struct vd_work *w)
{
	u32 error = vd_error_of(w); /* another record may be in the slot after it */

	return vd_send(w->slot) ? vd_refusal(error) : 0;
}

#endif
