/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Memory that becomes executable, by mmap and mprotect. All other mappings leave at the first test.
 *
 * LSM programs here do not look at the previous program's return value: their trampoline (as that of fmod_ret) stops
 * at the first one that is not 0, so it is always 0.
 */
#include "lib/vedette.h"

#include "lib/call.h"

#define VD_PROT_READ 0x1u
#define VD_PROT_WRITE 0x2u
#define VD_PROT_EXEC 0x4u
#define VD_READ_IMPLIES_EXEC 0x0400000u /* of a personality */

static __always_inline int vd_becomes_executable(struct file *file, u32 prot)
{
	struct vd_work *w = vd_enter(VD_KIND_MEMORY, sizeof(struct vd_file_call));
	struct vd_file_call *r;
	u64 there;

	if (!w)
		return 0;
	/* As a number: for the verifier of some kernels (6.4 to 6.11) the pointer is never NULL. */
	w->from = (u64)file;
	there = *(volatile u64 *)&w->from;
	r = VD_RECORD(w, struct vd_file_call);
	r->prot = prot;
	r->memory = VD_MEMORY_ASKED | (there ? 0 : VD_MEMORY_ANONYMOUS);
	vd_subject_scalar(w, VD_TABLE_MEMORY_WRITABLE, !!(prot & VD_PROT_WRITE));
	vd_subject_scalar(w, VD_TABLE_MEMORY_ANONYMOUS, !there);
	if (there && file) {
		vd_put_path_object(w, &r->file, &file->f_path);
		vd_subject_object(w, &r->file);
	}
	vd_judge(w, VD_KIND_MEMORY);
	vd_put_call(w, VD_KIND_MEMORY);
	return vd_leave_once(w);
}

/* Every mapping that user space asks for, also shmat, remap_file_pages, and those an exec makes. What the protection becomes
 * is not known to fmod_ret: with READ_IMPLIES_EXEC all that is readable counts, though a file may be on a mount that
 * forbids it. */
SEC("lsm/mmap_file")
int BPF_PROG(vd_mmap_file, struct file *file, unsigned long asked)
{
	if (!(asked & VD_PROT_EXEC)) {
		if (!(asked & VD_PROT_READ) || !(bpf_get_current_task_btf()->personality & VD_READ_IMPLIES_EXEC))
			return 0;
	}
	return vd_becomes_executable(file, (u32)asked | VD_PROT_EXEC);
}

VD_SYSCALL_EXIT(mmap)

/* Every mprotect and pkey_mprotect, once per mapping that it changes. */
SEC("lsm/file_mprotect")
int BPF_PROG(vd_file_mprotect, struct vm_area_struct *vma, unsigned long asked, unsigned long prot)
{
	if (!(prot & VD_PROT_EXEC))
		return 0;
	return vd_becomes_executable(vma->vm_file, (u32)prot);
}
