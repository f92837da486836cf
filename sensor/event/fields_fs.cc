// SPDX-License-Identifier: Apache-2.0
//
// fs.path.*: the path or paths that a call works on, as the caller asked for them. fs.realpath.*: where the kernel
// found them.
#include "sensor/event/field_rows.h"
#include "sensor/event/named_path.h"

namespace vedette {
namespace {

constexpr EventKinds kNameKinds = Union(Union(kOpenKinds, Union(kPathChangeKinds, kFileCallKinds)),
                                        KindSet({VD_KIND_MOUNT, VD_KIND_MOVE_MOUNT, VD_KIND_UMOUNT}));
constexpr EventKinds kPairKinds = KindSet({VD_KIND_FILE_RENAME, VD_KIND_FILE_LINK, VD_KIND_FILE_SYMLINK, VD_KIND_MOUNT,
                                           VD_KIND_MOVE_MOUNT, VD_KIND_PIVOT_ROOT});

using PathOf = NamedPath (*)(const Event&);

NamedPath NameIfAny(const Event& e) { return kNameKinds[e.kind()] ? NameOf(e) : NamedPath(); }

void AddText(std::string_view text, Values& out) {
  if (!text.empty()) out.Add(Value::String(text));
}

template <PathOf kPath>
void Asked(const Event& e, const FieldArg& arg, Values& out) {
  const NamedPath path = kPath(e);
  const std::string_view whole = arg.resolved ? path.resolved : path.AskedWhole();
  if (arg.resolved || !whole.empty()) return AddText(whole, out);
  TextWriter text(out);
  if (path.AppendAsked(text)) text.Finish();
}
template <PathOf kPath>
void Resolved(const Event& e, const FieldArg&, Values& out) {
  AddText(kPath(e).resolved, out);
}
template <PathOf kPath>
void Raw(const Event& e, const FieldArg&, Values& out) {
  AddText(kPath(e).raw, out);
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
     Asked<NameIfAny>, Never("use fs.path.name")},
    {"evt.abspath.dst", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds, "The same as fs.path.target.",
     Asked<TargetOf>, Never("use fs.path.target")},
    {"evt.abspath.src", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds, "The same as fs.path.source.",
     Asked<SourceOf>, Never("use fs.path.source")},
    {"fs.path.name", FieldType::kPath, ArgKind::kNone, false, false, kNameKinds,
     "The path that the call opens, removes, changes, maps or makes, as it was asked for; the mount point. Where Falco "
     "has "
     "NULL, of two paths: what is renamed or linked, the symbolic link.",
     Asked<NameIfAny>, kName},
    {"fs.path.nameraw", FieldType::kString, ArgKind::kNone, false, false, kNameKinds,
     "fs.path.name as the caller passed it.", Raw<NameIfAny>, kClaimOnly},
    {"fs.path.source", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds,
     "What is renamed, linked or mounted; of a symbolic link, its text.", Asked<SourceOf>, kSource},
    {"fs.path.sourceraw", FieldType::kString, ArgKind::kNone, false, false, kPairKinds,
     "fs.path.source as the caller passed it.", Raw<SourceOf>, kClaimOnly},
    {"fs.path.target", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds,
     "The new name of a rename or link, the symbolic link, the mount point.", Asked<TargetOf>, kTarget},
    {"fs.path.targetraw", FieldType::kString, ArgKind::kNone, false, false, kPairKinds,
     "fs.path.target as the caller passed it.", Raw<TargetOf>, kClaimOnly},
    {"fs.realpath.name", FieldType::kPath, ArgKind::kNone, false, false, kNameKinds,
     "fs.path.name as the kernel resolved it: symbolic links followed, from the root of the mount namespace.",
     Resolved<NameIfAny>, kName},
    {"fs.realpath.source", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds,
     "fs.path.source as the kernel resolved it.", Resolved<SourceOf>, kSource},
    {"fs.realpath.target", FieldType::kPath, ArgKind::kNone, false, false, kPairKinds,
     "fs.path.target as the kernel resolved it.", Resolved<TargetOf>, kTarget},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> FsFields() { return kRows; }

}  // namespace vedette
