// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/call_hooks.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "sensor/event/field.h"
#include "sensor/event/syscall_abi.h"
#include "sensor/event/syscall_table.h"

namespace vedette {
namespace {

// They ask for a capability before they do anything: what may not, has been refused already.
constexpr std::string_view kPrivileged[] = {
    "acct",        "delete_module", "fsmount", "fsopen",          "fspick",        "ioperm",
    "iopl",        "kexec_load",    "reboot",  "kexec_file_load", "mount_setattr", "swapon",
    "sethostname", "setdomainname", "swapoff", "settimeofday",    "vhangup",
};

// They make a process or a thread: its hook is asked for profiles only (vd_task_alloc).
constexpr std::string_view kCreating[] = {"clone", "clone3", "fork", "vfork"};

// Types of a kind whose hook does not see each of them.
constexpr std::string_view kSeenInPart[] = {
    "kcmp",           "process_madvise",              // reads of another process, told across a container's border only
    "sendto",         "sendmsg",         "sendmmsg",  // with an address only
    "mmap",           "mprotect",        "pkey_mprotect",  // of memory that becomes executable only
    "keyctl",         "request_key",                       // where a key is found, with another permission than to look
    "io_uring_setup", "io_uring_enter",                    // before 6.16 nobody asks
    "clock_settime",                                       // of the system's clock only
};

template <size_t kN>
bool Has(const std::string_view (&names)[kN], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

EventKinds HooksOfNative(std::string_view name) {
  EventKinds out;
  if (Has(kSeenInPart, name)) return out;
  if (const auto type = FindEventType(name)) out = KindsOfType(*type) & DecidableKinds();
  out.reset(VD_KIND_EXEC_FAILED);
  if (Has(kPrivileged, name)) out.set(VD_KIND_CAPABLE);
  if (Has(kCreating, name)) out.set(VD_KIND_FORK);
  return out;
}

// The name on x86-64 of each form that i386 has.
const std::unordered_map<std::string, std::string_view>& NativeNames() {
  static const std::unordered_map<std::string, std::string_view> kNames = [] {
    std::unordered_map<std::string, std::string_view> out;
    for (const SyscallName& s : AllSyscalls()) {
      for (std::string& form : I386Forms(s.name)) out.emplace(std::move(form), s.name);
    }
    return out;
  }();
  return kNames;
}

}  // namespace

EventKinds HooksOfCall(std::string_view name) {
  const auto native = NativeNames().find(std::string(name));
  return HooksOfNative(native == NativeNames().end() ? name : native->second);
}

}  // namespace vedette
