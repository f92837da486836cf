/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The bytes that a call sends or receives, and where it says the peer is: read from the caller's memory, which another of
 * its threads can change meanwhile. Evidence only. 64-bit calls only: 32-bit ones lay their structs out otherwise.
 */
#ifndef VEDETTE_LIB_PAYLOAD_H
#define VEDETTE_LIB_PAYLOAD_H

#include "vmlinux.h"

#include "arg.h"
#include "emit.h"

/* As user space has them. */
struct vd_user_msghdr {
	u64 name;
	u32 namelen;
	u32 pad;
	u64 iov;
	u64 iovlen;
	u64 control, controllen;
	u64 flags;
};
struct vd_user_mmsghdr {
	struct vd_user_msghdr message;
	u32 len; /* received */
};
struct vd_user_iovec {
	u64 base;
	u64 len;
};

/* Of the first message of a call. */
struct vd_payload {
	u64 name; /* the address that goes with it; 0: none */
	u32 namelen;
	u64 base; /* of its first piece; 0: none */
	u64 len;
};

static __always_inline void vd_read_msghdr(struct vd_payload *p, u64 message)
{
	struct vd_user_msghdr m = {};
	struct vd_user_iovec iov = {};

	if (bpf_probe_read_user(&m, sizeof(m), (void *)message))
		return;
	p->name = m.name;
	p->namelen = m.namelen;
	if (!m.iovlen || bpf_probe_read_user(&iov, sizeof(iov), (void *)m.iov))
		return;
	p->base = iov.base;
	p->len = iov.len;
}

/* nr: a call whose arguments are those of sendto and recvfrom, or begin with a descriptor and a message. */
static __always_inline void vd_read_payload(struct vd_payload *p, u32 nr)
{
	struct pt_regs *regs = vd_regs();
	u32 namelen = 0;

	if (nr != VD_SYS_sendto && nr != VD_SYS_recvfrom) {
		vd_read_msghdr(p, regs->si);
		return;
	}
	p->base = regs->si;
	p->len = regs->dx;
	p->name = regs->r8;
	p->namelen = regs->r9;
	if (nr == VD_SYS_recvfrom && p->name && !bpf_probe_read_user(&namelen, sizeof(namelen), (void *)regs->r9))
		p->namelen = namelen;
}

/* Its first bytes, of which there are `size`. */
static __always_inline struct vd_str vd_put_payload(struct vd_work *w, const struct vd_payload *p, u64 size)
{
	u64 len = p->len < size ? p->len : size;

	if (!p->base || !len)
		return (struct vd_str){};
	if (len > vd_config.max_buffer)
		len = vd_config.max_buffer;
	return vd_put_user_bytes(w, p->base, len);
}

#endif
