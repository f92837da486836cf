/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Sockets and socket addresses, from the kernel's own copies. What a record shows is what goes over the wire: an
 * IPv4 address that is mapped into IPv6 is shown as IPv4, and the unspecified address as a destination is the
 * loopback, which is where the kernel sends it.
 */
#ifndef VEDETTE_LIB_SOCKET_H
#define VEDETTE_LIB_SOCKET_H

#include "vmlinux.h"

#include <bpf/bpf_endian.h>

#include "policy.h"
#include "prefilter.h"

#define VD_AF_UNSPEC 0
#define VD_AF_UNIX 1
#define VD_SOCK_STREAM 1
#define VD_IPPROTO_TCP 6
#define VD_IPPROTO_MPTCP 262
#define VD_MSG_FASTOPEN 0x20000000u
#define VD_SOCK_BINDPORT_LOCK 8

/* Where the members of a socket address are; they all begin with the family. */
#define VD_SIN_PORT 2
#define VD_SIN_ADDR 4
#define VD_SIN6_ADDR 8
#define VD_SUN_PATH 2

union vd_ip {
	u8 bytes[16];
	u32 word[4];
};

static __always_inline bool vd_is_mapped(const union vd_ip *ip)
{
	return !ip->word[0] && !ip->word[1] && ip->word[2] == bpf_htonl(0xffff);
}

static __always_inline bool vd_is_unspecified(const union vd_ip *ip)
{
	return !ip->word[0] && !ip->word[1] && !ip->word[2] && !ip->word[3];
}

/* ::ffff:a.b.c.d becomes a.b.c.d in the first four bytes. Returns the family. */
static __always_inline u16 vd_unmap(union vd_ip *ip)
{
	if (!vd_is_mapped(ip))
		return VD_AF_INET6;
	ip->word[0] = ip->word[3];
	ip->word[2] = ip->word[3] = 0;
	return VD_AF_INET;
}

static __always_inline bool vd_is_ip(u16 family)
{
	return family == VD_AF_INET || family == VD_AF_INET6;
}

/* Where both ends of a socket go: in a vd_socket, or a vd_stdio. */
struct vd_ends {
	u8 *local_addr, *remote_addr;
	u16 *local_port, *remote_port;
};

/* Both ends as the socket has them. Returns its family. */
static __always_inline u16 vd_put_ends(const struct vd_ends *ends, struct sock *sk)
{
	union vd_ip local = {}, remote = {};
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (!vd_is_ip(family))
		return family;
	*ends->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	*ends->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (family == VD_AF_INET) {
		local.word[0] = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		remote.word[0] = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	} else {
		BPF_CORE_READ_INTO(&local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&remote, sk, __sk_common.skc_v6_daddr);
		if (vd_unmap(&remote) == VD_AF_INET || vd_is_mapped(&local)) {
			vd_unmap(&local);
			family = VD_AF_INET;
		}
	}
	__builtin_memcpy(ends->local_addr, &local, sizeof(local));
	__builtin_memcpy(ends->remote_addr, &remote, sizeof(remote));
	return family;
}

/* Family, type and both ends as the socket has them. */
static __always_inline void vd_put_sock(struct vd_socket *r, struct sock *sk)
{
	struct vd_ends ends = {r->local_addr, r->remote_addr, &r->local_port, &r->remote_port};

	r->type = BPF_CORE_READ(sk, sk_type);
	r->protocol = BPF_CORE_READ(sk, sk_protocol);
	r->cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	r->family = vd_put_ends(&ends, sk);
}

/* Whether the port is one it asked for. */
static __always_inline bool vd_is_bound(struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & VD_SOCK_BINDPORT_LOCK;
}

struct vd_endpoint {
	union vd_ip ip;
	u16 family;
	u16 port;
};

/* Reads the kernel's copy of an IP address that the caller gave. False: it is none. On an IPv4 socket AF_UNSPEC is
 * read as the kernel reads it in sendto and bind: as AF_INET. */
static __always_inline bool vd_read_endpoint(struct vd_endpoint *e, const void *address, int len, u16 socket_family)
{
	u16 family = VD_AF_UNSPEC, port = 0;

	bpf_probe_read_kernel(&family, sizeof(family), address);
	if (family == VD_AF_UNSPEC && socket_family == VD_AF_INET)
		family = VD_AF_INET;
	__builtin_memset(e, 0, sizeof(*e));
	e->family = family;
	if (family == VD_AF_INET && len >= VD_SIN_ADDR + 4)
		bpf_probe_read_kernel(&e->ip, 4, address + VD_SIN_ADDR);
	else if (family == VD_AF_INET6 && len >= VD_SIN6_ADDR + 16)
		bpf_probe_read_kernel(&e->ip, 16, address + VD_SIN6_ADDR);
	else
		return false;
	bpf_probe_read_kernel(&port, sizeof(port), address + VD_SIN_PORT);
	e->port = bpf_ntohs(port);
	return true;
}

/* A destination that is not specified is the host itself. */
static __always_inline void vd_resolve_unspecified(struct vd_endpoint *e, const struct vd_socket *r)
{
	if (!vd_is_unspecified(&e->ip))
		return;
	if (e->family == VD_AF_INET6) {
		e->ip.word[3] = bpf_htonl(1);
		return;
	}
	__builtin_memcpy(&e->ip, r->local_addr, 4);
	if (!e->ip.word[0])
		e->ip.word[0] = bpf_htonl(0x7f000001);
}

static __always_inline void vd_put_remote(struct vd_socket *r, const void *address, int len)
{
	struct vd_endpoint e;

	if (!vd_read_endpoint(&e, address, len, r->family))
		return;
	if (e.family == VD_AF_INET6)
		e.family = vd_unmap(&e.ip);
	vd_resolve_unspecified(&e, r);
	r->family = e.family;
	r->remote_port = e.port;
	__builtin_memcpy(r->remote_addr, &e.ip, sizeof(e.ip));
}

static __always_inline void vd_put_local(struct vd_socket *r, const void *address, int len)
{
	struct vd_endpoint e;

	if (!vd_read_endpoint(&e, address, len, r->family))
		return;
	if (e.family == VD_AF_INET6)
		e.family = vd_unmap(&e.ip);
	r->family = e.family;
	r->local_port = e.port;
	__builtin_memcpy(r->local_addr, &e.ip, sizeof(e.ip));
}

/* The name in a unix address: len bytes, where a path may end earlier and an abstract name holds any byte. */
static __always_inline struct vd_str vd_unix_name(struct vd_work *w, const void *address, int len)
{
	const char *name = (const char *)address + VD_SUN_PATH;
	long got;
	u32 size = len - VD_SUN_PATH;

	if (len <= VD_SUN_PATH || len > VD_SUN_PATH + VD_MAX_UNIX_PATH)
		return (struct vd_str){};
	got = bpf_probe_read_kernel_str(w->text, size + 1, name);
	if (got > 1)
		size = got - 1;
	return vd_put_kernel_bytes(w, name, size);
}

static __always_inline void vd_put_unix_name(struct vd_work *w, struct vd_socket *r, const void *address, int len)
{
	r->unix_path = vd_unix_name(w, address, len);
}

/* The name a unix socket is bound to. */
static __always_inline void vd_put_name_of(struct vd_work *w, struct vd_socket *r, struct sock *sk)
{
	struct unix_address *bound = BPF_CORE_READ((struct unix_sock *)sk, addr);

	if (bound)
		vd_put_unix_name(w, r, &bound->name, BPF_CORE_READ(bound, len));
}

static __always_inline void vd_put_bound_name(struct vd_work *w, struct vd_socket *r, struct socket *sock)
{
	vd_put_name_of(w, r, BPF_CORE_READ(sock, sk));
}

static __always_inline void vd_subject_socket(struct vd_work *w, struct vd_socket *r)
{
	vd_subject_scalar(w, VD_TABLE_FAMILY, r->family);
	vd_subject_scalar(w, VD_TABLE_SOCKET_TYPE, r->type);
}

static __always_inline void vd_subject_remote(struct vd_work *w, struct vd_socket *r)
{
	u32 v4;

	if (r->family == VD_AF_INET) {
		__builtin_memcpy(&v4, r->remote_addr, sizeof(v4));
		vd_subject_addr4(w, v4);
	} else if (r->family == VD_AF_INET6) {
		vd_subject_addr6(w, r->remote_addr);
	} else {
		return;
	}
	vd_subject_scalar(w, VD_TABLE_REMOTE_PORT, r->remote_port);
}

#endif
