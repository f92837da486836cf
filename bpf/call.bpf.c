/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * System calls that have no hook and no record of their own (abi/calls.def): number, arguments, result, and one string. Each
 * is seen at its end, whatever became of it; the program of a call that no rule needs is not loaded.
 */
#include "lib/vedette.h"

#include "lib/arg.h"

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

static __always_inline struct vd_str vd_put_directory(struct vd_work *w)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;

	return vd_put_path(w, BPF_CORE_READ(fs, pwd.mnt), BPF_CORE_READ(fs, pwd.dentry), false);
}

__weak int vd_call_ended(u32 nr, u64 result)
{
	struct vd_work *w = vd_enter(VD_KIND_SYSCALL, sizeof(struct vd_call));
	struct vd_call *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_call);
	r->h.syscall_nr = nr;
	r->h.result = (s64)result;
	r->h.flags |= VD_F_RESULT;
	vd_put_arguments(r);
	r->text = vd_put_user_string(w, vd_text_argument(r), vd_config.max_nameraw);
	if ((nr == VD_SYS_chdir || nr == VD_SYS_fchdir) && !result)
		r->path = vd_put_directory(w);
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}

#define VD_CALL_EXIT(program, function, number)                                                                        \
	SEC("fexit/" function)                                                                                         \
	int BPF_PROG(program, struct pt_regs *regs, long ret)                                                          \
	{                                                                                                              \
		vd_call_ended(number, (u64)ret);                                                                       \
		return 0;                                                                                              \
	}
#define VD_CALL(name, number, ia32, text)                                                                              \
	VD_CALL_EXIT(vd_exit_call_##name, "__x64_sys_" #name, number)                                                  \
	VD_CALL_EXIT(vd_exit_call_##name##_ia32, "__ia32_sys_" #name, number)
#define VD_CALL0(name, number, ia32) VD_CALL_EXIT(vd_exit_call_##name, "__do_sys_" #name, number)
#include "bpf/abi/calls.def"
#undef VD_CALL
