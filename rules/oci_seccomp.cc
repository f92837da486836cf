// SPDX-License-Identifier: Apache-2.0
#include "rules/oci_seccomp.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "rules/nearest_name.h"
#include "sensor/event/syscall_abi.h"

namespace vedette {
namespace {

using Json = nlohmann::ordered_json;

struct ActionName {
  std::string_view name;
  std::optional<CallAction> action;  // none: nothing that Vedette can stand for
};
// The first of an action is what an export writes. A trap is a signal that ends the process unless it is caught.
constexpr ActionName kActions[] = {
    {"SCMP_ACT_ALLOW", CallAction::kAllow}, {"SCMP_ACT_LOG", CallAction::kAlert},
    {"SCMP_ACT_ERRNO", CallAction::kDeny},  {"SCMP_ACT_KILL_PROCESS", CallAction::kKill},
    {"SCMP_ACT_KILL", CallAction::kKill},   {"SCMP_ACT_KILL_THREAD", CallAction::kKill},
    {"SCMP_ACT_TRAP", CallAction::kKill},   {"SCMP_ACT_TRACE", std::nullopt},
    {"SCMP_ACT_NOTIFY", std::nullopt},
};

std::string_view NameOf(CallAction action) {
  for (const ActionName& a : kActions) {
    if (a.action == action) return a.name;
  }
  return "";
}

// Of x86-64 kernels; the names of others are known, and not ours.
constexpr std::pair<std::string_view, vd_arch> kArchs[] = {
    {"SCMP_ARCH_X86_64", VD_ARCH_X86_64}, {"SCMP_ARCH_X86", VD_ARCH_I386}, {"SCMP_ARCH_X32", VD_ARCH_X32}};
constexpr std::string_view kThisArch[] = {"amd64", "x86", "x32"};  // as `includes` calls them

class Importer {
 public:
  explicit Importer(const SeccompHost& host) : host_(host) {}

  absl::StatusOr<ImportedSeccomp> Import(const Json& root) {
    Read(root);
    if (!error_.empty()) return absl::InvalidArgumentError(error_);
    CallPolicy& policy = out_.policy;
    DropSuperseded(policy);
    Normalize(policy);
    if (!unknown_.empty()) {
      out_.warnings.push_back(fmt::format("{} system calls are not known here and are left out: {}", unknown_.size(),
                                          fmt::join(unknown_, ", ")));
    }
    return std::move(out_);
  }

 private:
  void Fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }

  // Null if it is not there.
  const Json* Find(const Json& object, const char* key) {
    auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }
  std::string Text(const Json& value, std::string_view what) {
    if (value.is_string()) return value.get<std::string>();
    Fail(fmt::format("{} must be a text", what));
    return "";
  }
  uint64_t Number(const Json& value, std::string_view what, uint64_t most) {
    if (value.is_number_unsigned() && value.get<uint64_t>() <= most) return value.get<uint64_t>();
    Fail(fmt::format("{} must be a number from 0 to {}", what, most));
    return 0;
  }
  std::vector<std::string> Texts(const Json& object, const char* key) {
    std::vector<std::string> out;
    const Json* list = Find(object, key);
    if (list == nullptr) return out;
    if (!list->is_array()) {
      Fail(fmt::format("'{}' must be a list", key));
      return out;
    }
    for (const Json& item : *list) out.push_back(Text(item, fmt::format("an item of '{}'", key)));
    return out;
  }

  void Read(const Json& root) {
    if (!root.is_object()) return Fail("a seccomp profile is a JSON object");
    for (const char* key : {"listenerPath", "listenerMetadata"}) {
      if (Find(root, key) != nullptr) Fail(fmt::format("'{}' hands calls to another process: not supported", key));
    }
    ReadArchs(root);
    const Json* action = Find(root, "defaultAction");
    if (action == nullptr) return Fail("there is no 'defaultAction'");
    out_.policy.otherwise = Choice(*action, Find(root, "defaultErrnoRet"), "defaultAction");
    const Json* calls = Find(root, "syscalls");
    if (calls == nullptr) return;
    if (!calls->is_array()) return Fail("'syscalls' must be a list");
    if (calls->size() > kMaxSeccompEntries) {
      return Fail(fmt::format("'syscalls' has {} entries; {} are the most", calls->size(), kMaxSeccompEntries));
    }
    for (const Json& entry : *calls) {
      if (!error_.empty()) return;
      ReadEntry(entry);
    }
  }

  void AddArch(const std::string& name) {
    for (const auto& [known, arch] : kArchs) {
      if (known == name) out_.policy.archs[arch] = true;
    }
    if (!name.starts_with("SCMP_ARCH_")) Fail(fmt::format("'{}' is no architecture; they begin with SCMP_ARCH_", name));
  }

  // Without either, the runtime's own.
  void ReadArchs(const Json& root) {
    const std::vector<std::string> archs = Texts(root, "architectures");
    for (const std::string& arch : archs) AddArch(arch);
    const Json* map = Find(root, "archMap");
    if (map == nullptr && archs.empty()) out_.policy.archs[VD_ARCH_X86_64] = true;
    if (map == nullptr) return CheckArchs();
    if (!archs.empty()) return Fail("'architectures' and 'archMap' exclude each other");
    if (!map->is_array()) return Fail("'archMap' must be a list");
    for (const Json& item : *map) {
      const Json* arch = item.is_object() ? Find(item, "architecture") : nullptr;
      if (arch == nullptr) return Fail("an item of 'archMap' has no 'architecture'");
      if (Text(*arch, "'architecture'") != "SCMP_ARCH_X86_64") continue;
      out_.policy.archs[VD_ARCH_X86_64] = true;
      for (const std::string& sub : Texts(item, "subArchitectures")) AddArch(sub);
    }
    CheckArchs();
  }
  void CheckArchs() {
    const auto& archs = out_.policy.archs;
    if (std::find(archs.begin(), archs.end(), true) == archs.end()) Fail("it is for no architecture of this machine");
  }

  CallChoice Choice(const Json& action, const Json* error, std::string_view where) {
    const std::string name = Text(action, fmt::format("'{}'", where));
    const auto* known =
        std::find_if(std::begin(kActions), std::end(kActions), [&](const auto& a) { return a.name == name; });
    if (known == std::end(kActions)) {
      std::vector<std::string_view> names;
      for (const ActionName& a : kActions) names.push_back(a.name);
      if (!name.empty()) Fail(fmt::format("'{}' is no action{}", name, DidYouMean(NearestName(name, names))));
      return {};
    }
    if (!known->action) {
      Fail(fmt::format("{} hands a call to another process, which nothing here stands for; take it out", name));
      return {};
    }
    CallChoice out{*known->action, 0};
    if (out.action != CallAction::kDeny) return out;
    out.error = error == nullptr ? kCallEperm : static_cast<uint32_t>(Number(*error, "'errnoRet'", 4095));
    return out;
  }

  void ReadEntry(const Json& entry) {
    if (!entry.is_object()) return Fail("an item of 'syscalls' must be an object");
    std::vector<std::string> names = Texts(entry, "names");
    if (const Json* name = Find(entry, "name")) names.push_back(Text(*name, "'name'"));
    names_ += names.size();
    if (names_ > kMaxSeccompNames) return Fail(fmt::format("more than {} names of system calls", kMaxSeccompNames));
    if (names.empty()) return Fail("an item of 'syscalls' names no call");
    const Json* action = Find(entry, "action");
    if (action == nullptr) return Fail(fmt::format("the entry of {} has no 'action'", names.front()));
    const CallChoice choice = Choice(*action, Find(entry, "errnoRet"), "action");
    std::vector<CallCondition> conditions = Conditions(entry);
    if (!Applies(entry)) return;
    std::erase_if(names, [&](const std::string& name) {
      if (IsCallName(name)) return false;
      unknown_.insert(name);
      return true;
    });
    if (names.empty()) return;
    // An argument that is named twice makes alternatives, as runc has it.
    std::array<int, 6> seen{};
    for (const CallCondition& c : conditions) ++seen[c.index];
    if (std::all_of(seen.begin(), seen.end(), [](int n) { return n < 2; })) {
      out_.policy.entries.push_back({names, choice, conditions});
      return;
    }
    for (const CallCondition& c : conditions) out_.policy.entries.push_back({names, choice, {c}});
  }

  std::vector<CallCondition> Conditions(const Json& entry) {
    std::vector<CallCondition> out;
    const Json* args = Find(entry, "args");
    if (args == nullptr) return out;
    if (!args->is_array() || args->size() > 64) {
      Fail("'args' must be a list of at most 64");
      return out;
    }
    for (const Json& arg : *args) {
      if (!arg.is_object()) {
        Fail("an item of 'args' must be an object");
        return out;
      }
      CallCondition c;
      auto number = [&](const char* key, bool required, uint64_t most) {
        const Json* value = Find(arg, key);
        if (value == nullptr && required) Fail(fmt::format("an item of 'args' has no '{}'", key));
        return value == nullptr ? 0 : Number(*value, fmt::format("'{}' of 'args'", key), most);
      };
      c.index = static_cast<uint8_t>(number("index", true, 5));
      c.value = number("value", true, UINT64_MAX);
      c.value_two = number("valueTwo", false, UINT64_MAX);
      const Json* op = Find(arg, "op");
      const std::string name = op == nullptr ? "" : Text(*op, "'op'");
      const auto known = name.starts_with("SCMP_CMP_") ? CallOpByName(name) : std::nullopt;
      if (!known) {
        Fail(fmt::format("'{}' is no operator of 'args'; they are SCMP_CMP_NE, LT, LE, EQ, GE, GT, MASKED_EQ", name));
        return out;
      }
      c.op = *known;
      if (c.op != VD_CALL_MASKED_EQ) c.value_two = 0;
      out.push_back(c);
    }
    return out;
  }

  // "4.8" → {4, 8}
  std::pair<uint32_t, uint32_t> Kernel(const Json& value) {
    const std::string text = Text(value, "'minKernel'");
    std::pair<uint32_t, uint32_t> out{};
    const size_t dot = text.find('.');
    const char *end = text.data() + text.size(), *middle = text.data() + std::min(dot, text.size());
    auto major = std::from_chars(text.data(), middle, out.first);
    auto minor = dot == std::string::npos ? major : std::from_chars(middle + 1, end, out.second);
    if (dot == std::string::npos || major.ec != std::errc() || minor.ec != std::errc() || major.ptr != middle ||
        minor.ptr != end) {
      Fail(fmt::format("'minKernel' must be MAJOR.MINOR, not '{}'", text));
    }
    return out;
  }

  // As moby's loader: of `includes` all capabilities, one architecture and the kernel; of `excludes` none of them.
  bool Applies(const Json& entry) {
    bool out = true;
    auto has_capability = [&](const std::string& c) { return host_.capabilities.contains(c); };
    auto is_this = [](const std::string& a) {
      return std::find(std::begin(kThisArch), std::end(kThisArch), a) != std::end(kThisArch);
    };
    if (const Json* includes = Filter(entry, "includes")) {
      const std::vector<std::string> caps = Texts(*includes, "caps"), archs = Texts(*includes, "arches");
      out = out && std::all_of(caps.begin(), caps.end(), has_capability);
      out = out && (archs.empty() || std::any_of(archs.begin(), archs.end(), is_this));
      if (const Json* kernel = Find(*includes, "minKernel")) out = Kernel(*kernel) <= host_.kernel && out;
    }
    if (const Json* excludes = Filter(entry, "excludes")) {
      const std::vector<std::string> caps = Texts(*excludes, "caps"), archs = Texts(*excludes, "arches");
      out = out && std::none_of(caps.begin(), caps.end(), has_capability);
      out = out && std::none_of(archs.begin(), archs.end(), is_this);
      if (const Json* kernel = Find(*excludes, "minKernel")) out = Kernel(*kernel) > host_.kernel && out;
    }
    return out;
  }
  const Json* Filter(const Json& entry, const char* key) {
    const Json* filter = Find(entry, key);
    if (filter == nullptr || filter->is_object()) return filter;
    Fail(fmt::format("'{}' must be an object", key));
    return nullptr;
  }

  // A call that an entry names without conditions: the others of that call say nothing more.
  static void DropSuperseded(CallPolicy& policy) {
    std::map<std::string, size_t> whole;
    for (size_t i = 0; i < policy.entries.size(); ++i) {
      if (!policy.entries[i].conditions.empty()) continue;
      for (const std::string& name : policy.entries[i].names) whole.emplace(name, i);
    }
    for (size_t i = 0; i < policy.entries.size(); ++i) {
      std::erase_if(policy.entries[i].names, [&](const std::string& name) {
        const auto found = whole.find(name);
        return found != whole.end() && found->second != i;
      });
    }
    std::erase_if(policy.entries, [](const CallEntry& e) { return e.names.empty(); });
  }

  const SeccompHost& host_;
  ImportedSeccomp out_;
  std::set<std::string> unknown_;
  size_t names_ = 0;
  std::string error_;
};

// Before it is parsed: the parser recurses.
bool IsTooDeep(std::string_view json) {
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxSeccompDepth) return true;
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
    }
  }
  return false;
}

std::optional<CallCondition> Complement(CallCondition c) {
  constexpr vd_call_op kOpposite[VD_CALL_OP_COUNT] = {VD_CALL_ALWAYS, VD_CALL_EQ, VD_CALL_GE, VD_CALL_GT,
                                                      VD_CALL_NE,     VD_CALL_LT, VD_CALL_LE, VD_CALL_ALWAYS};
  c.op = kOpposite[c.op];
  return c.op == VD_CALL_ALWAYS ? std::nullopt : std::make_optional(c);
}

// The entries of one call, in their order, as seccomp understands them: without an order, and with none that has no
// conditions beside others. Nothing if it cannot say that.
std::optional<std::vector<CallEntry>> Unordered(std::vector<CallEntry> entries, const CallChoice& otherwise) {
  auto unconditional = std::find_if(entries.begin(), entries.end(), [](const auto& e) { return e.conditions.empty(); });
  if (unconditional == entries.begin()) return std::vector<CallEntry>{entries.front()};
  const bool whole = unconditional != entries.end();
  CallChoice last = whole ? unconditional->choice : otherwise;
  entries.erase(unconditional, entries.end());
  const bool same =
      std::all_of(entries.begin(), entries.end(), [&](const auto& e) { return e.choice == entries[0].choice; });
  if (!same) return std::nullopt;
  if (last == otherwise) return entries;
  if (entries.size() != 1 || entries[0].conditions.size() != 1) return std::nullopt;
  const auto complement = Complement(entries[0].conditions[0]);
  if (!complement) return std::nullopt;
  entries.push_back({entries[0].names, last, {*complement}});
  return entries;
}

// Per call, then joined again.
absl::StatusOr<std::vector<CallEntry>> ForSeccomp(const CallPolicy& policy) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<CallEntry>> of;
  for (const CallEntry& entry : policy.entries) {
    for (const std::string& name : entry.names) {
      auto [it, added] = of.try_emplace(name);
      if (added) order.push_back(name);
      it->second.push_back({{name}, entry.choice, entry.conditions});
    }
  }
  CallPolicy out;
  out.otherwise = policy.otherwise;
  for (const std::string& name : order) {
    auto entries = Unordered(of[name], policy.otherwise);
    if (!entries) {
      return absl::InvalidArgumentError(fmt::format(
          "seccomp cannot say what the profile says of {}: its conditions overlap, and seccomp knows no order; write "
          "them as conditions of one action, and the rest as the default",
          name));
    }
    for (CallEntry& e : *entries) {
      if (e.choice != policy.otherwise)
        out.entries.push_back(std::move(e));  // libseccomp refuses what goes without saying
    }
  }
  Normalize(out);
  return std::move(out.entries);
}

Json ActionOf(const CallChoice& choice, const char* key, const char* error_key, Json object) {
  object[key] = NameOf(choice.action);
  if (choice.action == CallAction::kDeny) object[error_key] = choice.error;
  return object;
}

}  // namespace

const std::set<std::string>& DefaultContainerCapabilities() {
  // moby's daemon/pkg/oci/caps/defaults.go.
  static const std::set<std::string> kCapabilities = {
      "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
      "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
      "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
      "CAP_KILL",    "CAP_AUDIT_WRITE"};
  return kCapabilities;
}

absl::StatusOr<ImportedSeccomp> ImportSeccomp(std::string_view json, const SeccompHost& host) {
  if (json.size() > kMaxSeccompBytes) {
    return absl::InvalidArgumentError(fmt::format("the file is larger than {} bytes", kMaxSeccompBytes));
  }
  if (IsTooDeep(json)) return absl::InvalidArgumentError(fmt::format("it nests deeper than {}", kMaxSeccompDepth));
  const Json root = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return absl::InvalidArgumentError("it is no JSON");
  return Importer(host).Import(root);
}

absl::StatusOr<std::string> ExportSeccomp(const CallPolicy& policy, bool complain) {
  auto entries = ForSeccomp(policy);
  if (!entries.ok()) return entries.status();
  CallChoice otherwise = policy.otherwise;
  if (complain && otherwise.action != CallAction::kAllow) otherwise = {CallAction::kAlert, 0};
  Json out = ActionOf(otherwise, "defaultAction", "defaultErrnoRet", Json::object());
  out["architectures"] = Json::array();
  for (const auto& [name, arch] : kArchs) {
    if (policy.archs[arch]) out["architectures"].push_back(name);
  }
  out["syscalls"] = Json::array();
  for (const CallEntry& entry : *entries) {
    CallChoice choice = entry.choice;
    if (complain && choice.action > CallAction::kAlert) choice = {CallAction::kAlert, 0};
    if (choice == otherwise) continue;
    Json item = Json::object();
    item["names"] = entry.names;
    item = ActionOf(choice, "action", "errnoRet", std::move(item));
    if (!entry.conditions.empty()) item["args"] = Json::array();
    for (const CallCondition& c : entry.conditions) {
      Json arg = {{"index", c.index}, {"value", c.value}};
      if (c.op == VD_CALL_MASKED_EQ) arg["valueTwo"] = c.value_two;
      arg["op"] = CallOpName(c.op);
      item["args"].push_back(std::move(arg));
    }
    out["syscalls"].push_back(std::move(item));
  }
  return out.dump(2) + "\n";
}

}  // namespace vedette
