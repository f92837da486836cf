// SPDX-License-Identifier: Apache-2.0
#include "rules/profile_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "rules/map_reader.h"
#include "rules/nearest_name.h"
#include "rules/oci_seccomp.h"
#include "rules/profile_condition.h"
#include "rules/rule_reader.h"
#include "rules/syscalls_reader.h"

namespace vedette {
namespace {

constexpr std::string_view kOpens = "open, openat, openat2, creat, open_by_handle_at";
constexpr std::string_view kNameChanges =
    "unlink, unlinkat, rmdir, mkdir, mkdirat, mknod, mknodat, symlink, symlinkat, chmod, fchmod, fchmodat, fchmodat2, "
    "chown, fchown, fchownat, lchown, truncate, ftruncate, setxattr, lsetxattr, fsetxattr, setxattrat, removexattr, "
    "lremovexattr, fremovexattr, removexattrat, utimensat, utime, utimes, futimesat";
constexpr std::string_view kPairChanges = "rename, renameat, renameat2, link, linkat";

using Covered = std::optional<MappedText> (*)(const Patterns&, Diagnostics&);

std::optional<MappedText> Executable(const Patterns& p, Diagnostics& d) { return CoveredPath("proc.exepath", p, d); }
std::optional<MappedText> File(const Patterns& p, Diagnostics& d) { return CoveredPath("fs.path.name", p, d); }
std::optional<MappedText> NewName(const Patterns& p, Diagnostics& d) { return CoveredPath("fs.path.target", p, d); }
std::optional<MappedText> Socket(const Patterns& p, Diagnostics& d) { return CoveredPath("socket.path", p, d); }
std::optional<MappedText> MountPoint(const Patterns& p, Diagnostics& d) { return CoveredPath("mount.target", p, d); }
std::optional<MappedText> LocalPort(const Patterns& p, Diagnostics& d) { return CoveredPort("fd.lport", p, d); }
std::optional<MappedText> Family(const Patterns& p, Diagnostics& d) { return CoveredFamily("socket.family", p, d); }
std::optional<MappedText> Capability(const Patterns& p, Diagnostics& d) {
  return CoveredCapability("capability.name", p, d);
}

template <Covered kCovered>
std::optional<MappedText> Not(const Patterns& patterns, Diagnostics& diagnostics) {
  std::optional<MappedText> covered = kCovered(patterns, diagnostics);
  if (!covered || covered->empty()) return covered;
  MappedText out;
  out.AppendSynthetic("not ", covered->Origin(0));
  out.Append(*covered);
  return out;
}

// Operations of a class that are judged by one value. A value that is not known is covered by nothing.
struct Judged {
  std::string operations;  // a condition
  Covered covered;
  Covered uncovered;  // null: `allow` does not restrict these
};

struct ProfileClass {
  ProfileClassInfo info;
  std::array<Judged, 3> judged;  // the later ones may have no operations
  std::string_view output;       // what a refusal prints besides the process
};

const std::array<ProfileClass, 8>& Classes() {
  static const std::array<ProfileClass, 8> kClasses = {{
      {{"exec", "Programs that may be run: whole paths, DIR/**, **TAIL."},
       {{{"evt.type in (execve, execveat)", Executable, Not<Executable>}}},
       "exe=%proc.exepath"},
      {{"files.read", "Files and directories that may be opened for reading: whole paths, DIR/**, **TAIL."},
       {{{fmt::format("evt.type in ({}) and evt.is_open_read = true", kOpens), File, Not<File>},
         // Under another name it could be read.
         {fmt::format("evt.type in ({})", kPairChanges), File, nullptr}}},
       "file=%fs.path.name"},
      {{"files.write",
        "Files that may be opened for writing, made, removed, renamed, linked, cut, given another mode, owner, "
        "attribute or "
        "time, and unix sockets that may be connected to: whole paths, DIR/**, **TAIL."},
       {{{fmt::format("(evt.type in ({}) and evt.is_open_write = true or evt.type in ({}, {}))", kOpens, kNameChanges,
                      kPairChanges),
          File, Not<File>},
         {fmt::format("evt.type in ({})", kPairChanges), NewName, Not<NewName>},
         // As reading and writing it is one.
         {"evt.type = connect and socket.path exists", Socket, Not<Socket>}}},
       "file=%fs.path.name target=%fs.path.target socket=%socket.path"},
      {{"network.connect",
        "Peers that may be connected and sent to: ADDRESS, NETWORK/BITS, ADDRESS:PORT, [IPV6]:PORT, *:PORT."},
       {{{"evt.type in (connect, sendto, sendmsg, sendmmsg) and socket.family in (AF_INET, AF_INET6)", CoveredPeer,
          UncoveredPeer}}},
       "connection=%fd.name"},
      {{"network.bind", "Ports that may be bound; 0 is any free one."},
       {{{"evt.type = bind and socket.family in (AF_INET, AF_INET6)", LocalPort, Not<LocalPort>}}},
       "port=%fd.lport"},
      {{"network.families", "Families of which sockets may be made: AF_INET, AF_UNIX."},
       {{{"evt.type in (socket, socketpair)", Family, Not<Family>}}},
       "family=%socket.family type=%socket.type"},
      {{"mounts", "Where file systems may be mounted, moved and unmounted: whole paths, DIR/**, **TAIL."},
       {{{"evt.type in (mount, move_mount, umount2, pivot_root)", MountPoint, Not<MountPoint>}}},
       "target=%mount.target"},
      {{"capabilities", "Capabilities that may be used: NET_BIND_SERVICE, CAP_CHOWN."},
       {{{"evt.type = capable", Capability, Not<Capability>}}},
       "capability=%capability.name call=%syscall.name"},
  }};
  return kClasses;
}

constexpr ProfileClassInfo kSyscalls = {
    "syscalls",
    "System calls: 'default', 'allow', 'alert', 'deny' and 'kill' by name and arguments, or 'oci', a seccomp profile."};

bool IsAll(const MappedText& pattern) {
  return pattern.text() == "**" || pattern.text() == "/**" || pattern.text() == "*";
}
bool HasAll(const Patterns& patterns) { return std::any_of(patterns.begin(), patterns.end(), IsAll); }

// A class's lists. Without `allow` only what `deny` lists is refused; with it, all that it does not list is, too.
struct Lists {
  std::optional<Patterns> allow, deny;
};

void Join(std::string_view word, const MappedText& more, SourceOffset at, MappedText& out) {
  if (!out.empty()) out.AppendSynthetic(word, at);
  out.Append(more);
}

// What `lists` refuse of the values of `judged`: a condition in parentheses. "": nothing; nothing after an error.
std::optional<MappedText> Refused(const Lists& lists, const Judged& judged, SourceOffset at, Diagnostics& diagnostics) {
  const Patterns none, &allow = lists.allow ? *lists.allow : none, &deny = lists.deny ? *lists.deny : none;
  const bool restricts = lists.allow && !HasAll(allow) && judged.uncovered != nullptr;
  const std::optional<MappedText> beyond = restricts ? judged.uncovered(allow, diagnostics) : MappedText(),
                                  listed = judged.covered(deny, diagnostics);
  if (!beyond || !listed) return std::nullopt;
  const bool everything = (restricts && allow.empty()) || HasAll(deny);
  MappedText values, out;
  if (restricts) Join(" or ", *beyond, at, values);
  if (!listed->empty()) Join(" or ", *listed, at, values);
  if (values.empty() && !everything) return out;
  out.AppendSynthetic(fmt::format("({}{}", judged.operations, everything ? "" : " and ("), at);
  if (!everything) out.Append(values);
  out.AppendSynthetic(everything ? ")" : "))", at);
  return out;
}

class ProfileReader {
 public:
  ProfileReader(const YamlNode& item, Collector& collector, Diagnostics& diagnostics)
      : item_(item), collector_(collector), diagnostics_(diagnostics), reader_(item, NameOf(item), diagnostics) {}

  void Read() {
    const size_t errors = diagnostics_.errors();
    std::optional<std::string> name = reader_.TakeString("profile", true);
    const bool until_known = reader_.TakeBool("until_known").value_or(false);
    std::optional<MappedText> match = reader_.TakeText("match", !until_known);
    ReadKeys();
    ReadClasses();
    ReadCalls();
    reader_.RefuseUnknownKeys();
    if (!name || (!match && !until_known) || diagnostics_.errors() != errors) return;
    if (name->find_first_of("\"\\") != std::string::npos) {
      return diagnostics_.Error(item_.at, "a profile's name must have no quotes and no backslashes");
    }
    if (classes_.empty() && calls_ == nullptr) {
      return diagnostics_.Error(item_.at,
                                fmt::format("the {} refuses nothing: give it {}", reader_.what(), ClassNames()));
    }
    collector_.AddProfile({*name, reader_.position(), match ? match->Trimmed() : AnyContainer(), until_known});
    for (ReadClass& read : classes_) AddRule(*name, std::move(read));
    if (calls_ != nullptr) AddCallRule(*name);
  }

 private:
  struct ReadClass {
    const ProfileClass* of;
    const YamlNode* node;
    MappedText refused;
  };

  static std::string NameOf(const YamlNode& item) {
    const YamlNode* name = item.Find("profile");
    return name->is_scalar() ? "profile " + Quoted(name->value) : "profile";
  }
  static std::string ClassNames() {
    std::string out;
    for (const ProfileClass& c : Classes()) out += fmt::format("{}'{}'", out.empty() ? "" : ", ", c.info.name);
    return fmt::format("{} or '{}'", out, kSyscalls.name);
  }

  // What the profile's rules have in common.
  void ReadKeys() {
    common_.description = reader_.TakeString("desc", false);
    common_.priority = TakePriority(reader_).value_or(Priority::kWarning);
    common_.action = TakeAction(reader_).value_or(Action::kDeny);
    common_.mode = TakeMode(reader_);
    common_.error = TakeErrno(reader_);
    common_.enabled = reader_.TakeBool("enabled");
    common_.tags = TakeTags(reader_).value_or(std::vector<std::string>());
    common_.tags->insert(common_.tags->begin(), "profile");
    common_.position = common_.action_position = reader_.position();
    if (common_.error && common_.action == Action::kKill) {
      diagnostics_.Error(item_.Find("errno")->at, "'errno' beside 'action: kill': who is killed sees no error; take one out");
    }
    if (common_.action == Action::kAlert) {
      diagnostics_.Error(item_.Find("action")->at,
                         "a profile's action is deny or kill; to be told only, write mode: monitor");
    }
  }

  MappedText AnyContainer() const {
    MappedText out;
    out.AppendSynthetic("container.id != host", item_.at);
    return out;
  }

  // "exec" is a key of the profile, "files.read" one of its key "files".
  void ReadClasses() {
    for (const char* group : {"files", "network"}) {
      const YamlNode* node = reader_.Take(group);
      if (node == nullptr) continue;
      if (!node->is_map()) {
        diagnostics_.Error(node->at,
                           fmt::format("'{}' of the {} must be a mapping: {}", group, reader_.what(), ClassNames()));
        continue;
      }
      MapReader inner(*node, fmt::format("{} in '{}'", reader_.what(), group), diagnostics_);
      for (const ProfileClass& c : Classes()) {
        if (c.info.name.starts_with(std::string(group) + ".")) {
          ReadOne(c, inner.Take(c.info.name.substr(std::string_view(group).size() + 1)));
        }
      }
      inner.RefuseUnknownKeys();
    }
    for (const ProfileClass& c : Classes()) {
      if (c.info.name.find('.') == std::string_view::npos) ReadOne(c, reader_.Take(c.info.name));
    }
  }

  void ReadOne(const ProfileClass& c, const YamlNode* node) {
    if (node == nullptr) return;
    if (!node->is_map()) {
      return diagnostics_.Error(
          node->at,
          fmt::format("'{}' of the {} must be a mapping with 'allow' or 'deny', or both", c.info.name, reader_.what()));
    }
    MapReader reader(*node, fmt::format("'{}' of the {}", c.info.name, reader_.what()), diagnostics_);
    Lists lists{reader.TakeTexts("allow", false), reader.TakeTexts("deny", false)};
    reader.RefuseUnknownKeys();
    if (!reader.Has("allow") && !reader.Has("deny")) {
      return diagnostics_.Error(node->at, fmt::format("{} has neither 'allow' nor 'deny'", reader.what()));
    }
    if ((reader.Has("allow") && !lists.allow) || (reader.Has("deny") && !lists.deny)) return;
    MappedText refused;
    for (const Judged& judged : c.judged) {
      if (judged.operations.empty()) continue;
      const std::optional<MappedText> one = Refused(lists, judged, node->at, diagnostics_);
      if (!one) return;  // the same patterns would be wrong once more
      if (!one->empty()) Join(" or ", *one, node->at, refused);
    }
    if (!refused.empty()) classes_.push_back({&c, node, std::move(refused)});
  }

  // The capabilities that the class leaves, for the conditions of a seccomp profile.
  std::set<std::string> Capabilities() const {
    const YamlNode* node = item_.Find("capabilities");
    if (node == nullptr || !node->is_map()) return DefaultContainerCapabilities();
    std::set<std::string> out;
    auto each = [&](const char* list, const auto& use) {
      const YamlNode* names = node->Find(list);
      if (names == nullptr || !names->is_sequence()) return;
      for (const YamlNode* n : names->children) use(n->value.starts_with("CAP_") ? n->value : "CAP_" + n->value);
    };
    if (node->Find("allow") == nullptr) out = DefaultContainerCapabilities();
    each("allow", [&](const std::string& c) { out.insert(c); });
    each("deny", [&](const std::string& c) { out.erase(c); });
    return out;
  }

  void ReadCalls() {
    const YamlNode* node = reader_.Take(kSyscalls.name);
    if (node == nullptr) return;
    calls_ = ReadSyscalls(*node, reader_.what(), Capabilities(), common_.error.value_or(kCallEperm), diagnostics_);
    if (calls_ == nullptr || common_.action != Action::kKill) return;
    auto kill = [](CallChoice& choice) {
      if (choice.action == CallAction::kDeny) choice = {CallAction::kKill, 0};
    };
    kill(calls_->otherwise);
    for (CallEntry& entry : calls_->entries) kill(entry.choice);
  }

  // What stands in its condition is what the entry of a system call tells; all else is decided by the calls.
  void AddCallRule(const std::string& name) {
    CallAction strictest = calls_->otherwise.action;
    for (const CallEntry& entry : calls_->entries) strictest = std::max(strictest, entry.choice.action);
    const SourceOffset at = item_.Find(kSyscalls.name)->at;
    RuleDefinition rule = common_;
    rule.calls = calls_;
    rule.action = strictest == CallAction::kKill   ? Action::kKill
                  : strictest == CallAction::kDeny ? Action::kDeny
                                                   : Action::kAlert;
    MappedText condition;
    condition.AppendSynthetic(fmt::format("proc.profile = \"{}\" and evt.type = syscall_entry", name), at);
    rule.condition = std::move(condition);
    AddRule(name, kSyscalls.name,
            "call=%syscall.name arch=%syscall.arch nr=%syscall.nr args=%syscall.args "
            "suppressed=%syscall.suppressed",
            at, std::move(rule));
  }

  void AddRule(const std::string& name, ReadClass read) {
    RuleDefinition rule = common_;
    MappedText condition;
    condition.AppendSynthetic(fmt::format("proc.profile = \"{}\" and (", name), read.node->at);
    condition.Append(read.refused);
    condition.AppendSynthetic(")", read.node->at);
    rule.condition = std::move(condition);
    AddRule(name, read.of->info.name, read.of->output, read.node->at, std::move(rule));
  }

  void AddRule(const std::string& name, std::string_view of, std::string_view prints, SourceOffset at,
               RuleDefinition rule) {
    rule.name = fmt::format("{}: {}", name, of);
    rule.profile = name;
    const auto same = [&](const RuleDefinition& earlier) { return earlier.name == rule.name; };
    if (std::any_of(collector_.rules().begin(), collector_.rules().end(), same)) {
      return diagnostics_.Error(item_.at, fmt::format("the {} would make the rule {}, which there is already",
                                                      reader_.what(), Quoted(rule.name)));
    }
    if (!rule.description) rule.description = fmt::format("What the profile {} does not allow.", name);
    MappedText output;
    output.AppendSynthetic(
        fmt::format("not in the profile | class={} {} proc=%proc.name exepath=%proc.exepath parent=%proc.pname "
                    "user=%user.name container=%container.id profile=%proc.profile",
                    of, prints),
        at);
    rule.output = std::move(output);
    collector_.AddRule(std::move(rule), Merge::kDefine);
  }

  const YamlNode& item_;
  Collector& collector_;
  Diagnostics& diagnostics_;
  MapReader reader_;
  RuleDefinition common_;
  std::vector<ReadClass> classes_;
  std::shared_ptr<CallPolicy> calls_;
};

}  // namespace

void ReadProfile(const YamlNode& item, Collector& collector, Diagnostics& diagnostics) {
  ProfileReader(item, collector, diagnostics).Read();
}

std::span<const ProfileClassInfo> ProfileClasses() {
  static const std::vector<ProfileClassInfo> kInfos = [] {
    std::vector<ProfileClassInfo> out;
    for (const ProfileClass& c : Classes()) out.push_back(c.info);
    out.push_back(kSyscalls);
    return out;
  }();
  return kInfos;
}

}  // namespace vedette
