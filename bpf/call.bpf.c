/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * System calls at their end (abi/calls.def): number, arguments, result, and one string. Those without a hook are seen
 * here only, and judged here: a rule may kill for them, whatever became of them. Those with one give the waiting record
 * its result, and are a record of their own where the hook was not asked, since the call failed before. The program of a
 * call that no rule needs is not loaded.
 */
#include "lib/vedette.h"

#include "lib/call.h"

static __always_inline struct vd_str vd_put_directory(struct vd_work *w)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;

	return vd_put_path(w, BPF_CORE_READ(fs, pwd.mnt), BPF_CORE_READ(fs, pwd.dentry), false);
}

/* Numbers of 32 bits, as the call took them: the upper halves are whatever the caller left there. */
static __always_inline void vd_subject_arguments(struct vd_work *w, const struct vd_call *r)
{
	vd_subject_scalar(w, VD_TABLE_ARGUMENT, (u32)r->args[0]);
	vd_subject_scalar(w, VD_TABLE_ARGUMENT + 1, (u32)r->args[1]);
	vd_subject_scalar(w, VD_TABLE_ARGUMENT + 2, (u32)r->args[2]);
	vd_subject_scalar(w, VD_TABLE_ARGUMENT + 3, (u32)r->args[3]);
	vd_subject_scalar(w, VD_TABLE_ARGUMENT + 4, (u32)r->args[4]);
	vd_subject_scalar(w, VD_TABLE_ARGUMENT + 5, (u32)r->args[5]);
}

/* Any record of calls.def. */
union vd_any_call {
	struct vd_call call;
	struct vd_file_call file_call;
	struct vd_signal signal;
	struct vd_kernel_call kernel_call;
};

__weak int vd_call_ended(u32 nr, u64 result)
{
	u32 kind = vd_kind_of_call(nr);
	struct vd_work *w;
	struct vd_call *r;

	if (!kind || !(vd_event_wanted(kind) || (vd_is_killed_after(kind) && vd_is_judged(kind))))
		return 0;
	w = vd_enter(VD_KIND_SYSCALL, sizeof(union vd_any_call));
	if (!w)
		return 0;
	if (kind == VD_KIND_SYSCALL)
		w->len = sizeof(struct vd_call);
	w->kind = kind;
	r = VD_RECORD(w, struct vd_call);
	r->h.kind = kind;
	r->h.syscall_nr = nr;
	r->h.result = (s64)result;
	r->h.flags |= VD_F_RESULT;
	vd_put_arguments(r);
	r->text = vd_put_user_string(w, vd_text_argument(r), vd_config.max_nameraw);
	if ((nr == VD_SYS_chdir || nr == VD_SYS_fchdir) && !result)
		r->path = vd_put_directory(w);
	if (kind == VD_KIND_FILE_TRUNCATE || kind == VD_KIND_FILE_XATTR || kind == VD_KIND_FILE_TIMES)
		vd_put_file_name(w, (struct vd_file_call *)r);
	w->deferrable = 0;
	if (vd_is_killed_after(kind)) {
		w->syscall = nr;
		vd_subject_arguments(w, r);
		vd_judge(w, VD_KIND_SYSCALL);
	}
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
#define VD_HOOKED_EXIT(program, function, number)                                                                      \
	SEC("fexit/" function)                                                                                         \
	int BPF_PROG(program, struct pt_regs *regs, long ret)                                                          \
	{                                                                                                              \
		if (!vd_finish(number, (u64)ret))                                                                      \
			vd_call_ended(number, (u64)ret);                                                               \
		return 0;                                                                                              \
	}
#define VD_CALL(name, number, ia32, text)                                                                              \
	VD_CALL_EXIT(vd_exit_call_##name, "__x64_sys_" #name, number)                                                  \
	VD_CALL_EXIT(vd_exit_call_##name##_ia32, "__ia32_sys_" #name, number)
#define VD_HOOKED(KIND, name, number, ia32, text)                                                                      \
	VD_HOOKED_EXIT(vd_exit_call_##name, "__x64_sys_" #name, number)                                                \
	VD_HOOKED_EXIT(vd_exit_call_##name##_ia32, "__ia32_sys_" #name, number)
#define VD_COMPAT(name, number, ia32, text)                                                                            \
	VD_CALL_EXIT(vd_exit_call_##name, "__x64_sys_" #name, number)                                                  \
	VD_CALL_EXIT(vd_exit_call_##name##_ia32, "__ia32_compat_sys_" #name, number)
#define VD_CALL0(name, number, ia32) VD_CALL_EXIT(vd_exit_call_##name, "__do_sys_" #name, number)
#include "bpf/abi/calls.def"
#undef VD_CALL
