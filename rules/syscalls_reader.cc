// SPDX-License-Identifier: Apache-2.0
#include "rules/syscalls_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "rules/map_reader.h"
#include "rules/nearest_name.h"
#include "rules/oci_seccomp.h"
#include "rules/rule_reader.h"
#include "sensor/event/syscall_abi.h"
#include "sensor/event/syscall_table.h"

namespace vedette {
namespace {

// In the order in which they are tried: what is refused comes before what is allowed.
constexpr CallAction kLists[] = {CallAction::kKill, CallAction::kDeny, CallAction::kAlert, CallAction::kAllow};

std::pair<uint32_t, uint32_t> RunningKernel() {
  utsname name{};
  unsigned major = 0, minor = 0;
  if (uname(&name) != 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2) return SeccompHost().kernel;
  return {major, minor};
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// A regular file of bounded size; a rule file must not make us wait.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return absl::NotFoundError(strerror(errno));
  if (!S_ISREG(st.st_mode)) return absl::InvalidArgumentError("it is no regular file");
  if (static_cast<uint64_t>(st.st_size) > kMaxSeccompBytes) {
    return absl::InvalidArgumentError(fmt::format("it is larger than {} bytes", kMaxSeccompBytes));
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxSeccompBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return absl::InternalError("it cannot be read");
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

std::string_view NearestCall(std::string_view name) {
  std::vector<std::string_view> names;
  for (const SyscallName& s : AllSyscalls()) names.push_back(s.name);
  return NearestName(name, names);
}

class SyscallsReader {
 public:
  SyscallsReader(const YamlNode& node, const std::string& profile, const std::set<std::string>& capabilities,
                 uint32_t error, Diagnostics& diagnostics)
      : node_(node),
        error_(error),
        capabilities_(capabilities),
        diagnostics_(diagnostics),
        reader_(node, fmt::format("'syscalls' of the {}", profile), diagnostics) {}

  std::shared_ptr<CallPolicy> Read() {
    const size_t errors = diagnostics_.errors();
    error_ = TakeErrno(reader_).value_or(error_);
    const std::optional<CallAction> otherwise =
        TakeAction("default", {CallAction::kAllow, CallAction::kAlert, CallAction::kDeny, CallAction::kKill});
    policy_.without_hook = TakeAction("without_hook", {CallAction::kAllow, CallAction::kAlert, CallAction::kKill});
    TakeRequire();
    const bool archs = TakeArchs();
    for (CallAction action : kLists) TakeList(action);
    if (const YamlNode* file = reader_.Take("oci")) {
      if (otherwise) Error(*file, "'default' and 'oci' exclude each other: the file has its own");
      if (archs) Error(*file, "'architectures' and 'oci' exclude each other: the file has its own");
      TakeOci(*file);
    } else {
      if (!otherwise && reader_.Has("allow"))
        Error(node_, "say by 'default' what becomes of other calls than those allowed");
      policy_.otherwise = ChoiceOf(otherwise.value_or(CallAction::kAllow));
      if (!archs) policy_.archs.fill(true);
    }
    reader_.RefuseUnknownKeys();
    if (diagnostics_.errors() != errors) return nullptr;
    Normalize(policy_);
    return std::make_shared<CallPolicy>(std::move(policy_));
  }

 private:
  void Error(const YamlNode& at, std::string message) { diagnostics_.Error(at.at, std::move(message)); }
  CallChoice ChoiceOf(CallAction action) const { return {action, action == CallAction::kDeny ? error_ : 0}; }

  std::optional<CallAction> TakeAction(std::string_view key, const std::vector<CallAction>& allowed) {
    const YamlNode* node = reader_.Take(key);
    if (node == nullptr) return std::nullopt;
    std::string names;
    for (CallAction action : allowed) {
      if (node->is_scalar() && node->value == CallActionName(action)) return action;
      names += fmt::format("{}{}", names.empty() ? "" : ", ", CallActionName(action));
    }
    if (node->is_scalar() && key == "without_hook" && node->value == "error") return std::nullopt;
    Error(*node, fmt::format("'{}' must be one of {}{}", key, names, key == "without_hook" ? ", error" : ""));
    return std::nullopt;
  }

  void TakeRequire() {
    const YamlNode* node = reader_.Take("require");
    if (node == nullptr) return;
    if (!node->is_scalar() || node->value != "inline") return Error(*node, "'require' must be one of inline");
    policy_.require_inline = true;
  }

  bool TakeArchs() {
    const auto archs = reader_.TakeTexts("architectures", false);
    if (!archs) return false;
    for (const MappedText& text : *archs) {
      int found = VD_ARCH_COUNT;
      for (int arch = 0; arch < VD_ARCH_COUNT; ++arch) {
        if (ArchName(static_cast<uint32_t>(arch)) == text.text()) found = arch;
      }
      if (found == VD_ARCH_COUNT) {
        diagnostics_.Error(text.Origin(0), fmt::format("{} is none of x86_64, i386, x32", Quoted(text.text())));
      } else {
        policy_.archs[found] = true;
      }
    }
    return true;
  }

  void TakeList(CallAction action) {
    const YamlNode* list = reader_.Take(CallActionName(action));
    if (list == nullptr || list->is_null()) return;
    if (!list->is_sequence()) {
      return Error(*list, fmt::format("'{}' must be a list of system calls", CallActionName(action)));
    }
    CallEntry plain{{}, ChoiceOf(action), {}};
    std::vector<CallEntry> conditional;
    for (const YamlNode* item : list->children) {
      if (item->is_scalar()) {
        AddName(*item, plain.names);
      } else if (item->is_map()) {
        conditional.push_back(Conditional(*item, action));
      } else {
        Error(*item, "it must be a system call's name, or a mapping of 'names' and 'args'");
      }
    }
    for (CallEntry& entry : conditional) policy_.entries.push_back(std::move(entry));
    policy_.entries.push_back(std::move(plain));
  }

  // With the forms that 32-bit programs have of it.
  void AddName(const YamlNode& node, std::vector<std::string>& names) {
    const std::string& name = node.value;
    if (!IsCallName(name)) {
      return Error(node, fmt::format("there is no system call {}{}", Quoted(name), DidYouMean(NearestCall(name))));
    }
    names.push_back(name);
    for (std::string& form : I386Forms(name)) names.push_back(std::move(form));
  }

  CallEntry Conditional(const YamlNode& node, CallAction action) {
    CallEntry entry{{}, ChoiceOf(action), {}};
    MapReader reader(node, "the system calls", diagnostics_);
    const YamlNode *names = reader.Take("names"), *args = reader.Take("args");
    if (reader.Has("errno") && action != CallAction::kDeny) {
      Error(*reader.Take("errno"), "'errno' is about what 'deny' lists");
    } else {
      entry.choice.error = TakeErrno(reader).value_or(entry.choice.error);
    }
    reader.RefuseUnknownKeys();
    if (names == nullptr || !names->is_sequence() || names->children.empty()) {
      Error(node, "it must have 'names', a list of system calls");
      return entry;
    }
    for (const YamlNode* name : names->children) {
      if (name->is_scalar()) {
        AddName(*name, entry.names);
      } else {
        Error(*name, "it must be a system call's name");
      }
    }
    if (args == nullptr) return entry;
    if (!args->is_sequence() || args->children.empty() || args->children.size() > 6) {
      Error(*args, "'args' must be a list of one to six conditions, which all have to hold");
      return entry;
    }
    for (const YamlNode* arg : args->children) {
      if (auto condition = Condition(*arg)) entry.conditions.push_back(*condition);
    }
    return entry;
  }

  std::optional<CallCondition> Condition(const YamlNode& node) {
    if (!node.is_map()) {
      Error(node, "a condition is a mapping: {index: 0, op: EQ, value: 38}");
      return std::nullopt;
    }
    MapReader reader(node, "the condition", diagnostics_);
    const size_t errors = diagnostics_.errors();
    CallCondition out;
    auto number = [&](std::string_view key, bool required, uint64_t most) -> uint64_t {
      const auto text = reader.TakeString(key, required);
      if (!text) return 0;
      const auto value = ParseNumber(*text);
      if (!value || *value > most) Error(*node.Find(key), fmt::format("'{}' must be a number from 0 to {}", key, most));
      return value.value_or(0);
    };
    out.index = static_cast<uint8_t>(number("index", true, 5));
    out.value = number("value", true, UINT64_MAX);
    out.value_two = number("valueTwo", false, UINT64_MAX);
    if (const auto op = reader.TakeString("op", true)) {
      const auto known = CallOpByName(*op);
      if (!known) Error(*node.Find("op"), "'op' must be one of NE, LT, LE, EQ, GE, GT, MASKED_EQ");
      out.op = known.value_or(VD_CALL_EQ);
      if (out.op != VD_CALL_MASKED_EQ && reader.Has("valueTwo")) {
        Error(*node.Find("valueTwo"), "'valueTwo' is of MASKED_EQ, where 'value' is the mask");
      }
    }
    reader.RefuseUnknownKeys();
    return diagnostics_.errors() == errors ? std::optional(out) : std::nullopt;
  }

  void TakeOci(const YamlNode& node) {
    if (!node.is_scalar() || node.value.empty()) return Error(node, "'oci' must be the path of a seccomp profile");
    std::filesystem::path path = node.value;
    if (path.is_relative()) {
      path = std::filesystem::path(diagnostics_.sources().file(node.at.file).name()).parent_path() / path;
    }
    const auto text = ReadFile(path.string());
    if (!text.ok()) {
      return Error(node, fmt::format("{}: {}", path.string(), std::string(text.status().message())));
    }
    auto imported = ImportSeccomp(*text, {capabilities_, RunningKernel()});
    if (!imported.ok()) {
      return Error(node, fmt::format("{}: {}", path.string(), std::string(imported.status().message())));
    }
    for (const std::string& warning : imported->warnings) {
      diagnostics_.Warning(diagnostics_.sources().PositionOf(node.at), fmt::format("{}: {}", path.string(), warning));
    }
    policy_.otherwise = imported->policy.otherwise;
    policy_.archs = imported->policy.archs;
    for (CallEntry& entry : imported->policy.entries) policy_.entries.push_back(std::move(entry));
  }

  const YamlNode& node_;
  uint32_t error_;  // of what is denied
  const std::set<std::string>& capabilities_;
  Diagnostics& diagnostics_;
  MapReader reader_;
  CallPolicy policy_;
};

}  // namespace

std::shared_ptr<CallPolicy> ReadSyscalls(const YamlNode& node, const std::string& profile,
                                         const std::set<std::string>& capabilities, uint32_t error,
                                         Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.Error(node.at,
                      fmt::format("'syscalls' of the {} must be a mapping: 'default', 'allow', 'alert', 'deny', "
                                  "'kill', or 'oci'",
                                  profile));
    return nullptr;
  }
  return SyscallsReader(node, profile, capabilities, error, diagnostics).Read();
}

}  // namespace vedette
