// SPDX-License-Identifier: Apache-2.0
//
// fd.*: the file or socket behind the descriptor that an event is about, as far as it is no address
// (fields_fd_socket.cc). An open has one, sockets have one, fchmod, fchown and finit_module too; what is done to a path
// has none, and is fs.path.*.
#include <fcntl.h>
#include <sys/socket.h>

#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/named_path.h"
#include "sensor/event/path_text.h"
#include "sensor/event/socket_view.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

// fchmod(2) and fchown(2) name their file by a descriptor.
bool ChangesByDescriptor(const Event& e) {
  constexpr EventTypeId kFchmod = 91, kFchown = 93;
  return (e.kind() == VD_KIND_FILE_CHMOD && e.type == kFchmod) || (e.kind() == VD_KIND_FILE_CHOWN && e.type == kFchown);
}

bool HasFile(const Event& e) {
  return e.kind() == VD_KIND_FILE_OPEN || ChangesByDescriptor(e) ||
         (e.kind() == VD_KIND_MODULE && e.record<vd_module>().file.path.len != 0);
}
bool IsDirectoryOpen(const Event& e) {
  return e.kind() == VD_KIND_FILE_OPEN && (e.record<vd_file_open>().open_flags & O_DIRECTORY) != 0;
}
NamedPath FileOf(const Event& e) { return HasFile(e) ? NameOf(e) : NamedPath(); }

// What `part` makes of the path: of what was asked for, or of where the kernel found it.
using PathPart = std::string_view (*)(const Event& event, std::string_view path);
template <PathPart kPart>
void OfFile(const Event& e, bool resolved, Values& out) {
  // Most opens by far: what was asked for is where the kernel found it.
  if (const std::string_view plain = PlainNameOfOpen(e); !plain.empty()) return out.Add(Value::String(kPart(e, plain)));
  const NamedPath path = FileOf(e);
  const std::string_view whole = resolved ? path.resolved : path.AskedWhole();
  if (!whole.empty()) return out.Add(Value::String(kPart(e, whole)));
  if (resolved) return;
  TextWriter text(out);
  if (!path.AppendAsked(text)) return;
  const std::string_view part = kPart(e, text.text());
  text.Keep(part);
  text.Finish();
}

std::string_view WholePath(const Event&, std::string_view path) { return path; }
std::string_view DirectoryPart(const Event& e, std::string_view path) {
  return IsDirectoryOpen(e) ? path : DirectoryOf(path);
}
std::string_view FileNamePart(const Event&, std::string_view path) { return FileNameOf(path); }

void Name(const Event& e, const FieldArg& arg, Values& out) {
  if (HasFile(e)) return OfFile<WholePath>(e, arg.resolved, out);
  std::optional<SocketView> socket = SocketOf(e);
  if (!socket) return;
  TextWriter text(out);
  if (AppendSocketName(e, *socket, text)) text.Finish();
}
void NameRaw(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() != VD_KIND_FILE_OPEN) return Name(e, {}, out);
  const std::string_view raw = FileOf(e).raw;
  if (!raw.empty()) out.Add(Value::String(raw));
}
void Directory(const Event& e, const FieldArg& arg, Values& out) { OfFile<DirectoryPart>(e, arg.resolved, out); }
// As in Falco NULL for an open that failed.
void FileName(const Event& e, const FieldArg& arg, Values& out) {
  if (!FileOf(e).resolved.empty()) OfFile<FileNamePart>(e, arg.resolved, out);
}
template <PathPart kPart>
void Resolved(const Event& e, const FieldArg&, Values& out) {
  OfFile<kPart>(e, true, out);
}

// The container's id, a colon, and the field. On the host the id is "", as Falco chains it.
template <Extractor kExtract>
void WithContainer(const Event& e, const FieldArg&, Values& out) {
  kExtract(e, {}, out);
  if (out.empty()) return;
  const std::string_view value = out[0].string();
  const Container* container = e.process == nullptr ? nullptr : e.process->container;
  TextWriter text(out);
  if (container != nullptr) text.Append(container->id);
  text.Append(':');
  text.Append(value);
  out.DropValues();
  text.Finish();
}

// The descriptor: of what the call returned where it makes one, else of its argument.
void Num(const Event& e, const FieldArg&, Values& out) {
  constexpr EventKinds kMaking = KindSet({VD_KIND_FILE_OPEN, VD_KIND_SOCKET, VD_KIND_ACCEPT, VD_KIND_DUP});
  constexpr EventTypeId kSocketpair = 53;
  if (kMaking[e.kind()]) {
    std::optional<int64_t> r = ResultOf(e);
    if (r && e.type != kSocketpair) out.Add(Value::Number(*r < 0 ? -1 : *r));
  } else if (kSocketKinds[e.kind()] && e.record<vd_socket>().fd >= 0) {
    out.Add(Value::Number(e.record<vd_socket>().fd));
  }
}

// As Falco tells descriptors apart: the thread's number and the descriptor's, side by side.
void Uid(const Event& e, const FieldArg& arg, Values& out) {
  Num(e, arg, out);
  if (out.empty()) return;
  const int64_t number = out[0].number();
  TextWriter text(out);
  text.AppendNumber(e.header->tid);
  text.AppendNumber(number);
  out.DropValues();
  text.Finish();
}

constexpr FdType kFile{"file", 'f'}, kDirectory{"directory", 'd'}, kNothing{"", '\0'};

bool OpenFailed(const Event& e) {
  std::optional<int64_t> r = ResultOf(e);
  return r && *r < 0;
}
// As Falco types an open: by its flags.
FdType TypeOfDescriptor(const Event& e) {
  if (e.kind() == VD_KIND_FILE_OPEN) return IsDirectoryOpen(e) ? kDirectory : kFile;
  if (HasFile(e)) return kFile;
  std::optional<SocketView> socket = SocketOf(e);
  return socket ? socket->type() : kNothing;
}
void Type(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() == VD_KIND_FILE_OPEN && OpenFailed(e)) return;
  FdType type = TypeOfDescriptor(e);
  if (!type.name.empty()) out.Add(Value::String(type.name));
}
void TypeChar(const Event& e, const FieldArg&, Values& out) {
  constexpr EventTypeId kOpen = 2;
  char letter = TypeOfDescriptor(e).letter;
  // Falco knows nothing better of an open that failed than which call it was.
  if (e.kind() == VD_KIND_FILE_OPEN && OpenFailed(e)) letter = e.type == kOpen ? 'o' : 'f';
  if (letter == '\0') return;
  TextWriter text(out);
  text.Append(letter);
  text.Finish();
}

template <auto kMember>
void OfObject(const Event& e, const FieldArg&, Values& out) {
  if (const vd_object* object = ObjectOf(e)) out.Add(Value::Number(static_cast<int64_t>(object->*kMember)));
}
// dev: major << 20 | minor.
template <auto kMember, unsigned kShift, uint32_t kMask>
void PartOfDevice(const Event& e, const FieldArg&, Values& out) {
  if (const vd_object* object = ObjectOf(e)) out.Add(Value::Number(object->*kMember >> kShift & kMask));
}
template <auto kMember, Symbols (*kSymbols)(), uint32_t kMask = ~0u>
void NamedByObject(const Event& e, const FieldArg&, Values& out) {
  const vd_object* object = ObjectOf(e);
  if (object == nullptr) return;
  std::string_view name = SymbolName(kSymbols(), object->*kMember & kMask);
  if (!name.empty()) out.Add(Value::String(name));
}
// What mknod makes has no inode yet.
void InodeType(const Event& e, const FieldArg& arg, Values& out) {
  if (e.kind() != VD_KIND_FILE_MKNOD) return NamedByObject<&vd_object::mode, FileTypeSymbols, 0170000>(e, arg, out);
  std::string_view name = SymbolName(FileTypeSymbols(), e.record<vd_path_change>().mode & 0170000);
  if (!name.empty()) out.Add(Value::String(name));
}
void Unlinked(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() != VD_KIND_FILE_OPEN) return;
  const std::string_view path = FileOf(e).resolved;
  out.Add(Value::Bool(path.ends_with(" (deleted)") || path.starts_with("memfd:")));
}

// False for what is no open, or a file of no overlay, as in Falco; NULL for an open that failed.
template <uint32_t kFlag>
void Layer(const Event& e, const FieldArg&, Values& out) {
  if (!HasFile(e) || OpenFailed(e)) return;
  out.Add(Value::Bool(e.kind() == VD_KIND_FILE_OPEN && (e.record<vd_file_open>().name_flags & kFlag) != 0));
}

constexpr EventKinds kByDescriptor =
    KindSet({VD_KIND_FILE_OPEN, VD_KIND_FILE_CHMOD, VD_KIND_FILE_CHOWN, VD_KIND_MODULE});
constexpr EventKinds kDescriptorHooks = KindSet({VD_KIND_FILE_OPEN, VD_KIND_MODULE});
constexpr KernelDecision kUseStartsWith =
    Never("it has no table at the hook; use fd.name startswith with the directory and a slash");
constexpr std::string_view kUseRealPath = "the hook knows a path there; use fs.realpath.name";
constexpr std::string_view kUseFsPath = "the hook knows a path there; use fs.path.name";
constexpr EventKinds kFdKinds = Union(kByDescriptor, kSocketKinds);
constexpr KernelDecision kPartOfDevice = Never("the parts of a device number are not compared at the hook; use fd.dev");
constexpr KernelDecision kLayers = Never("layers of files are not compared at the hook; use proc.is_exe_upper_layer");
constexpr KernelDecision kDescriptorType =
    Never("Falco types a descriptor by the flags of the call; use fd.inode_type for files, evt.arg.domain for sockets");

constexpr Field kRows[] = {
    {"fd.containerdirectory", FieldType::kString, ArgKind::kNone, false, false, kByDescriptor,
     "container.id, a colon and fd.directory; on the host the colon and fd.directory.", WithContainer<Directory>,
     Never("it is put together of two fields; use container.id and fd.name")},
    {"fd.containername", FieldType::kString, ArgKind::kNone, false, false, kFdKinds,
     "container.id, a colon and fd.name; on the host the colon and fd.name.", WithContainer<Name>,
     Never("it is put together of two fields; use container.id and fd.name")},
    {"fd.dev", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds,
     "Device number of the file system the file is on: major << 20 | minor.", OfObject<&vd_object::dev>,
     InScalars(VD_TABLE_DEV, kFileHookKinds)},
    {"fd.dev.major", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds, "Major part of fd.dev.",
     PartOfDevice<&vd_object::dev, 20, 0xfff>, kPartOfDevice},
    {"fd.dev.minor", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds, "Minor part of fd.dev.",
     PartOfDevice<&vd_object::dev, 0, 0xfffff>, kPartOfDevice},
    {"fd.directory", FieldType::kPath, ArgKind::kNone, false, false, kByDescriptor,
     "The directory of fd.name; fd.name itself for an open with O_DIRECTORY. NULL for what is no file.", Directory,
     kUseStartsWith},
    {"fd.filename", FieldType::kString, ArgKind::kNone, false, false, kByDescriptor,
     "The last component of fd.name. NULL for what is no file and for an open that no hook saw.", FileName,
     InFileNames(VD_TABLE_PATH_REVERSED, kDescriptorHooks, kUseFsPath)},
    {"fd.fs.magic", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds,
     "The type of the file system the file is on, as statfs(2) gives it: 0x27e0eb is cgroup, whatever its mount point.",
     OfObject<&vd_object::fs_magic>, InScalars(VD_TABLE_FS_MAGIC, kFileHookKinds)},
    {"fd.fs.name", FieldType::kString, ArgKind::kNone, false, false, kObjectKinds,
     "The name of fd.fs.magic: proc, sysfs, cgroup, nsfs, tmpfs, overlay and so on. NULL for one without a name here.",
     NamedByObject<&vd_object::fs_magic, FileSystemSymbols>, InScalars(VD_TABLE_FS_MAGIC, kFileHookKinds)},
    {"fd.ino", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds, "The file's inode number.",
     OfObject<&vd_object::ino>, InScalars(VD_TABLE_INO, kFileHookKinds)},
    {"fd.inode_type", FieldType::kString, ArgKind::kNone, false, false, kObjectKinds,
     "What the inode is, whatever the flags of the call: file, directory, char, block, fifo, socket or symlink.",
     InodeType, InScalars(VD_TABLE_FILE_TYPE, kFileHookKinds)},
    {"fd.is_deleted", FieldType::kBool, ArgKind::kNone, false, false, kOpenKinds,
     "True if the file had no name any more when it was opened.", Unlinked, kUserSpaceOnly},
    {"fd.is_lower_layer", FieldType::kBool, ArgKind::kNone, false, false, kByDescriptor,
     "True if the file that was opened is in a lower layer of an overlay. NULL for an open that failed.",
     Layer<VD_FILE_LOWER_LAYER>, kLayers},
    {"fd.is_upper_layer", FieldType::kBool, ArgKind::kNone, false, false, kByDescriptor,
     "True if the file that was opened is in the writable layer of an overlay, where an open for writing puts it. NULL "
     "for an open that failed.",
     Layer<VD_FILE_UPPER_LAYER>, kLayers},
    {"fd.mode", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds, "The file's st_mode.",
     OfObject<&vd_object::mode>, Never("use fd.inode_type")},
    {"fd.mount_class", FieldType::kString, ArgKind::kNone, false, false, kObjectKinds,
     "Which mount namespace the file is in, seen from the task: own, foreign (another one's: a descriptor or a "
     "/proc/PID/root that reaches out of a container), anonymous, unmounted or internal (memfd, pipe).",
     NamedByObject<&vd_object::mount_class, MountClassSymbols>, InScalars(VD_TABLE_MOUNT_CLASS, kFileHookKinds)},
    {"fd.name", FieldType::kPath, ArgKind::kNone, false, false, kFdKinds,
     "The file's path as it was asked for: joined to the working directory or the directory descriptor, without . and "
     ".., symbolic links not followed (fd.realpath has them followed, and a rule that refuses means that). Of a socket "
     "client:port->server:port, address:port or its path.",
     Name, InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED, kDescriptorHooks, kUseFsPath)},
    {"fd.nameraw", FieldType::kString, ArgKind::kNone, false, false, kFdKinds,
     "The path as the caller passed it: evidence, not identity.", NameRaw, kClaimOnly},
    {"fd.num", FieldType::kNumber, ArgKind::kNone, false, false, kFdKinds,
     "The descriptor: the one the call made (-1 if it failed), else the one it was given.", Num, kAfterTheCall},
    {"fd.owner.gid", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds, "The file's owning group.",
     OfObject<&vd_object::gid>, kPartOfDevice},
    {"fd.owner.uid", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds, "The file's owner.",
     OfObject<&vd_object::uid>, kPartOfDevice},
    {"fd.rdev.major", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds,
     "Major number of a device node, else 0.", PartOfDevice<&vd_object::rdev, 20, 0xfff>, kPartOfDevice},
    {"fd.rdev.minor", FieldType::kNumber, ArgKind::kNone, false, false, kObjectKinds,
     "Minor number of a device node, else 0.", PartOfDevice<&vd_object::rdev, 0, 0xfffff>, kPartOfDevice},
    {"fd.realpath", FieldType::kPath, ArgKind::kNone, false, false, kByDescriptor,
     "The file's path as the kernel resolved it: symbolic links followed, from the root of the mount namespace. NULL "
     "for an open that failed before there was a file.",
     Resolved<WholePath>, InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED, kDescriptorHooks, kUseRealPath)},
    {"fd.realpath.directory", FieldType::kPath, ArgKind::kNone, false, false, kByDescriptor,
     "The directory of fd.realpath; fd.realpath itself for an open with O_DIRECTORY.", Resolved<DirectoryPart>,
     kUseStartsWith},
    {"fd.realpath.filename", FieldType::kString, ArgKind::kNone, false, false, kByDescriptor,
     "The last component of fd.realpath.", Resolved<FileNamePart>,
     InFileNames(VD_TABLE_PATH_REVERSED, kDescriptorHooks, kUseRealPath)},
    {"fd.type", FieldType::kString, ArgKind::kNone, false, false, kFdKinds,
     "file, directory (opened with O_DIRECTORY), ipv4, ipv6, unix or netlink. NULL for a failed open.", Type,
     kDescriptorType},
    {"fd.typechar", FieldType::kString, ArgKind::kNone, false, false, kFdKinds,
     "fd.type as a letter: f, d, 4, 6, u, n; o for another kind of socket and for a failed open(2).", TypeChar,
     kDescriptorType},
    {"fd.uid", FieldType::kString, ArgKind::kNone, false, false, kFdKinds,
     "thread.tid and fd.num, side by side, as Falco tells descriptors apart. The file's owner is fd.owner.uid.", Uid,
     kAfterTheCall},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> FdFields() { return kRows; }

}  // namespace vedette
