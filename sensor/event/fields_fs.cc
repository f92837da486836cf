// SPDX-License-Identifier: Apache-2.0
//
// fs.path.*: the path or paths that a call works on. Kernel-resolved where a hook saw the call, else what the caller
// asked for, joined to the working directory.
#include <fcntl.h>

#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/path_text.h"

namespace vedette {
namespace {

// What a path field takes from a record: an object, and the caller's name for it.
struct PathRef {
  const vd_object* object = nullptr;  // null: the event has no such path
  vd_str raw{};
  bool from_cwd = false;
  vd_str text{};  // a path that is a plain string of the record (symlink's target, mount's device)
};

constexpr EventKinds kNameKinds =
    Union(Union(kOpenKinds, kPathChangeKinds), KindSet({VD_KIND_MOUNT, VD_KIND_MOVE_MOUNT, VD_KIND_UMOUNT}));
constexpr EventKinds kPairKinds = KindSet({VD_KIND_FILE_RENAME, VD_KIND_FILE_LINK, VD_KIND_FILE_SYMLINK, VD_KIND_MOUNT,
                                           VD_KIND_MOVE_MOUNT, VD_KIND_PIVOT_ROOT});

PathRef NameOf(const Event& e) {
  if (!kNameKinds[e.kind()]) return {};
  if (e.kind() == VD_KIND_FILE_OPEN) {
    const auto& r = e.record<vd_file_open>();
    return {&r.file, r.nameraw, r.dirfd == AT_FDCWD, {}};
  }
  if (kMountKinds[e.kind()]) return {&e.record<vd_mount>().target, {}, false, {}};
  const auto& r = e.record<vd_path_change>();
  return {&r.file, r.nameraw, RawIsFromCwd(e), {}};
}

PathRef SourceOf(const Event& e) {
  if (!kPairKinds[e.kind()]) return {};
  if (kMountKinds[e.kind()]) {
    const auto& m = e.record<vd_mount>();
    return {&m.source_file, {}, false, m.source};
  }
  const auto& r = e.record<vd_path_change>();
  if (e.kind() == VD_KIND_FILE_SYMLINK) return {&r.file, {}, false, r.target};
  return {&r.file, r.nameraw, RawIsFromCwd(e), {}};
}

PathRef TargetOf(const Event& e) {
  if (!kPairKinds[e.kind()]) return {};
  if (kMountKinds[e.kind()]) return {&e.record<vd_mount>().target, {}, false, {}};
  const auto& r = e.record<vd_path_change>();
  if (e.kind() == VD_KIND_FILE_SYMLINK) return {&r.file, r.nameraw, RawIsFromCwd(e), {}};
  return {&r.to, r.nameraw_to, RawIsFromCwd(e), {}};
}

template <PathRef (*kRef)(const Event&)>
void Path(const Event& e, const FieldArg&, Values& out) {
  PathRef ref = kRef(e);
  if (ref.object == nullptr) return;
  // Of a symbolic link the text is the source, and the object is the target.
  bool text_first = e.kind() == VD_KIND_FILE_SYMLINK;
  std::string_view whole = e.String(text_first && ref.text.len != 0 ? ref.text : ref.object->path);
  if (whole.empty()) whole = e.String(ref.text);
  if (!whole.empty()) return out.Add(Value::String(whole));
  TextWriter text(out);
  if (AppendPath(e, *ref.object, ref.raw, ref.from_cwd, text)) text.Finish();
}

template <PathRef (*kRef)(const Event&)>
void Raw(const Event& e, const FieldArg&, Values& out) {
  PathRef ref = kRef(e);
  if (ref.object == nullptr) return;
  std::string_view raw = e.String(ref.raw.len != 0 ? ref.raw : ref.text);
  if (!raw.empty()) out.Add(Value::String(raw));
}

// What the hooks compare as VD_TABLE_PATH: the file, of mounts the target. Fields that mean another table for another
// kind are completed in kernel_decision.cc.
constexpr KernelDecision kName = InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED, kNameKinds);
constexpr KernelDecision kSource =
    InStrings(VD_TABLE_PATH, VD_TABLE_PATH_REVERSED, KindSet({VD_KIND_FILE_RENAME, VD_KIND_FILE_LINK}),
              "the source of a mount is looked up later, and a link's is only text; use evt.arg.dev, fs.path.name");
constexpr KernelDecision kTarget =
    InStrings(VD_TABLE_PATH_TO, VD_TABLE_PATH_TO_REVERSED, KindSet({VD_KIND_FILE_RENAME, VD_KIND_FILE_LINK}));

constexpr Field kRows[] = {
    {"evt.abspath", FieldType::kPath, ArgKind::kNone, false, false, kNameKinds, "The same as fs.path.name.",
     Path<NameOf>, Never("use fs.path.name")},
    {"evt.abspath.dst", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds, "The same as fs.path.target.",
     Path<TargetOf>, Never("use fs.path.target")},
    {"evt.abspath.src", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds, "The same as fs.path.source.",
     Path<SourceOf>, Never("use fs.path.source")},
    {"fs.path.name", FieldType::kPath, ArgKind::kNone, false, false, kNameKinds,
     "The path that the call opens, removes, changes or makes; the mount point. Where Falco has NULL, of two paths: "
     "what is renamed or linked, the symbolic link.",
     Path<NameOf>, kName},
    {"fs.path.nameraw", FieldType::kString, ArgKind::kNone, false, false, kNameKinds,
     "fs.path.name as the caller passed it.", Raw<NameOf>, kClaimOnly},
    {"fs.path.source", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds,
     "What is renamed, linked or mounted; of a symbolic link, its text.", Path<SourceOf>, kSource},
    {"fs.path.sourceraw", FieldType::kString, ArgKind::kNone, false, false, kPairKinds,
     "fs.path.source as the caller passed it.", Raw<SourceOf>, kClaimOnly},
    {"fs.path.target", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds,
     "The new name of a rename or link, the symbolic link, the mount point.", Path<TargetOf>, kTarget},
    {"fs.path.targetraw", FieldType::kString, ArgKind::kNone, false, false, kPairKinds,
     "fs.path.target as the caller passed it.", Raw<TargetOf>, kClaimOnly},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> FsFields() { return kRows; }

}  // namespace vedette
