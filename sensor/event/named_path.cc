// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/named_path.h"

#include "sensor/event/field_rows.h"
#include "sensor/event/path_text.h"

namespace vedette {
namespace {

constexpr EventKinds kWithMountPoint = KindSet({VD_KIND_MOUNT, VD_KIND_MOVE_MOUNT, VD_KIND_UMOUNT, VD_KIND_PIVOT_ROOT});

bool IsPair(EventKind kind) { return kind == VD_KIND_FILE_RENAME || kind == VD_KIND_FILE_LINK; }

NamedPath OfOpen(const Event& e) {
  const auto& r = e.record<vd_file_open>();
  return {e.String(r.file.path), e.String(r.nameraw), e.String(r.base), !PlainNameOfOpen(e).empty()};
}
NamedPath First(const Event& e) {
  const auto& r = e.record<vd_path_change>();
  return {e.String(r.file.path), e.String(r.nameraw), e.String(r.base)};
}
NamedPath Second(const Event& e) {
  const auto& r = e.record<vd_path_change>();
  return {e.String(r.to.path), e.String(r.nameraw_to), e.String(r.base_to)};
}
NamedPath OfCall(const Event& e) {
  const auto& r = e.record<vd_file_call>();
  return {e.String(r.file.path), e.String(r.nameraw), e.String(r.base)};
}
// What has no other form.
NamedPath Same(std::string_view text, std::string_view raw) { return {text, raw, {}, true}; }
NamedPath MountPoint(const Event& e) { return Same(e.String(e.record<vd_mount>().target.path), {}); }

}  // namespace

bool NamedPath::AppendAsked(TextWriter& out) const {
  const std::string_view whole = AskedWhole();
  if (!whole.empty()) {
    out.Append(whole);
    return true;
  }
  if (!CanJoin()) return false;
  AppendJoined(base, raw, out);
  return true;
}

NamedPath NameOf(const Event& event) {
  const EventKind kind = event.kind();
  if (kind == VD_KIND_FILE_OPEN) return OfOpen(event);
  if (kPathChangeKinds[kind]) return First(event);
  if (kFileCallKinds[kind]) return OfCall(event);
  if (kind == VD_KIND_MODULE) return Same(event.String(event.record<vd_module>().file.path), {});
  return kWithMountPoint[kind] && kind != VD_KIND_PIVOT_ROOT ? MountPoint(event) : NamedPath();
}

NamedPath SourceOf(const Event& event) {
  const EventKind kind = event.kind();
  if (IsPair(kind)) return First(event);
  if (kind == VD_KIND_FILE_SYMLINK) {
    const std::string_view text = event.String(event.record<vd_path_change>().target);
    return Same(text, text);
  }
  if (!kWithMountPoint[kind] || kind == VD_KIND_UMOUNT) return {};
  const auto& m = event.record<vd_mount>();
  return Same(event.String(m.source_file.path.len != 0 ? m.source_file.path : m.source), event.String(m.source));
}

NamedPath TargetOf(const Event& event) {
  const EventKind kind = event.kind();
  if (IsPair(kind)) return Second(event);
  if (kind == VD_KIND_FILE_SYMLINK) return First(event);
  return kWithMountPoint[kind] && kind != VD_KIND_UMOUNT ? MountPoint(event) : NamedPath();
}

}  // namespace vedette
