/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The results of system calls where fexit programs can be skipped (lib/guard.h): one program behind all of them,
 * attached to the kernel functions of the exit programs it stands for. A kretprobe.multi program runs with
 * preemption off from before the kernel marks it running until after.
 */
#include "lib/vedette.h"

SEC("kretprobe.multi")
int vd_probe_result(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	long ret = (long)ctx->ax;
	u32 nr = vd_current_call(task);

	if (vd_finish(nr, (u64)ret))
		return 0;
	if (vd_is_type_of(VD_KIND_FILE_OPEN, nr) && ret < 0 && vd_config.failed_opens)
		vd_open_failed((u64)ret);
	else if (vd_is_type_of(VD_KIND_EXEC, nr) && ret < 0 && vd_event_wanted(VD_KIND_EXEC_FAILED))
		vd_exec_failed(nr, (u64)ret);
	else if (vd_is_type_of(VD_KIND_RECVFROM, nr) && vd_event_wanted(VD_KIND_RECVFROM))
		vd_received(nr, (u64)ret);
	else
		vd_call_ended(nr, (u64)ret);
	return 0;
}
