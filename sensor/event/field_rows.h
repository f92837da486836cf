// SPDX-License-Identifier: Apache-2.0
//
// Internal to sensor/event: the parts the field table is put together from, one span of rows per class of fields
// (fields_*.cc), and the vocabulary the rows are written in.
#ifndef VEDETTE_SENSOR_EVENT_FIELD_ROWS_H_
#define VEDETTE_SENSOR_EVENT_FIELD_ROWS_H_

#include <initializer_list>
#include <span>
#include <string_view>

#include "sensor/event/field.h"

namespace vedette {

std::span<const Field> EvtFields();
std::span<const Field> EvtCountFields();
std::span<const Field> EvtIoFields();
std::span<const Field> EvtRawargFields();
std::span<const Field> EvtTimeFields();
std::span<const Field> FdFields();
std::span<const Field> FdSocketFields();
std::span<const Field> FsFields();
std::span<const Field> EnvFields();
std::span<const Field> ProcFields();
std::span<const Field> ProcDetailFields();
std::span<const Field> ProcFamilyFields();
std::span<const Field> ExeFields();
std::span<const Field> UserFields();
std::span<const Field> ContainerFields();
std::span<const Field> ContainerDetailFields();
std::span<const Field> GoneFields();
std::span<const Field> ObjectFields();
std::span<const Field> ServiceFields();
std::span<const Field> SyscallFields();

// --- kinds

static_assert(VD_KIND_COUNT <= 64, "kinds are given as a word");
constexpr EventKinds KindSet(std::initializer_list<EventKind> kinds) {
  unsigned long long word = 0;
  for (EventKind k : kinds) word |= 1ULL << k;
  return EventKinds(word);
}
// std::bitset's own operators are not constexpr before C++23, save the constructor and [].
constexpr unsigned long long WordOf(const EventKinds& kinds) {
  unsigned long long word = 0;
  for (int k = 0; k < VD_KIND_COUNT; ++k) word |= static_cast<unsigned long long>(kinds[k]) << k;
  return word;
}
constexpr EventKinds Union(const EventKinds& a, const EventKinds& b) { return EventKinds(WordOf(a) | WordOf(b)); }
constexpr EventKinds Without(const EventKinds& a, EventKind kind) { return EventKinds(WordOf(a) & ~(1ULL << kind)); }

inline constexpr EventKinds kAllKinds = EventKinds((1ULL << VD_KIND_COUNT) - 2);
inline constexpr EventKinds kNoKinds{};
inline constexpr EventKinds kOpenKinds = KindSet({VD_KIND_FILE_OPEN});
inline constexpr EventKinds kExecKinds = KindSet({VD_KIND_EXEC, VD_KIND_EXEC_FAILED});
inline constexpr EventKinds kSocketKinds = KindSet({VD_KIND_SOCKET, VD_KIND_BIND, VD_KIND_CONNECT, VD_KIND_LISTEN,
                                                    VD_KIND_ACCEPT, VD_KIND_SENDTO, VD_KIND_DUP, VD_KIND_RECVFROM});
// Those with an address on either side.
inline constexpr EventKinds kAddressKinds = KindSet(
    {VD_KIND_BIND, VD_KIND_CONNECT, VD_KIND_LISTEN, VD_KIND_ACCEPT, VD_KIND_SENDTO, VD_KIND_DUP, VD_KIND_RECVFROM});
// Those with bytes that were sent or received.
inline constexpr EventKinds kPayloadKinds = KindSet({VD_KIND_SENDTO, VD_KIND_RECVFROM});
inline constexpr EventKinds kPathChangeKinds =
    KindSet({VD_KIND_FILE_UNLINK, VD_KIND_FILE_RENAME, VD_KIND_FILE_LINK, VD_KIND_FILE_SYMLINK, VD_KIND_FILE_CHMOD,
             VD_KIND_FILE_CHOWN, VD_KIND_FILE_MKNOD, VD_KIND_FILE_MKDIR, VD_KIND_CHROOT});
// System calls that are about a file, with or without a name for it: vd_file_call.
inline constexpr EventKinds kFileCallKinds =
    KindSet({VD_KIND_FILE_TRUNCATE, VD_KIND_FILE_XATTR, VD_KIND_FILE_TIMES, VD_KIND_MEMORY});
inline constexpr EventKinds kMountKinds =
    KindSet({VD_KIND_MOUNT, VD_KIND_FS_CREATE, VD_KIND_MOVE_MOUNT, VD_KIND_UMOUNT, VD_KIND_PIVOT_ROOT});
// Those that are about a file, and the one with two.
inline constexpr EventKinds kObjectKinds =
    KindSet({VD_KIND_FILE_OPEN, VD_KIND_EXEC, VD_KIND_EXEC_FAILED, VD_KIND_MODULE, VD_KIND_FILE_UNLINK,
             VD_KIND_FILE_RENAME, VD_KIND_FILE_LINK, VD_KIND_FILE_SYMLINK, VD_KIND_FILE_CHMOD, VD_KIND_FILE_CHOWN,
             VD_KIND_FILE_MKNOD, VD_KIND_FILE_MKDIR, VD_KIND_CHROOT, VD_KIND_FILE_TRUNCATE, VD_KIND_FILE_XATTR,
             VD_KIND_FILE_TIMES, VD_KIND_MEMORY});
// Whose operation a hook refuses; of unshare and setns it is capable().
inline constexpr EventKinds kHookKinds = KindSet(
    {VD_KIND_EXEC,         VD_KIND_FILE_OPEN,  VD_KIND_FILE_UNLINK,   VD_KIND_FILE_RENAME, VD_KIND_FILE_LINK,
     VD_KIND_FILE_SYMLINK, VD_KIND_FILE_CHMOD, VD_KIND_FILE_CHOWN,    VD_KIND_FILE_MKNOD,  VD_KIND_CHROOT,
     VD_KIND_MOUNT,        VD_KIND_FS_CREATE,  VD_KIND_MOVE_MOUNT,    VD_KIND_UMOUNT,      VD_KIND_PIVOT_ROOT,
     VD_KIND_SOCKET,       VD_KIND_BIND,       VD_KIND_CONNECT,       VD_KIND_LISTEN,      VD_KIND_ACCEPT,
     VD_KIND_SENDTO,       VD_KIND_PTRACE,     VD_KIND_UNSHARE,       VD_KIND_SETNS,       VD_KIND_BPF,
     VD_KIND_MODULE,       VD_KIND_FILE_MKDIR, VD_KIND_FILE_TRUNCATE, VD_KIND_FILE_XATTR,  VD_KIND_FILE_TIMES,
     VD_KIND_SIGNAL,       VD_KIND_MEMORY,     VD_KIND_PERF,          VD_KIND_SETTIME,     VD_KIND_IO_URING,
     VD_KIND_LOCKED_DOWN,  VD_KIND_KEY,        VD_KIND_CAPABLE,       VD_KIND_CREDS,       VD_KIND_MODULE_REQUEST});
// Without a hook: judged, and killed for, when they are over (vd_is_killed_after).
inline constexpr EventKinds kKilledAfterKinds = KindSet({VD_KIND_SYSCALL});
// Where what is known of the process, and which call it is, can decide.
inline constexpr EventKinds kJudgedKinds = Union(kHookKinds, kKilledAfterKinds);
inline constexpr EventKinds kFileHookKinds =
    Union(Union(KindSet({VD_KIND_FILE_OPEN, VD_KIND_MODULE}), kPathChangeKinds), kFileCallKinds);

// --- kernel decisions

constexpr KernelDecision Never(std::string_view why_not) {
  return {KernelUse::kNever, VD_TABLE_COUNT, VD_TABLE_COUNT, {}, why_not};
}
// `elsewhere` says what to use at other hooks than those of `kinds`.
constexpr KernelDecision InScalars(vd_table table, EventKinds kinds, std::string_view elsewhere = "") {
  return {KernelUse::kScalar, table, VD_TABLE_COUNT, kinds, elsewhere};
}
constexpr KernelDecision InStrings(vd_table table, vd_table reversed, EventKinds kinds,
                                   std::string_view elsewhere = "") {
  return {KernelUse::kString, table, reversed, kinds, elsewhere};
}
constexpr KernelDecision InFileNames(vd_table reversed, EventKinds kinds, std::string_view elsewhere = "") {
  return {KernelUse::kFileName, VD_TABLE_COUNT, reversed, kinds, elsewhere};
}
constexpr KernelDecision InAddresses(EventKinds kinds, std::string_view elsewhere) {
  return {KernelUse::kAddress, VD_TABLE_REMOTE_ADDR, VD_TABLE_COUNT, kinds, elsewhere};
}
constexpr KernelDecision AsHost(EventKinds kinds) {
  return {KernelUse::kHost, VD_TABLE_CONTAINER, VD_TABLE_COUNT, kinds, ""};
}

constexpr KernelDecision InAncestors(vd_table table, vd_table reversed) {
  return {KernelUse::kAncestor, table, reversed, kJudgedKinds, ""};
}
constexpr KernelDecision InBits(vd_bits bits, EventKinds kinds, std::string_view elsewhere = "") {
  return {KernelUse::kBits, VD_TABLE_TRAITS, VD_TABLE_COUNT, kinds, elsewhere, bits};
}

constexpr KernelDecision OfContainers() {
  return {KernelUse::kContainer, VD_TABLE_CONTAINER_CLASS, VD_TABLE_COUNT, kJudgedKinds, ""};
}

// Why not, where many fields share the reason.
inline constexpr KernelDecision kUserSpaceOnly = Never("it is known to user space only");
inline constexpr KernelDecision kAfterTheCall = Never("the result is not known before the call; leave it out");
inline constexpr KernelDecision kClaimOnly =
    Never("it is what the caller claims, which can change under the check; use fd.name or fs.path.name");

constexpr bool SortedAndUnique(std::span<const Field> fields) {
  for (size_t i = 1; i < fields.size(); ++i) {
    if (!(fields[i - 1].name < fields[i].name)) return false;
  }
  return true;
}

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_FIELD_ROWS_H_
