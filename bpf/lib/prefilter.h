/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Prefilter: what no rule is about is not looked at twice.
 *
 * The first open of a file is reported with a tag: a digest of all that a rule could know of it before it is resolved — the
 * file, its place, how it is opened, by whom as far as it is a container or not and under which profile. User space decides whether any rule could
 * match, or refuse, an open with that tag (engine/relevance). If none could, it writes the tag into vd_muted, and
 * the hook lets all further ones pass for the price of computing it. Mostly no rule is about the file whoever opens it; then
 * it writes the tag without the process (vd_turn_tag), which is looked up first, before the process is. The same for a connect, whose
 * tag is of the socket's type and the address, and for a new socket.
 *
 * Sound as long as equal tags mean equal paths:
 * - The path of a file is that of its directory and its name. A directory's path changes only by a rename (rename_lock is
 *   taken by each, of files too) or by a mount (mount_lock); their sequence numbers are in the tag, so any of these
 *   forgets everything. Read here before the path is, and none that is odd (a change under way) is used.
 * - A file is its inode, its directory's inode, its mount and the hash of its name, which the kernel salts with the directory's
 *   address. The address of a mount, of a mount's root, of a mount namespace is used again only after mount_lock was taken.
 * - Names: fd.name is what was asked for. It is the path unless a symbolic link was followed; then the name itself is
 *   in the tag if it is absolute and short, else there is no tag. Nor where the root is no root of a mount; which root it
 *   is, is in the tag.
 * - An open by a handle has no name, and no tag: rules about such a call alone ask nothing else, and would be about every file.
 * - File systems whose names change behind the kernel's back (procfs, network: those that revalidate) get no tag.
 * - The digest is 64 bits under a secret multiplier; two tags are equal by accident once in 2^63.
 */
#ifndef VEDETTE_LIB_PREFILTER_H
#define VEDETTE_LIB_PREFILTER_H

#include "vmlinux.h"

#include "task.h"

#define VD_O_FLAGS 0x00ffffffu	     /* of f_flags; above are flags of the kernel's own */
#define VD_DCACHE_OP_REVALIDATE 0x4u /* in d_flags, from 2.6.38 to 7.3 */
#define VD_AF_INET 2
#define VD_AF_INET6 10
#define VD_NO_DFD (-1)		     /* nameidata.dfd of an open that begins at a file (file_open_root), from 3.x to 7.3 */
#define VD_TAG_NAME 64		     /* longest name that can be part of a tag, its NUL included */

struct vd_digest {
	u64 value, secret;
};

static __always_inline struct vd_digest vd_begin_digest(void)
{
	return (struct vd_digest){.value = vd_tag_epoch, .secret = vd_config.tag_secret};
}

static __always_inline void vd_mix(struct vd_digest *digest, u64 value)
{
	digest->value = (digest->value ^ value) * digest->secret;
	digest->value ^= digest->value >> 32;
}

/* Mixes in a pointer: the only sum with pointers that the verifier allows is the difference of two. */
static __always_inline void vd_mix_pointer(struct vd_digest *digest, const void *pointer)
{
	u64 distance = (u64)pointer;

	asm volatile("%0 -= %1" : "+r"(distance) : "r"(&vd_config));
	vd_mix(digest, distance);
}

/* The sequence number of a seqlock, which it begins with. A helper's call is a tenth of what an open costs here. */
static __always_inline u32 vd_sequence(u64 lock)
{
	u32 sequence = 1;
	struct seqcount *count;

	if (LINUX_KERNEL_VERSION >= VD_CAST_VERSION) {
		count = bpf_rdonly_cast((void *)lock, bpf_core_type_id_kernel(struct seqcount));
		return *(volatile u32 *)&count->sequence;
	}
	bpf_probe_read_kernel(&sequence, sizeof(sequence), (void *)lock);
	return sequence;
}

/* Mixes in an absolute name that fits. */
static __always_inline bool vd_mix_name(struct vd_digest *digest, const char *name)
{
	u64 words[VD_TAG_NAME / 8] = {};
	long size = bpf_probe_read_kernel_str(words, sizeof(words), name);

	if (size <= 1 || size >= VD_TAG_NAME || (words[0] & 0xff) != '/')
		return false;
	for (u32 i = 0; i < VD_TAG_NAME / 8; i++)
		vd_mix(digest, words[i]);
	return true;
}

/* The profile that is in a tag, and told with it. */
static __always_inline u32 vd_tagged_profile(u32 task_flags, u32 profile)
{
	return task_flags & VD_TASK_PENDING ? VD_PROFILE_UNSETTLED : profile;
}

/* Of an open, whoever does it; 0: there is none. mode and flags: the file's, which every load from costs. */
static __always_inline u64 vd_open_tag(struct file *file, u32 mode, u32 flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fs_struct *fs = task->fs;
	struct dentry *dentry = file->f_path.dentry, *root = fs->root.dentry;
	struct nameidata *lookup = task->nameidata;
	struct inode *inode = dentry->d_inode;
	struct vd_digest digest = vd_begin_digest();
	u32 mounts, renames;

	if (!lookup || lookup->dfd == VD_NO_DFD || (dentry->d_flags & VD_DCACHE_OP_REVALIDATE) || root != fs->root.mnt->mnt_root)
		return 0;
	mounts = vd_sequence(vd_config.mount_lock);
	renames = vd_sequence(vd_config.rename_lock);
	if ((mounts | renames) & 1)
		return 0;
	vd_mix(&digest, (u64)mounts << 32 | renames);
	vd_mix(&digest, (u64)(flags & VD_O_FLAGS) << 32 | (u64)inode->i_mode << 8 | (mode & 3) << 2 |
			    !dentry->d_hash.pprev);
	vd_mix(&digest, (u64)dentry->d_name.hash << 32 | dentry->d_name.len);
	vd_mix(&digest, inode->i_ino);
	vd_mix(&digest, dentry->d_parent->d_inode->i_ino);
	vd_mix_pointer(&digest, file->f_path.mnt);
	vd_mix_pointer(&digest, root);
	vd_mix_pointer(&digest, task->nsproxy->mnt_ns);
	if (lookup->total_link_count && !vd_mix_name(&digest, BPF_CORE_READ(lookup, name, name)))
		return 0;
	return digest.value | 1;
}

/* Of a new socket, whoever makes it. */
static __always_inline u64 vd_new_socket_tag(u32 family, u32 type, u32 protocol)
{
	struct vd_digest digest = vd_begin_digest();

	vd_mix(&digest, VD_KIND_SOCKET);
	vd_mix(&digest, (u64)family << 32 | type);
	vd_mix(&digest, protocol);
	return digest.value | 1;
}

/* Of a connect, whoever asks for it, to an IP address that is specified: any other stands for one that is still to be chosen. */
static __always_inline u64 vd_connect_tag(struct socket *sock, struct sockaddr *address, int len)
{
	struct vd_digest digest = vd_begin_digest();
	u64 words[3] = {}; /* family, port and IPv4 address; of IPv6 the address in the last two */
	struct sock *sk = sock->sk;
	bool v4 = address->sa_family == VD_AF_INET;

	if (v4 && len >= 8) {
		bpf_probe_read_kernel(words, 8, address);
		if (!(words[0] >> 32))
			return 0;
	} else if (address->sa_family == VD_AF_INET6 && len >= 24) {
		bpf_probe_read_kernel(words, 24, address);
		if (!words[1] && !(words[2] >> 32))
			return 0;
	} else {
		return 0;
	}
	if (!sk)
		return 0;
	vd_mix(&digest, VD_KIND_CONNECT);
	vd_mix(&digest, (u64)sk->sk_type << 32 | sk->sk_protocol);
	vd_mix(&digest, words[0]);
	if (!v4) {
		vd_mix(&digest, words[1]);
		vd_mix(&digest, words[2]);
	}
	return digest.value | 1;
}

/* A tag for the record, which tells with it the profile that is in it as long as no rule decides. Before the verdict,
 * which may ask for the profile again. */
static __always_inline u64 vd_tell_tag(struct vd_work *w, u64 tag)
{
	w->policy_id = vd_tagged_profile(w->task_flags, w->task_profile);
	return tag;
}

/* Tags know nothing of a profile's system calls. */
static __always_inline bool vd_is_judged_by_call(void)
{
	struct vd_task_state *state;

	if (!vd_config.call_policies)
		return false;
	state = vd_current_state();
	return state && state->profile;
}

/* Whether user space has said that no rule is about it; counted then. */
static __always_inline bool vd_is_muted(u32 kind, u64 tag)
{
	u32 slot = tag >> (64 - VD_MUTE_BITS);
	u64 *muted, *hits;

	if (!tag)
		return false;
	muted = bpf_map_lookup_elem(&vd_muted, &slot);
	if (!muted || *(volatile u64 *)muted != tag || vd_is_judged_by_call())
		return false;
	hits = bpf_map_lookup_elem(&vd_mute_hits, &kind);
	if (hits)
		(*hits)++;
	return true;
}

/* Of a tag whoever does it, that of this process; 0: there is none. */
static __always_inline u64 vd_own_tag(u64 tag)
{
	struct vd_task_state *state = tag ? vd_current_state() : NULL;

	if (!state)
		return 0;
	return vd_turn_tag(tag, vd_config.tag_secret, !!(state->flags & VD_TASK_CONTAINER),
			   vd_tagged_profile(state->flags, state->profile));
}

/* Whether no rule is about it, whoever does it, or this process. If one may be, *tag becomes this process's, for the record. */
static __always_inline bool vd_passes(u32 kind, u64 *tag)
{
	if (vd_is_muted(kind, *tag))
		return true;
	*tag = vd_own_tag(*tag);
	return vd_is_muted(kind, *tag);
}

#endif
