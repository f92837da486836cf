/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What a call of abi/calls.def was passed: the registers, one string, and of those that are about a file its name. All of it is
 * evidence.
 */
#ifndef VEDETTE_LIB_CALL_H
#define VEDETTE_LIB_CALL_H

#include "vmlinux.h"

#include "arg.h"
#include "emit.h"
#include "name.h"
#include "waiting.h"

#define VD_NO_TEXT 6
#define VD_PR_SET_NAME 15

/* Which argument is a string. */
static __always_inline u32 vd_text_of_call(u32 nr)
{
	switch (nr) {
#define VD_CALL(name, number, ia32, text)                                                                              \
	case number:                                                                                                   \
		return text;
#include "bpf/abi/calls.def"
#undef VD_CALL
	default:
		return VD_NO_TEXT;
	}
}

static __always_inline u64 vd_text_argument(const struct vd_call *r)
{
	if (r->h.syscall_nr == VD_SYS_prctl)
		return r->args[0] == VD_PR_SET_NAME ? r->args[1] : 0;
	switch (vd_text_of_call(r->h.syscall_nr)) {
	case 0:
		return r->args[0];
	case 1:
		return r->args[1];
	case 3:
		return r->args[3];
	default:
		return 0;
	}
}

static __always_inline void vd_put_arguments(struct vd_call *r)
{
	struct pt_regs *regs = vd_regs();
	bool compat = bpf_get_current_task_btf()->thread_info.status & VD_TS_COMPAT;

	r->args[0] = vd_arg_of(regs, compat, 0);
	r->args[1] = vd_arg_of(regs, compat, 1);
	r->args[2] = vd_arg_of(regs, compat, 2);
	r->args[3] = vd_arg_of(regs, compat, 3);
	r->args[4] = vd_arg_of(regs, compat, 4);
	r->args[5] = vd_arg_of(regs, compat, 5);
}

/* Of a hook's record that begins with a vd_call: what the call was passed, if it is one of the kind (a constant). */
static __always_inline void vd_put_call(struct vd_work *w, const u32 kind)
{
	struct vd_call *r = VD_RECORD(w, struct vd_call);

	if (!vd_is_type_of(kind, r->h.syscall_nr))
		return;
	vd_put_arguments(r);
	r->text = vd_put_user_string(w, vd_text_argument(r), vd_config.max_nameraw);
}

/* The name of the file, after vd_put_call(). Mostly it is the text. */
static __always_inline void vd_put_file_name(struct vd_work *w, struct vd_file_call *r)
{
	struct vd_names names = vd_user_names(vd_native_syscall(&r->call.h));

	if (!names.first)
		return;
	if (names.first == vd_text_argument(&r->call))
		r->nameraw = r->call.text;
	else
		r->nameraw = vd_put_user_string(w, names.first, vd_config.max_nameraw);
	if (vd_user_name_is_relative(names.first))
		r->base = vd_put_base(w, names.dir);
}

/* Sends, unless it is allowed and the same call has a record waiting: the kernel may ask more than once in one call. */
static __always_inline int vd_leave_once(struct vd_work *w)
{
	struct vd_header *h = VD_RECORD(w, struct vd_header);

	if (w->verdict == VD_VERDICT_ALLOW && vd_waiting(h->syscall_nr)) {
		vd_abandon(w);
		return 0;
	}
	return vd_leave(w);
}

#endif
