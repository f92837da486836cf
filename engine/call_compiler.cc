// SPDX-License-Identifier: Apache-2.0
#include "engine/call_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "sensor/event/call_hooks.h"
#include "sensor/event/syscall_abi.h"

namespace vedette {
namespace {

static_assert(static_cast<int>(CallAction::kAllow) == VD_CALL_ALLOW &&
              static_cast<int>(CallAction::kAlert) == VD_CALL_ALERT);
static_assert(static_cast<int>(CallAction::kDeny) == VD_CALL_DENY &&
              static_cast<int>(CallAction::kKill) == VD_CALL_KILL);

constexpr std::string_view kUnnamed = "numbers without a name";

std::string Listed(const std::set<std::string>& names) {
  constexpr size_t kShown = 8;
  std::string out;
  size_t shown = 0;
  for (const std::string& name : names) {
    if (++shown > kShown) return fmt::format("{} and {} more", out, names.size() - kShown);
    out += fmt::format("{}{}", shown == 1 ? "" : ", ", name);
  }
  return out;
}

// One alternative: if all conditions hold, the byte. The last has none.
struct Alternative {
  std::vector<CallCondition> conditions;
  uint8_t byte;
  auto operator<=>(const Alternative&) const = default;
};
using Chain = std::vector<Alternative>;

class CallCompiler {
 public:
  explicit CallCompiler(const CallPolicy& policy) : policy_(policy) {
    for (const CallEntry& entry : policy.entries) {
      for (const std::string& name : entry.names) entries_of_[name].push_back(&entry);
    }
  }

  CompiledCalls Compile() {
    out_.table = std::make_unique<vd_call_policy>();
    ErrorIndex(kCallEperm);
    for (int a = 0; a < VD_ARCH_COUNT; ++a) CompileArch(static_cast<vd_arch>(a));
    Report();
    return std::move(out_);
  }

 private:
  void CompileArch(vd_arch arch) {
    auto& calls = out_.table->call[arch];
    if (!policy_.archs[arch]) {
      std::fill(std::begin(calls), std::end(calls), KillAtEntry());
      out_.table->beyond[arch] = KillAtEntry();
      return;
    }
    for (uint32_t nr = 0; nr < VD_CALL_NUMBERS; ++nr) {
      const std::string_view name = CallNameOf(arch, nr);
      calls[nr] = Encode(name.empty() ? Chain{{{}, Byte(policy_.otherwise, kUnnamed)}} : ChainOf(arch, name));
    }
    out_.table->beyond[arch] = Byte(policy_.otherwise, kUnnamed);
  }

  Chain ChainOf(vd_arch arch, std::string_view name) {
    const auto found = entries_of_.find(std::string(name));
    if (found == entries_of_.end() && arch == VD_ARCH_I386) {
      if (Chain chain = Multiplexed(name); !chain.empty()) return chain;
    }
    Chain chain;
    if (found != entries_of_.end()) {
      for (const CallEntry* entry : found->second) {
        chain.push_back({entry->conditions, Byte(entry->choice, name)});
        if (entry->conditions.empty()) return chain;
      }
    }
    chain.push_back({{}, Byte(policy_.otherwise, name)});
    return chain;
  }

  // socketcall, ipc: by what its first argument says, where the policy does not name the call itself. The arguments
  // behind it are in the caller's memory: of what they would decide, the strictest.
  Chain Multiplexed(std::string_view call) {
    Chain chain;
    for (const MultiplexedCall& m : MultiplexedCalls()) {
      if (m.call != call) continue;
      CallChoice strictest{CallAction::kAllow, 0};
      bool whole = false;
      if (const auto found = entries_of_.find(std::string(m.name)); found != entries_of_.end()) {
        for (const CallEntry* entry : found->second) {
          if (whole) break;
          if (entry->choice.action > strictest.action) strictest = entry->choice;
          whole = entry->conditions.empty();
        }
      }
      if (!whole && policy_.otherwise.action > strictest.action) strictest = policy_.otherwise;
      chain.push_back({{{0, VD_CALL_EQ, m.code, 0}}, Byte(strictest, m.name)});
    }
    if (!chain.empty()) chain.push_back({{}, Byte(policy_.otherwise, kUnnamed)});
    return chain;
  }

  uint8_t KillAtEntry() {
    out_.at_entry = true;
    return VD_CALL_KILL | VD_CALL_AT_ENTRY;
  }

  // How a choice about a call is enforced.
  uint8_t Byte(const CallChoice& choice, std::string_view name) {
    const EventKinds hooks = name == kUnnamed ? EventKinds() : HooksOfCall(name);
    CallAction action = choice.action;
    if (action == CallAction::kDeny && hooks.none()) action = WithoutHook(choice, name);
    switch (action) {
      case CallAction::kAllow:
        return VD_CALL_ALLOW;
      case CallAction::kAlert:
        out_.at_entry = true;
        return VD_CALL_ALERT | VD_CALL_AT_ENTRY;
      case CallAction::kDeny:
        out_.hooks |= hooks;
        if (choice.error == 0) unanswerable_.insert(std::string(name));
        return static_cast<uint8_t>(VD_CALL_DENY | ErrorIndex(choice.error) << VD_CALL_ERROR_SHIFT);
      case CallAction::kKill:
        break;
    }
    if (hooks.any()) {
      out_.hooks |= hooks;
      return VD_CALL_KILL;
    }
    killed_after_.insert(std::string(name));
    return KillAtEntry();
  }

  // Where the errno is in the table.
  size_t ErrorIndex(uint32_t error) {
    auto& errors = out_.table->error;
    const auto known = std::find(errors, errors + errors_, error);
    if (known != errors + errors_) return static_cast<size_t>(known - errors);
    if (errors_ == VD_CALL_ERRORS) {
      too_many_errors_ = true;
      return 0;
    }
    errors[errors_] = static_cast<uint16_t>(error);
    return errors_++;
  }

  CallAction WithoutHook(const CallChoice& choice, std::string_view name) {
    if (!policy_.without_hook) {
      undeniable_.insert(std::string(name));
    } else if (choice.error == kCallEnosys && choice != policy_.otherwise) {
      answered_.insert(std::string(name));
    } else {
      return *policy_.without_hook;
    }
    return CallAction::kAllow;
  }

  uint8_t Encode(const Chain& chain) {
    const bool same =
        std::all_of(chain.begin(), chain.end(), [&](const Alternative& a) { return a.byte == chain.front().byte; });
    if (same) return chain.front().byte;
    const auto [known, added] = starts_.try_emplace(chain, starts_.size());
    if (added) Append(chain);
    return static_cast<uint8_t>(VD_CALL_TESTED | known->second);
  }

  void Append(const Chain& chain) {
    size_t needed = 0;
    for (const Alternative& a : chain) needed += std::max<size_t>(a.conditions.size(), 1);
    if (starts_.size() > VD_MAX_CALL_STARTS || tests_ + needed > VD_MAX_CALL_TESTS) {
      too_many_ = true;
      return;
    }
    out_.table->start[starts_.size() - 1] = static_cast<uint8_t>(tests_);
    for (const Alternative& a : chain) {
      const auto next = static_cast<uint8_t>(tests_ + std::max<size_t>(a.conditions.size(), 1));
      for (size_t i = 0; i < a.conditions.size(); ++i) {
        const CallCondition& c = a.conditions[i];
        const uint8_t holds = i + 1 == a.conditions.size() ? a.byte : VD_CALL_GO_ON;
        out_.table->test[tests_++] = {c.value, c.value_two, static_cast<uint8_t>(c.op), c.index, holds, next, 0};
      }
      if (a.conditions.empty()) out_.table->test[tests_++] = {0, 0, VD_CALL_ALWAYS, 0, a.byte, next, 0};
    }
  }

  void Report() {
    out_.killed_after.assign(killed_after_.begin(), killed_after_.end());
    if (!undeniable_.empty()) {
      out_.errors.push_back(fmt::format(
          "no hook can refuse {}; say 'kill' (the call is carried out, its caller killed) or 'alert' of them, decide "
          "it "
          "for all by 'without_hook: kill' or 'alert', or give the container a seccomp filter (`vedette profile export "
          "--oci`)",
          Listed(undeniable_)));
    }
    if (!answered_.empty()) {
      out_.errors.push_back(
          fmt::format("{} would be answered with ENOSYS, so that programs take another call; no hook can do that, and "
                      "'without_hook' would end them: name it in 'allow', 'alert' or 'kill'",
                      Listed(answered_)));
    }
    if (!unanswerable_.empty()) {
      out_.errors.push_back(fmt::format("{} would be answered as if it had been done (errno 0), which no hook can say: give "
                                        "it another errno",
                                        Listed(unanswerable_)));
    }
    if (too_many_errors_) {
      out_.errors.push_back(fmt::format("it denies with more than {} different errnos; the kernel's table holds no more",
                                        VD_CALL_ERRORS));
    }
    if (policy_.require_inline && !killed_after_.empty()) {
      out_.errors.push_back(fmt::format(
          "it says 'require: inline', and no hook can refuse {}: they would be carried out and their caller "
          "killed",
          Listed(killed_after_)));
    }
    if (too_many_) {
      out_.errors.push_back(
          fmt::format("its conditions on arguments are more than the kernel's table holds ({} tests, {} "
                      "different lists of them)",
                      VD_MAX_CALL_TESTS, VD_MAX_CALL_STARTS));
    }
  }

  const CallPolicy& policy_;
  CompiledCalls out_;
  std::unordered_map<std::string, std::vector<const CallEntry*>> entries_of_;
  std::map<Chain, size_t> starts_;
  size_t tests_ = 0;
  size_t errors_ = 0;  // in the table
  bool too_many_ = false, too_many_errors_ = false;
  std::set<std::string> undeniable_, answered_, unanswerable_, killed_after_;
};

}  // namespace

CompiledCalls CompileCalls(const CallPolicy& policy) { return CallCompiler(policy).Compile(); }

}  // namespace vedette
