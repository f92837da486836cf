/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Sockets. Addresses are the kernel's copies, never what the caller's pointer holds by now.
 *
 * LSM programs here do not look at the previous program's return value: their trampoline (as that of fmod_ret) stops
 * at the first one that is not 0, so it is always 0.
 */
#include "lib/vedette.h"

#include "lib/arg.h"
#include "lib/payload.h"
#include "lib/socket.h"
#include "lib/waiting.h"

/* The descriptor is the first argument where the call is one of the kind's own. */
static __always_inline s32 vd_descriptor(const u32 kind, struct vd_header *h)
{
	return vd_is_type_of(kind, h->syscall_nr) ? (s32)vd_arg(0) : -1;
}

static __always_inline struct sock *vd_sock_of(struct file *file)
{
	struct socket *sock = BPF_CORE_READ(file, private_data);

	return BPF_CORE_READ(sock, sk);
}

/* Starts a record about a socket: all that the socket itself knows. kind is a constant. */
static __always_inline struct vd_work *vd_enter_socket(const u32 kind, struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct vd_work *w;
	struct vd_socket *r;

	if (!sk)
		return NULL;
	w = vd_enter(kind, sizeof(struct vd_socket));
	if (!w)
		return NULL;
	r = VD_RECORD(w, struct vd_socket);
	r->fd = vd_descriptor(kind, &r->h);
	vd_put_sock(r, sk);
	r->cookie = bpf_get_socket_cookie(sk);
	return w;
}

/* Every socket of user space: socket(2), socketpair(2), io_uring; not the kernel's own. A pair is one event. */
SEC("lsm/socket_create")
int BPF_PROG(vd_socket_create, int family, int type, int protocol, int kern)
{
	struct vd_work *w;
	struct vd_socket *r;
	u64 tag = 0;

	if (kern)
		return 0;
	if (vd_config.prefilter) {
		tag = vd_new_socket_tag(family, type, protocol);
		if (vd_passes(VD_KIND_SOCKET, &tag))
			return 0;
	}
	w = vd_enter(VD_KIND_SOCKET, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_socket);
	r->tag = vd_tell_tag(w, tag);
	r->family = family;
	r->type = type;
	r->protocol = protocol;
	r->fd = -1;
	vd_subject_socket(w, r);
	vd_judge(w, VD_KIND_SOCKET);
	if (w->verdict == VD_VERDICT_ALLOW && vd_waiting(VD_SYS_socketpair)) {
		vd_abandon(w);
		return 0;
	}
	return vd_leave(w);
}

VD_SYSCALL_EXIT(socket)
VD_SYSCALL_EXIT(socketpair)

/* Every bind of user space, also io_uring's (from 6.11). Not: the port that a connect or listen takes by itself. */
SEC("lsm/socket_bind")
int BPF_PROG(vd_socket_bind, struct socket *sock, struct sockaddr *address, int len)
{
	struct vd_work *w = vd_enter_socket(VD_KIND_BIND, sock);
	struct vd_socket *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_socket);
	r->role = VD_ROLE_SERVER;
	if (r->family == VD_AF_UNIX)
		vd_put_unix_name(w, r, address, len);
	else
		vd_put_local(r, address, len);
	vd_subject_socket(w, r);
	if (r->family == VD_AF_INET || r->family == VD_AF_INET6)
		vd_subject_scalar(w, VD_TABLE_LOCAL_PORT, r->local_port);
	vd_judge(w, VD_KIND_BIND);
	return vd_leave(w);
}

VD_SYSCALL_EXIT(bind)

static __always_inline int vd_connects(struct vd_work *w, const void *address, int len)
{
	struct vd_socket *r = VD_RECORD(w, struct vd_socket);

	r->role = VD_ROLE_CLIENT;
	if (r->family == VD_AF_UNIX)
		vd_put_unix_name(w, r, address, len);
	else
		vd_put_remote(r, address, len);
	vd_subject_socket(w, r);
	vd_subject_remote(w, r);
	if (r->family != VD_AF_UNIX) /* there the file counts, which is found later: vd_connects_to() */
		vd_judge(w, VD_KIND_CONNECT);
	return vd_leave(w);
}

/* Every connect(2) and IORING_OP_CONNECT. Not TCP Fast Open, see below. AF_UNSPEC ends a connection: no event. */
SEC("lsm/socket_connect")
int BPF_PROG(vd_socket_connect, struct socket *sock, struct sockaddr *address, int len)
{
	struct vd_work *w;
	u64 tag = 0;

	if (address->sa_family == VD_AF_UNSPEC)
		return 0;
	if (vd_config.prefilter) {
		tag = vd_connect_tag(sock, address, len);
		if (vd_passes(VD_KIND_CONNECT, &tag))
			return 0;
	}
	w = vd_enter_socket(VD_KIND_CONNECT, sock);
	if (!w)
		return 0;
	VD_RECORD(w, struct vd_socket)->tag = vd_tell_tag(w, tag);
	return vd_connects(w, address, len);
}

/* The file behind the name, however it was called: the peer's, since we are connected to it. */
static __always_inline void vd_put_peer_path(struct vd_work *w, struct sock *sk)
{
	struct unix_sock *peer = (void *)BPF_CORE_READ((struct unix_sock *)sk, peer);
	struct dentry *dentry = BPF_CORE_READ(peer, path.dentry);

	if (dentry)
		VD_RECORD(w, struct vd_socket)->unix_path =
			vd_put_path(w, BPF_CORE_READ(peer, path.mnt), dentry, false);
}

/* Of a unix socket that is connected to another one: judges by the file that the other is bound to. What is allowed has been told
 * by vd_socket_connect; a refusal is told instead of that. */
static __always_inline int vd_connects_to(struct sock *sk, struct sock *other)
{
	struct dentry *dentry = BPF_CORE_READ((struct unix_sock *)other, path.dentry);
	struct vd_work *w = vd_enter(VD_KIND_CONNECT, sizeof(struct vd_socket)), *former;
	struct vd_socket *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_socket);
	r->fd = vd_descriptor(VD_KIND_CONNECT, &r->h);
	vd_put_sock(r, sk);
	r->role = VD_ROLE_CLIENT;
	if (dentry) {
		r->unix_path = vd_put_path(w, BPF_CORE_READ((struct unix_sock *)other, path.mnt), dentry, false);
		vd_subject_path(w, VD_TABLE_PATH, r->unix_path);
	} else {
		vd_put_name_of(w, r, other);
	}
	vd_subject_socket(w, r);
	vd_judge(w, VD_KIND_CONNECT);
	if (w->verdict == VD_VERDICT_ALLOW) {
		vd_abandon(w);
		return 0;
	}
	former = vd_resume(VD_SYS_connect);
	if (former)
		vd_abandon(former);
	return vd_leave(w);
}

/* Every connection of unix sockets of streams and sequences, once there is a peer. */
SEC("lsm/unix_stream_connect")
int BPF_PROG(vd_unix_stream_connect, struct sock *sk, struct sock *other, struct sock *newsk)
{
	return vd_connects_to(sk, other);
}

/* Of datagram sockets: connect(2), and each datagram, of which only connect counts. In io_uring they look alike, so there both
 * do. */
SEC("lsm/unix_may_send")
int BPF_PROG(vd_unix_may_send, struct socket *sock, struct socket *other)
{
	struct vd_header origin = {};

	vd_fill_origin(&origin, bpf_get_current_task_btf());
	if (origin.syscall_nr != VD_SYS_connect && origin.via != VD_VIA_IO_URING)
		return 0;
	return vd_connects_to(BPF_CORE_READ(sock, sk), BPF_CORE_READ(other, sk));
}

static __always_inline void vd_put_local_end(struct vd_socket *r, struct sock *sk)
{
	struct vd_socket now = {};

	vd_put_sock(&now, sk);
	r->local_port = now.local_port;
	__builtin_memcpy(r->local_addr, now.local_addr, sizeof(now.local_addr));
}

/* Now the kernel knows more: the local address it chose, and the file behind a unix socket's name. */
SEC("fexit/__sys_connect_file")
int BPF_PROG(vd_connect_file, struct file *file, void *address, int len, int flags, int ret)
{
	struct vd_socket *r = (void *)vd_waiting(VD_SYS_connect);
	struct vd_work *w;

	if (!r)
		return 0;
	if (vd_is_ip(r->family)) {
		vd_put_local_end(r, vd_sock_of(file));
	} else if (r->family == VD_AF_UNIX && !ret) {
		w = vd_resume(VD_SYS_connect);
		if (!w)
			return 0;
		vd_put_peer_path(w, vd_sock_of(file));
		vd_send(w->slot);
	}
	return 0;
}

VD_SYSCALL_EXIT(connect)

/* Every listen(2). */
SEC("lsm/socket_listen")
int BPF_PROG(vd_socket_listen, struct socket *sock, int backlog)
{
	struct vd_work *w = vd_enter_socket(VD_KIND_LISTEN, sock);
	struct vd_socket *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_socket);
	r->role = VD_ROLE_SERVER;
	r->backlog = backlog;
	if (r->family == VD_AF_UNIX)
		vd_put_bound_name(w, r, sock);
	vd_subject_socket(w, r);
	vd_judge(w, VD_KIND_LISTEN);
	return vd_leave(w);
}

VD_SYSCALL_EXIT(listen)

/* The hook of accept comes before there is a peer: verdicts only, without the remote address. */
SEC("lsm/socket_accept")
int BPF_PROG(vd_socket_accept, struct socket *sock, struct socket *newsock)
{
	struct vd_work *w = vd_enter_socket(VD_KIND_ACCEPT, sock);
	struct vd_socket *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_socket);
	r->role = VD_ROLE_SERVER;
	if (r->family == VD_AF_UNIX)
		vd_put_bound_name(w, r, sock);
	vd_subject_socket(w, r);
	vd_judge(w, VD_KIND_ACCEPT);
	if (vd_is_refused(w))
		return vd_leave(w);
	vd_abandon(w);
	return 0;
}

/* A verdict that came too late to refuse (a policy installed while accept waited) is counted as one not made. */
static __always_inline void vd_judge_accepted(struct vd_work *w)
{
	vd_judge(w, VD_KIND_ACCEPT);
	if (!vd_is_refused(w))
		return;
	w->verdict = VD_VERDICT_ALLOW;
	w->policy_id = 0;
	vd_count_loss(VD_KIND_ACCEPT, VD_LOSS_POLICY);
}

/* Every accept that succeeded, by any system call or io_uring: they all come through do_accept, which returns the file of the
 * new socket. The failed ones are no event: a non-blocking server gets EAGAIN all the time. */
SEC("fexit/do_accept")
int BPF_PROG(vd_do_accept, struct file *file, u64 arg, void *peer, int *len, int flags, struct file *accepted)
{
	struct vd_work *w;
	struct vd_socket *r;
	struct sock *sk;

	if ((u64)accepted >= -4095ull)
		return 0;
	w = vd_enter(VD_KIND_ACCEPT, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_socket);
	r->role = VD_ROLE_SERVER;
	r->fd = -1; /* the call's result, once there is one */
	sk = vd_sock_of(accepted);
	vd_put_sock(r, sk);
	if (r->family == VD_AF_UNIX)
		vd_put_name_of(w, r, sk);
	vd_subject_socket(w, r);
	vd_judge_accepted(w);
	vd_send(w->slot);
	return 0;
}

VD_SYSCALL_EXIT(accept)
VD_SYSCALL_EXIT(accept4)

/* TCP ignores an address given to send, unless it is to connect with it. */
static __always_inline bool vd_is_tcp(struct sock *sk)
{
	u16 protocol = sk->sk_protocol;

	return sk->sk_type == VD_SOCK_STREAM && (protocol == VD_IPPROTO_TCP || protocol == VD_IPPROTO_MPTCP);
}

static __always_inline void vd_put_sent(struct vd_work *w, struct vd_socket *r, int size)
{
	struct vd_payload payload = {};
	u32 nr = r->h.syscall_nr;

	if (r->h.via != VD_VIA_SYSCALL || (r->h.flags & VD_F_COMPAT) || !vd_is_type_of(VD_KIND_SENDTO, nr))
		return;
	vd_read_payload(&payload, nr);
	r->buffer = vd_put_payload(w, &payload, (u32)size);
}

static __always_inline int vd_sends_to(struct socket *sock, const void *address, int len, int size)
{
	struct vd_work *w = vd_enter_socket(VD_KIND_SENDTO, sock);
	struct vd_socket *r;

	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_socket);
	r->role = vd_is_bound(BPF_CORE_READ(sock, sk)) ? VD_ROLE_SERVER : VD_ROLE_CLIENT;
	if (r->family == VD_AF_UNIX)
		vd_put_unix_name(w, r, address, len);
	else
		vd_put_remote(r, address, len);
	vd_subject_socket(w, r);
	vd_subject_remote(w, r);
	vd_judge(w, VD_KIND_SENDTO);
	vd_put_sent(w, r, size);
	return vd_leave(w);
}

/* Every message sent, by any call: those that carry an address of their own. One on TCP is Fast Open, a connect that the
 * connect hook does not see: it is decided and reported as a connect. */
SEC("lsm/socket_sendmsg")
int BPF_PROG(vd_socket_sendmsg, struct socket *sock, struct msghdr *msg, int size)
{
	void *address = msg->msg_name;
	struct sock *sk = sock->sk;
	struct vd_work *w;

	if (!address || !sk)
		return 0;
	if (!vd_is_tcp(sk))
		return vd_sends_to(sock, address, msg->msg_namelen, size);
	if (!(msg->msg_flags & VD_MSG_FASTOPEN))
		return 0;
	w = vd_enter_socket(VD_KIND_CONNECT, sock);
	if (!w)
		return 0;
	return vd_connects(w, address, msg->msg_namelen);
}

VD_SYSCALL_EXIT(sendto)
VD_SYSCALL_EXIT(sendmsg)
VD_SYSCALL_EXIT(sendmmsg)

/* Receiving. Seen at the end of the call, when the bytes are there. Not: read(2), io_uring, 32-bit programs, and calls that
 * found nothing to take (a non-blocking reader gets EAGAIN all the time). */

static __always_inline struct sock *vd_sock_at(u32 fd)
{
	struct file *file = vd_file_of(fd);

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & VD_S_IFMT) != VD_S_IFSOCK)
		return NULL;
	return vd_sock_of(file);
}

/* Where a datagram came from: the caller got it as address. A connected socket knows by itself. */
static __always_inline void vd_put_sender(struct vd_socket *r, const struct vd_payload *p)
{
	u8 address[VD_SIN6_ADDR + 16 + 4] = {};
	u32 len = p->namelen < sizeof(address) ? p->namelen : sizeof(address);

	if (!vd_is_ip(r->family) || r->remote_port || r->type == VD_SOCK_STREAM || !p->name)
		return;
	if (bpf_probe_read_user(address, sizeof(address), (void *)p->name) &&
	    bpf_probe_read_user(address, VD_SIN_ADDR + 4, (void *)p->name))
		return;
	vd_put_remote(r, address, len);
	r->backlog = 1;
}

/* Bytes of the first message. */
static __always_inline u64 vd_received_bytes(u32 nr, u64 result)
{
	u32 len = 0;

	if (nr != VD_SYS_recvmmsg)
		return result;
	bpf_probe_read_user(&len, sizeof(len), (void *)(vd_regs()->si + offsetof(struct vd_user_mmsghdr, len)));
	return len;
}

__weak int vd_received(u32 nr, u64 result)
{
	struct vd_payload payload = {};
	struct vd_socket *r;
	struct vd_work *w;
	struct sock *sk;
	u32 fd = vd_regs()->di;

	if ((s64)result == -VD_EAGAIN)
		return 0;
	sk = vd_sock_at(fd);
	if (!sk)
		return 0;
	w = vd_enter(VD_KIND_RECVFROM, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_socket);
	r->fd = fd;
	r->h.result = (s64)result;
	r->h.flags |= VD_F_RESULT;
	vd_put_sock(r, sk);
	/* A connection's ends are not told apart here: an accepted socket does not know that it is one. */
	if (r->type != VD_SOCK_STREAM)
		r->role = BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & VD_SOCK_BINDPORT_LOCK ? VD_ROLE_SERVER
											     : VD_ROLE_CLIENT;
	if (r->family == VD_AF_UNIX)
		vd_put_name_of(w, r, sk);
	vd_read_payload(&payload, nr);
	if ((s64)result > 0) {
		vd_put_sender(r, &payload);
		r->buffer = vd_put_payload(w, &payload, vd_received_bytes(nr, result));
	}
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}

#define VD_RECEIVE_EXIT(name)                                                                                          \
	SEC("fexit/__x64_sys_" #name)                                                                                  \
	int BPF_PROG(vd_exit_##name, struct pt_regs *regs, long ret)                                                   \
	{                                                                                                              \
		vd_received(VD_SYS_##name, (u64)ret);                                                                  \
		return 0;                                                                                              \
	}
VD_RECEIVE_EXIT(recvfrom)
VD_RECEIVE_EXIT(recvmsg)
VD_RECEIVE_EXIT(recvmmsg)

/* A socket that becomes standard input, output or error. There is no hook; seen at the end of the call, whatever was asked
 * for. Not by fcntl(F_DUPFD) or by being opened there in the first place. */
static __always_inline int vd_duplicated(u32 old, long ret)
{
	struct vd_work *w;
	struct vd_socket *r;
	struct sock *sk;

	if (ret < 0 || ret > 2)
		return 0;
	sk = vd_sock_at(ret);
	if (!sk)
		return 0;
	w = vd_enter(VD_KIND_DUP, sizeof(*r));
	if (!w)
		return 0;
	r = VD_RECORD(w, struct vd_socket);
	r->fd = old;
	r->h.result = ret;
	r->h.flags |= VD_F_RESULT;
	vd_put_sock(r, sk);
	/* A socket that asked for no port has connected: a reverse shell. One that did may have done either. */
	if (!vd_is_bound(sk))
		r->role = VD_ROLE_CLIENT;
	if (r->family == VD_AF_UNIX)
		vd_put_name_of(w, r, sk);
	w->deferrable = 0;
	vd_send(w->slot);
	return 0;
}

#define VD_DUP(name, function)                                      \
	SEC("fexit/" #function)                                     \
	int BPF_PROG(vd_##name, struct pt_regs *regs, long ret)     \
	{                                                           \
		return vd_duplicated(vd_arg(0), ret);               \
	}
VD_DUP(dup, __x64_sys_dup)
VD_DUP(dup2, __x64_sys_dup2)
VD_DUP(dup3, __x64_sys_dup3)
VD_DUP(dup_ia32, __ia32_sys_dup)
VD_DUP(dup2_ia32, __ia32_sys_dup2)
VD_DUP(dup3_ia32, __ia32_sys_dup3)
