// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/call_arg.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <span>
#include <vector>

#include "sensor/event/call_register.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

enum CallNumber : EventTypeId {
#define VD_CALL(name, number, ia32, text) k_##name = number,
#include "bpf/abi/calls.def"
#undef VD_CALL
  k_mmap = 9,  // seen by its hook
};

// How a register is written. Names of flags and of numbers are Falco's, which are the kernel's.
struct Form {
  void (*write)(uint64_t value, TextWriter& out) = nullptr;
  bool one_number = false;         // of 32 bits, and no other is written so
  Symbols (*symbols)() = nullptr;  // of such a number
};

void WriteSigned(uint64_t value, TextWriter& out) { out.AppendNumber(static_cast<int64_t>(value)); }
void WriteInt(uint64_t value, TextWriter& out) { out.AppendNumber(static_cast<int32_t>(value)); }
void WriteUnsigned(uint64_t value, TextWriter& out) { out.AppendNumber(value); }
// As Falco writes what it marks as hexadecimal: capitals, without 0x.
void WriteHex(uint64_t value, TextWriter& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  int shift = 60;
  while (shift > 0 && value >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) out.Append(kDigits[value >> shift & 0xf]);
}
// An int: the upper half of the register is whatever the caller left there.
void WriteHexInt(uint64_t value, TextWriter& out) { WriteHex(static_cast<uint32_t>(value), out); }
template <Symbols (*kSymbols)()>
void WriteName(uint64_t value, TextWriter& out) {
  AppendSymbol(kSymbols(), static_cast<uint32_t>(value), out);
}
template <Symbols (*kSymbols)()>
void WriteFlags(uint64_t value, TextWriter& out) {
  value = static_cast<uint32_t>(value);
  if (value == 0) return AppendSymbol(kSymbols(), 0, out);
  AppendFlags(kSymbols(), value, out);
}
// quotactl(2)'s first argument is two.
void WriteQuotaCommand(uint64_t value, TextWriter& out) {
  AppendSymbol(QuotaCommandSymbols(), static_cast<uint32_t>(value) >> 8, out);
}
void WriteQuotaType(uint64_t value, TextWriter& out) { AppendSymbol(QuotaTypeSymbols(), value & 0xff, out); }

constexpr Form Signed{WriteSigned};
constexpr Form Int{WriteInt, true};
constexpr Form Unsigned{WriteUnsigned};
constexpr Form Hex{WriteHex};
constexpr Form HexInt{WriteHexInt, true};
template <Symbols (*kSymbols)()>
constexpr Form Name{WriteName<kSymbols>, true, kSymbols};
template <Symbols (*kSymbols)()>
constexpr Form Flags{WriteFlags<kSymbols>};
constexpr Form QuotaCommand{WriteQuotaCommand};
constexpr Form QuotaType{WriteQuotaType};

constexpr uint8_t kText = 6;    // in place of a register: the string that was captured
constexpr uint8_t kResult = 7;  // what the call returned
constexpr uint8_t kPath = 8;    // what the kernel resolved, else the string

struct CallArg {
  EventTypeId call;
  std::string_view name;
  uint8_t where;  // register, or one of the above
  Form form = {};
};

constexpr CallArg kArgs[] = {
    {k_prctl, "option", 0, Name<PrctlSymbols>},
    {k_prctl, "arg2_str", kText},
    {k_prctl, "arg2_int", 1, Signed},
    {k_kill, "pid", 0, Int},
    {k_kill, "sig", 1, Name<SignalSymbols>},
    {k_tkill, "tid", 0, Int},
    {k_tkill, "sig", 1, Name<SignalSymbols>},
    {k_tgkill, "pid", 0, Int},
    {k_tgkill, "tid", 1, Int},
    {k_tgkill, "sig", 2, Name<SignalSymbols>},
    {k_pidfd_open, "fd", kResult},
    {k_pidfd_open, "pid", 0, Int},
    {k_pidfd_open, "flags", 1, Flags<PidfdFlagSymbols>},
    {k_pidfd_send_signal, "fd", 0, Int},
    {k_pidfd_send_signal, "sig", 1, Name<SignalSymbols>},
    {k_pidfd_send_signal, "flags", 3, Int},
    {k_rt_sigqueueinfo, "pid", 0, Int},
    {k_rt_sigqueueinfo, "sig", 1, Name<SignalSymbols>},
    {k_rt_tgsigqueueinfo, "pid", 0, Int},
    {k_rt_tgsigqueueinfo, "tid", 1, Int},
    {k_rt_tgsigqueueinfo, "sig", 2, Name<SignalSymbols>},
    {k_setpgid, "pid", 0, Int},
    {k_setpgid, "pgid", 1, Int},
    {k_personality, "persona", 0, HexInt},
    {k_seccomp, "op", 0, Int},
    {k_seccomp, "flags", 1, HexInt},
    {k_chdir, "path", kPath},
    {k_fchdir, "fd", 0, Int},
    {k_fchdir, "path", kPath},
    {k_userfaultfd, "flags", 0, Flags<UserfaultFlagSymbols>},
    {k_memfd_create, "fd", kResult},
    {k_memfd_create, "name", kText},
    {k_memfd_create, "flags", 1, Flags<MemfdFlagSymbols>},
    {k_mprotect, "addr", 0, Hex},
    {k_mprotect, "length", 1, Unsigned},
    {k_mprotect, "prot", 2, Flags<ProtSymbols>},
    {k_mmap, "addr", 0, Hex},
    {k_mmap, "length", 1, Unsigned},
    {k_mmap, "prot", 2, Flags<ProtSymbols>},
    {k_mmap, "flags", 3, Flags<MapFlagSymbols>},
    {k_mmap, "fd", 4, Int},
    {k_mmap, "offset", 5, Unsigned},
    {k_pkey_mprotect, "addr", 0, Hex},
    {k_pkey_mprotect, "length", 1, Unsigned},
    {k_pkey_mprotect, "prot", 2, Flags<ProtSymbols>},
    {k_mlock, "addr", 0, Hex},
    {k_mlock, "len", 1, Unsigned},
    {k_munlock, "addr", 0, Hex},
    {k_munlock, "len", 1, Unsigned},
    {k_mlock2, "addr", 0, Hex},
    {k_mlock2, "len", 1, Unsigned},
    {k_mlock2, "flags", 2, Flags<MlockFlagSymbols>},
    {k_mlockall, "flags", 0, Flags<MlockallFlagSymbols>},
    {k_keyctl, "operation", 0, Name<KeyctlSymbols>},
    {k_add_key, "name", kText},
    {k_request_key, "name", kText},
    {k_splice, "fd_in", 0, Int},
    {k_splice, "fd_out", 2, Int},
    {k_splice, "size", 4, Unsigned},
    {k_splice, "flags", 5, Flags<SpliceFlagSymbols>},
    {k_tee, "fd_in", 0, Int},
    {k_tee, "fd_out", 1, Int},
    {k_tee, "size", 2, Unsigned},
    {k_tee, "flags", 3, Flags<SpliceFlagSymbols>},
    {k_copy_file_range, "fdin", 0, Int},
    {k_copy_file_range, "fdout", 2, Int},
    {k_copy_file_range, "len", 4, Unsigned},
    {k_ioctl, "fd", 0, Int},
    {k_ioctl, "request", 1, HexInt},
    {k_ioctl, "argument", 2, Hex},
    {k_quotactl, "cmd", 0, QuotaCommand},
    {k_quotactl, "type", 0, QuotaType},
    {k_quotactl, "special", kText},
    {k_quotactl, "id", 2, Int},
    {k_swapon, "path", kText},
    {k_swapoff, "path", kText},
    {k_acct, "path", kText},
    {k_name_to_handle_at, "path", kText},
    {k_open_tree, "path", kText},
    {k_open_tree, "flags", 2, HexInt},
    {k_mount_setattr, "path", kText},
    {k_mount_setattr, "flags", 2, HexInt},
    {k_fsopen, "name", kText},
    {k_fanotify_init, "flags", 0, HexInt},
    {k_inotify_init1, "flags", 0, Flags<DescriptorFlagSymbols>},
    {k_inotify_add_watch, "fd", 0, Int},
    {k_inotify_add_watch, "path", kText},
    {k_setxattr, "name", kText},
    {k_setxattr, "size", 3, Unsigned},
    {k_lsetxattr, "name", kText},
    {k_lsetxattr, "size", 3, Unsigned},
    {k_fsetxattr, "fd", 0, Int},
    {k_fsetxattr, "name", kText},
    {k_fsetxattr, "size", 3, Unsigned},
    {k_removexattr, "name", kText},
    {k_lremovexattr, "name", kText},
    {k_fremovexattr, "fd", 0, Int},
    {k_fremovexattr, "name", kText},
    {k_setxattrat, "name", kText},
    {k_removexattrat, "name", kText},
    {k_truncate, "path", kText},
    {k_truncate, "length", 1, Signed},
    {k_ftruncate, "fd", 0, Int},
    {k_ftruncate, "length", 1, Signed},
    {k_utimensat, "path", kText},
    {k_utime, "path", kText},
    {k_utimes, "path", kText},
    {k_futimesat, "path", kText},
    {k_io_uring_setup, "entries", 0, Int},
    {k_io_uring_register, "fd", 0, Int},
    {k_io_uring_register, "opcode", 1, Name<IoUringRegisterSymbols>},
    {k_io_uring_register, "arg", 2, Hex},
    {k_io_uring_register, "nr_args", 3, Int},
    {k_perf_event_open, "fd", kResult},
    {k_perf_event_open, "pid", 1, Int},
    {k_perf_event_open, "cpu", 2, Int},
    {k_delete_module, "name", kText},
    {k_delete_module, "flags", 1, Flags<DeleteModuleFlagSymbols>},
    {k_kexec_load, "flags", 3, Hex},
    {k_kexec_file_load, "flags", 4, Hex},
    {k_reboot, "cmd", 2, HexInt},
    {k_sethostname, "name", kText},
    {k_setdomainname, "name", kText},
    {k_syslog, "type", 0, Int},
    {k_iopl, "level", 0, Int},
    {k_ioperm, "from", 0, Unsigned},
    {k_ioperm, "num", 1, Unsigned},
};

const CallArg* Find(EventTypeId call, std::string_view name) {
  for (const CallArg& arg : kArgs) {
    if (arg.call == call && arg.name == name) return &arg;
  }
  return nullptr;
}

bool AppendCaptured(const Event& event, vd_str text, TextWriter& out) {
  out.Append(event.String(text));
  return text.offset != 0;
}

// What the text may mean; which of these is written so is asked then.
std::vector<uint64_t> Candidates(const Form& form, std::string_view text) {
  std::vector<uint64_t> out;
  if (form.symbols != nullptr) {
    if (const auto value = SymbolValue(form.symbols(), text)) out.push_back(static_cast<uint32_t>(*value));
  }
  for (const int base : {10, 16}) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error == std::errc() && end == text.data() + text.size()) out.push_back(static_cast<uint32_t>(value));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

CallRegister RegisterOf(EventTypeId call, std::string_view argument) {
  const CallArg* arg = Find(call, argument);
  if (arg == nullptr) return {};
  if (!arg->form.one_number) return {.exists = true, .index = std::nullopt};
  return {.exists = true, .index = arg->where};
}

std::vector<uint64_t> RegisterValues(EventTypeId call, std::string_view argument, std::string_view text) {
  const CallArg* arg = Find(call, argument);
  if (arg == nullptr || !arg->form.one_number) return {};
  std::vector<uint64_t> out = Candidates(arg->form, text);
  const auto room = std::make_unique_for_overwrite<Values>();
  std::erase_if(out, [&](uint64_t value) {
    room->Clear();
    TextWriter written(*room);
    arg->form.write(value, written);
    return written.text() != text;
  });
  return out;
}

bool AppendCallArgument(const Event& event, std::string_view name, TextWriter& out) {
  const CallArg* arg = Find(event.type, name);
  if (arg == nullptr || event.header->syscall_nr != event.type) return false;
  const auto& r = event.record<vd_call>();
  switch (arg->where) {
    case kText:
      return AppendCaptured(event, r.text, out);
    case kPath:
      return AppendCaptured(event, r.path.offset != 0 ? r.path : r.text, out);
    case kResult:
      return event.has_result() && (out.AppendNumber(r.h.result), true);
    default:
      arg->form.write(r.args[arg->where], out);
      return true;
  }
}

}  // namespace vedette
