// SPDX-License-Identifier: Apache-2.0
//
// user.* and group.*: whose process it is. Names come from the host's database; "<NA>" is a name that it does not have,
// as in Falco.
#include "sensor/event/field_rows.h"
#include "sensor/event/host.h"

namespace vedette {
namespace {

constexpr std::string_view kUnknown = "<NA>";
constexpr uint32_t kUnset = 0xffffffff;

const User* FindUser(const Event& e, uint32_t uid) {
  return e.host == nullptr || uid == kUnset ? nullptr : e.host->users().FindUser(uid);
}
// NULL for a synthetic event's missing value never gets here: Extract() answers from its map.
void Uid(const Event& e, const FieldArg&, Values& out) { out.Add(Value::Number(e.header->uid)); }

template <std::string User::*kMember>
void OfUser(const Event& e, const FieldArg&, Values& out) {
  const User* user = FindUser(e, e.header->uid);
  out.Add(Value::String(user == nullptr ? kUnknown : std::string_view(user->*kMember)));
}

void LoginUid(const Event& e, const FieldArg&, Values& out) {
  if (e.process == nullptr) return;
  uint32_t uid = e.process->creds.loginuid;
  out.Add(Value::Number(uid == kUnset ? -1 : static_cast<int64_t>(uid)));
}
void LoginName(const Event& e, const FieldArg&, Values& out) {
  const User* user = e.process == nullptr ? nullptr : FindUser(e, e.process->creds.loginuid);
  out.Add(Value::String(user == nullptr ? kUnknown : std::string_view(user->name)));
}

const vd_creds* CredsOf(const Event& e) {
  if (e.kind() == VD_KIND_CREDS) return &e.record<vd_creds_change>().new_creds;
  return e.process == nullptr ? nullptr : &e.process->creds;
}
void Gid(const Event& e, const FieldArg&, Values& out) {
  if (const vd_creds* creds = CredsOf(e)) out.Add(Value::Number(creds->egid));
}
void NewUid(const Event& e, const FieldArg&, Values& out) {
  if (e.kind() == VD_KIND_CREDS) out.Add(Value::Number(e.record<vd_creds_change>().new_creds.euid));
}
void GroupName(const Event& e, const FieldArg&, Values& out) {
  const vd_creds* creds = CredsOf(e);
  if (creds == nullptr) return;
  const std::string* name = e.host == nullptr ? nullptr : e.host->users().FindGroup(creds->egid);
  out.Add(Value::String(name == nullptr ? kUnknown : std::string_view(*name)));
}

constexpr KernelDecision kUserNames = Never("names are known to user space only; use user.uid");
constexpr KernelDecision kLogin = Never("the login user is not compared at the hook; use user.uid");

constexpr Field kRows[] = {
    {"group.gid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The effective group id, in the host's numbering. In a deny rule on exec: the caller's.", Gid,
     InScalars(VD_TABLE_GID, kJudgedKinds)},
    {"group.name", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The name of group.gid, \"<NA>\" if there is none.", GroupName,
     Never("names are known to user space only; use group.gid")},
    {"user.homedir", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The home directory of user.uid, \"<NA>\" if there is none.", OfUser<&User::home>, kUserNames},
    {"user.loginname", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The name of user.loginuid, \"<NA>\" if there is none.", LoginName, kLogin},
    {"user.loginuid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "Who logged in (the audit user id), -1 if it was never set.", LoginUid, kLogin},
    {"user.name", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The name of user.uid, \"<NA>\" if there is none.", OfUser<&User::name>, kUserNames},
    {"user.new_uid", FieldType::kNumber, ArgKind::kNone, false, false, KindSet({VD_KIND_CREDS}),
     "The effective user id that a process is about to have by setuid and its kin, or keeps by setgid, setgroups or "
     "capset.",
     NewUid, InScalars(VD_TABLE_OPERATION, KindSet({VD_KIND_CREDS}))},
    {"user.shell", FieldType::kString, ArgKind::kNone, false, true, kAllKinds,
     "The login shell of user.uid, \"<NA>\" if there is none.", OfUser<&User::shell>, kUserNames},
    {"user.uid", FieldType::kNumber, ArgKind::kNone, false, true, kAllKinds,
     "The effective user id, in the host's numbering. In a deny rule on exec: the caller's.", Uid,
     InScalars(VD_TABLE_UID, kJudgedKinds)},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> UserFields() { return kRows; }

}  // namespace vedette
