// SPDX-License-Identifier: Apache-2.0
//
// Which arguments a type of event has: the parameters of Falco's exit events in their order, so that evt.arg[N] means
// the same. A name that Vedette has no row for is NULL. Names after "|" are ours.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "sensor/event/edit_distance.h"
#include "sensor/event/event_arg.h"

namespace vedette {
namespace {

struct TypeArgs {
  std::string_view types;
  std::string_view args;
};

constexpr std::string_view kExecveArgs =
    "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups env tty vpgid "
    "loginuid "
    "flags cap_inheritable cap_permitted cap_effective exe_ino exe_ino_ctime exe_ino_mtime uid trusted_exepath pgid "
    "gid "
    "filename";
constexpr std::string_view kCloneArgs =
    "res exe args tid pid ptid cwd fdlimit pgft_maj pgft_min vm_size vm_rss vm_swap comm cgroups flags uid gid vtid "
    "vpid "
    "pidns_init_start_ts | child_pid";

constexpr TypeArgs kTypeArgs[] = {
    {"open", "fd name flags mode dev ino"},
    {"openat", "fd dirfd name flags mode dev ino"},
    {"openat2", "fd dirfd name flags mode resolve dev ino"},
    {"creat", "fd name mode dev ino creat_flags | flags"},
    {"open_by_handle_at", "fd mountfd flags path dev ino"},
    {"execve execveat", kExecveArgs},
    {"clone clone3 fork vfork", kCloneArgs},
    {"procexit", "status ret sig core reaper_tid"},
    {"setuid setfsuid", "res uid"},
    {"setgid setfsgid", "res gid"},
    {"setreuid", "res ruid euid"},
    {"setregid", "res rgid egid"},
    {"setresuid", "res ruid euid suid"},
    {"setresgid", "res rgid egid sgid"},
    {"capset", "res cap_inheritable cap_permitted cap_effective"},
    {"unlink rmdir", "res path"},
    {"unlinkat", "res dirfd name flags"},
    {"rename", "res oldpath newpath"},
    {"renameat", "res olddirfd oldpath newdirfd newpath"},
    {"renameat2", "res olddirfd oldpath newdirfd newpath flags"},
    {"link", "res oldpath newpath"},
    {"linkat", "res olddir oldpath newdir newpath flags"},
    {"symlink", "res target linkpath"},
    {"symlinkat", "res target linkdirfd linkpath"},
    {"chmod", "res filename mode"},
    {"fchmod", "res fd mode"},
    {"fchmodat", "res dirfd filename mode"},
    {"fchmodat2", "res dirfd filename mode flags"},
    {"chown lchown", "res path uid gid"},
    {"fchown", "res fd uid gid"},
    {"fchownat", "res dirfd pathname uid gid flags"},
    {"mknod", "res path mode dev"},
    {"mknodat", "res dirfd path mode dev"},
    {"chroot", "res path"},
    {"mkdir", "res path mode"},
    {"mkdirat", "res dirfd path mode"},
    {"mount", "res dev dir type flags"},
    {"fsconfig", "res fd cmd key value_bytebuf value_charbuf aux | type dev"},
    {"fsmount", "res | type dev flags"},
    {"move_mount", "res | dev dir type flags"},
    {"umount2", "res name flags"},
    {"pivot_root", "res new_root put_old"},
    {"socket", "fd domain type proto"},
    {"socketpair", "res fd1 fd2 source peer | domain type proto"},
    {"bind", "res addr fd"},
    {"connect", "res tuple fd addr"},
    {"listen", "res fd backlog"},
    {"accept", "fd tuple queuepct queuelen queuemax"},
    {"accept4", "fd tuple queuepct queuelen queuemax flags"},
    {"sendto sendmsg", "res data fd size tuple"},
    {"sendmmsg", "res fd size data tuple"},
    {"recvfrom", "res data tuple fd size"},
    {"recvmsg", "res size data tuple msgcontrol fd"},
    {"recvmmsg", "res fd size data tuple msgcontrol"},
    {"dup", "res oldfd"},
    {"dup2", "res oldfd newfd"},
    {"dup3", "res oldfd newfd flags"},
    {"ptrace", "res addr data request pid"},
    {"process_vm_readv process_vm_writev", "res pid data"},
    {"pidfd_getfd", "fd pid_fd target_fd flags | pid"},
    {"kcmp process_madvise", "res | pid"},
    {"unshare", "res flags"},
    {"setns", "res fd nstype | flags"},
    {"bpf", "fd cmd | type name"},
    {"finit_module", "res fd uargs flags"},
    {"init_module", "res img length uargs"},
    {"prctl", "res option arg2_str arg2_int"},
    {"kill", "res pid sig"},
    {"tkill", "res tid sig"},
    {"tgkill", "res pid tid sig"},
    {"pidfd_open", "fd pid flags"},
    {"pidfd_send_signal", "res | fd sig flags"},
    {"rt_sigqueueinfo", "ID nativeID | res pid sig"},
    {"rt_tgsigqueueinfo", "ID nativeID | res pid tid sig"},
    {"mmap", "res vm_size vm_rss vm_swap addr length prot flags fd offset"},
    {"setsid", "res"},
    {"setpgid", "res pid pgid"},
    {"personality", "res | persona"},
    {"seccomp", "res op flags"},
    {"chdir", "res path"},
    {"fchdir", "res fd | path"},
    {"userfaultfd", "res flags"},
    {"memfd_create", "fd name flags"},
    {"mprotect", "res vm_size vm_rss vm_swap addr length prot"},
    {"pkey_mprotect", "res | addr length prot"},
    {"mlock munlock", "res addr len"},
    {"mlock2", "res addr len flags"},
    {"mlockall", "res flags"},
    {"munlockall", "res"},
    {"keyctl", "ID nativeID | res operation"},
    {"add_key request_key", "ID nativeID | res name"},
    {"splice", "res fd_in fd_out size flags"},
    {"tee", "res | fd_in fd_out size flags"},
    {"copy_file_range", "res fdout offout fdin offin len"},
    {"ioctl", "res fd request argument"},
    {"quotactl",
     "res special quotafilepath dqb_bhardlimit dqb_bsoftlimit dqb_curspace dqb_ihardlimit dqb_isoftlimit dqb_btime "
     "dqb_itime dqi_bgrace dqi_igrace dqi_flags quota_fmt_out cmd type id quota_fmt"},
    {"swapon swapoff acct name_to_handle_at", "res | path"},
    {"open_tree mount_setattr", "res | path flags"},
    {"fsopen", "res | name"},
    {"fanotify_init inotify_init1", "res flags"},
    {"inotify_add_watch", "res | fd path"},
    {"setxattr lsetxattr", "ID nativeID | res name size"},
    {"fsetxattr", "ID nativeID | res fd name size"},
    {"setxattrat removexattrat", "ID nativeID | res name"},
    {"removexattr lremovexattr", "ID nativeID | res name"},
    {"fremovexattr", "ID nativeID | res fd name"},
    {"truncate", "ID nativeID | res path length"},
    {"ftruncate", "ID nativeID | res fd length"},
    {"utimensat utime utimes futimesat", "ID nativeID | res path"},
    {"io_uring_setup", "res entries sq_entries cq_entries flags sq_thread_cpu sq_thread_idle features"},
    {"io_uring_register", "res fd opcode arg nr_args"},
    {"perf_event_open", "fd | pid cpu"},
    {"delete_module", "res name flags"},
    {"kexec_load kexec_file_load", "res | flags"},
    {"reboot", "res | cmd"},
    {"sethostname setdomainname", "res | name"},
    {"syslog", "res | type"},
    {"settimeofday clock_settime", "res"},
    {"iopl", "res | level"},
    {"ioperm", "res | from num"},
};

// Names of arguments of Falco's other events, which a rule may name.
constexpr std::string_view kOtherNames =
    "in_fd out_fd offset pos whence length prot vpgoff addr size data argument how option val level optname optval "
    "optlen "
    "cwd pathname key nativeID ID special quota_cmd quota_type quota_id quota_fmt quota_dqb mountpoint initval type_id "
    "uargs exec_fd sig info next fdin fdout linkdirfd filename event_data name_type plugin_id json image_id dirfd whom "
    "in fds timeout maxevents oldname newname entries to_submit min_complete opcode arg dest_addr msg nr_args "
    "cgroups egid euid rgid ruid sgid suid resource rlim cur max value arg2_str arg2_int";

class ArgOrder {
 public:
  ArgOrder() {
    for (const TypeArgs& t : kTypeArgs) AddTypes(t);
    ForEachWord(kOtherNames, [this](std::string_view name) { AddName(name); });
    for (const EventArg& arg : AllEventArgs()) AddName(arg.name);
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  }
  std::span<const std::string_view> OfType(EventTypeId type) const {
    auto it = by_type_.find(type);
    return it == by_type_.end() ? std::span<const std::string_view>() : it->second;
  }
  std::span<const std::string_view> names() const { return names_; }

 private:
  template <typename Fn>
  static void ForEachWord(std::string_view text, Fn fn) {
    while (!text.empty()) {
      size_t end = std::min(text.find(' '), text.size());
      std::string_view word = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (!word.empty() && word != "|") fn(word);
    }
  }
  void AddName(std::string_view name) { names_.push_back(name); }
  void AddTypes(const TypeArgs& t) {
    std::vector<std::string_view> args;
    ForEachWord(t.args, [&](std::string_view name) {
      args.push_back(name);
      AddName(name);
    });
    ForEachWord(t.types, [&](std::string_view type) {
      if (auto id = FindEventType(type)) by_type_.try_emplace(*id, args);
    });
  }

  std::unordered_map<EventTypeId, std::vector<std::string_view>> by_type_;
  std::vector<std::string_view> names_;
};

const ArgOrder& Order() {
  static const ArgOrder order;
  return order;
}

}  // namespace

std::span<const std::string_view> ArgNamesOfType(EventTypeId type) { return Order().OfType(type); }

bool IsEventArgName(std::string_view name) {
  std::span<const std::string_view> names = Order().names();
  return std::binary_search(names.begin(), names.end(), name);
}

std::string_view NearestEventArgName(std::string_view name) { return Nearest(name, Order().names()); }

}  // namespace vedette
