// SPDX-License-Identifier: Apache-2.0
//
// The names alone. Numbers are those of x86-64; order within a table of flags is the order they are printed in,
// Falco's.
#include "bpf/abi/records.h"
#include "sensor/event/symbols.h"

namespace vedette {

// clang-format off
Symbols ErrnoSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "EPERM"}, {2, "ENOENT"}, {3, "ESRCH"}, {4, "EINTR"}, {5, "EIO"}, {6, "ENXIO"}, {7, "E2BIG"}, {8, "ENOEXEC"},
      {9, "EBADF"}, {10, "ECHILD"}, {11, "EAGAIN"}, {12, "ENOMEM"}, {13, "EACCES"}, {14, "EFAULT"}, {15, "ENOTBLK"},
      {16, "EBUSY"}, {17, "EEXIST"}, {18, "EXDEV"}, {19, "ENODEV"}, {20, "ENOTDIR"}, {21, "EISDIR"}, {22, "EINVAL"},
      {23, "ENFILE"}, {24, "EMFILE"}, {25, "ENOTTY"}, {26, "ETXTBSY"}, {27, "EFBIG"}, {28, "ENOSPC"}, {29, "ESPIPE"},
      {30, "EROFS"}, {31, "EMLINK"}, {32, "EPIPE"}, {33, "EDOM"}, {34, "ERANGE"}, {35, "EDEADLK"},
      {36, "ENAMETOOLONG"}, {37, "ENOLCK"}, {38, "ENOSYS"}, {39, "ENOTEMPTY"}, {40, "ELOOP"}, {42, "ENOMSG"},
      {43, "EIDRM"}, {44, "ECHRNG"}, {45, "EL2NSYNC"}, {46, "EL3HLT"}, {47, "EL3RST"}, {48, "ELNRNG"},
      {49, "EUNATCH"}, {50, "ENOCSI"}, {51, "EL2HLT"}, {52, "EBADE"}, {53, "EBADR"}, {54, "EXFULL"}, {55, "ENOANO"},
      {56, "EBADRQC"}, {57, "EBADSLT"}, {59, "EBFONT"}, {60, "ENOSTR"}, {61, "ENODATA"}, {62, "ETIME"}, {63, "ENOSR"},
      {64, "ENONET"}, {65, "ENOPKG"}, {66, "EREMOTE"}, {67, "ENOLINK"}, {68, "EADV"}, {69, "ESRMNT"}, {70, "ECOMM"},
      {71, "EPROTO"}, {72, "EMULTIHOP"}, {73, "EDOTDOT"}, {74, "EBADMSG"}, {75, "EOVERFLOW"}, {76, "ENOTUNIQ"},
      {77, "EBADFD"}, {78, "EREMCHG"}, {79, "ELIBACC"}, {80, "ELIBBAD"}, {81, "ELIBSCN"}, {82, "ELIBMAX"},
      {83, "ELIBEXEC"}, {84, "EILSEQ"}, {85, "ERESTART"}, {86, "ESTRPIPE"}, {87, "EUSERS"}, {88, "ENOTSOCK"},
      {89, "EDESTADDRREQ"}, {90, "EMSGSIZE"}, {91, "EPROTOTYPE"}, {92, "ENOPROTOOPT"}, {93, "EPROTONOSUPPORT"},
      {94, "ESOCKTNOSUPPORT"}, {95, "EOPNOTSUPP"}, {96, "EPFNOSUPPORT"}, {97, "EAFNOSUPPORT"}, {98, "EADDRINUSE"},
      {99, "EADDRNOTAVAIL"}, {100, "ENETDOWN"}, {101, "ENETUNREACH"}, {102, "ENETRESET"}, {103, "ECONNABORTED"},
      {104, "ECONNRESET"}, {105, "ENOBUFS"}, {106, "EISCONN"}, {107, "ENOTCONN"}, {108, "ESHUTDOWN"},
      {109, "ETOOMANYREFS"}, {110, "ETIMEDOUT"}, {111, "ECONNREFUSED"}, {112, "EHOSTDOWN"}, {113, "EHOSTUNREACH"},
      {114, "EALREADY"}, {115, "EINPROGRESS"}, {116, "ESTALE"}, {117, "EUCLEAN"}, {118, "ENOTNAM"}, {119, "ENAVAIL"},
      {120, "EISNAM"}, {121, "EREMOTEIO"}, {122, "EDQUOT"}, {123, "ENOMEDIUM"}, {124, "EMEDIUMTYPE"},
      {125, "ECANCELED"}, {126, "ENOKEY"}, {127, "EKEYEXPIRED"}, {128, "EKEYREVOKED"}, {129, "EKEYREJECTED"},
      {130, "EOWNERDEAD"}, {131, "ENOTRECOVERABLE"}, {132, "ERFKILL"}, {133, "EHWPOISON"}, {512, "ERESTARTSYS"},
      {513, "ERESTARTNOINTR"}, {514, "ERESTARTNOHAND"}, {515, "ENOIOCTLCMD"}, {516, "ERESTART_RESTARTBLOCK"},
      {517, "EPROBE_DEFER"}, {524, "ENOTSUPP"}, {529, "EIOCBQUEUED"},
  };
  return kTable;
}

Symbols SignalSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "SIGHUP"}, {2, "SIGINT"}, {3, "SIGQUIT"}, {4, "SIGILL"}, {5, "SIGTRAP"}, {6, "SIGABRT"}, {7, "SIGBUS"},
      {8, "SIGFPE"}, {9, "SIGKILL"}, {10, "SIGUSR1"}, {11, "SIGSEGV"}, {12, "SIGUSR2"}, {13, "SIGPIPE"},
      {14, "SIGALRM"}, {15, "SIGTERM"}, {16, "SIGSTKFLT"}, {17, "SIGCHLD"}, {18, "SIGCONT"}, {19, "SIGSTOP"},
      {20, "SIGTSTP"}, {21, "SIGTTIN"}, {22, "SIGTTOU"}, {23, "SIGURG"}, {24, "SIGXCPU"}, {25, "SIGXFSZ"},
      {26, "SIGVTALRM"}, {27, "SIGPROF"}, {28, "SIGWINCH"}, {29, "SIGIO"}, {30, "SIGPWR"}, {31, "SIGSYS"},
  };
  return kTable;
}

Symbols CapabilitySymbols() {
  static constexpr Symbol kTable[] = {
      {0, "CAP_CHOWN"}, {1, "CAP_DAC_OVERRIDE"}, {2, "CAP_DAC_READ_SEARCH"}, {3, "CAP_FOWNER"}, {4, "CAP_FSETID"},
      {5, "CAP_KILL"}, {6, "CAP_SETGID"}, {7, "CAP_SETUID"}, {8, "CAP_SETPCAP"}, {9, "CAP_LINUX_IMMUTABLE"},
      {10, "CAP_NET_BIND_SERVICE"}, {11, "CAP_NET_BROADCAST"}, {12, "CAP_NET_ADMIN"}, {13, "CAP_NET_RAW"},
      {14, "CAP_IPC_LOCK"}, {15, "CAP_IPC_OWNER"}, {16, "CAP_SYS_MODULE"}, {17, "CAP_SYS_RAWIO"},
      {18, "CAP_SYS_CHROOT"}, {19, "CAP_SYS_PTRACE"}, {20, "CAP_SYS_PACCT"}, {21, "CAP_SYS_ADMIN"},
      {22, "CAP_SYS_BOOT"}, {23, "CAP_SYS_NICE"}, {24, "CAP_SYS_RESOURCE"}, {25, "CAP_SYS_TIME"},
      {26, "CAP_SYS_TTY_CONFIG"}, {27, "CAP_MKNOD"}, {28, "CAP_LEASE"}, {29, "CAP_AUDIT_WRITE"},
      {30, "CAP_AUDIT_CONTROL"}, {31, "CAP_SETFCAP"}, {32, "CAP_MAC_OVERRIDE"}, {33, "CAP_MAC_ADMIN"},
      {34, "CAP_SYSLOG"}, {35, "CAP_WAKE_ALARM"}, {36, "CAP_BLOCK_SUSPEND"}, {37, "CAP_AUDIT_READ"},
      {38, "CAP_PERFMON"}, {39, "CAP_BPF"}, {40, "CAP_CHECKPOINT_RESTORE"},
  };
  return kTable;
}

Symbols FamilySymbols() {
  static constexpr Symbol kTable[] = {
      {0, "AF_UNSPEC"}, {1, "AF_UNIX"}, {2, "AF_INET"}, {3, "AF_AX25"}, {4, "AF_IPX"}, {5, "AF_APPLETALK"},
      {6, "AF_NETROM"}, {7, "AF_BRIDGE"}, {8, "AF_ATMPVC"}, {9, "AF_X25"}, {10, "AF_INET6"}, {11, "AF_ROSE"},
      {12, "AF_DECnet"}, {13, "AF_NETBEUI"}, {14, "AF_SECURITY"}, {15, "AF_KEY"}, {16, "AF_NETLINK"},
      {17, "AF_PACKET"}, {18, "AF_ASH"}, {19, "AF_ECONET"}, {20, "AF_ATMSVC"}, {21, "AF_RDS"}, {22, "AF_SNA"},
      {23, "AF_IRDA"}, {24, "AF_PPPOX"}, {25, "AF_WANPIPE"}, {26, "AF_LLC"}, {27, "AF_IB"}, {28, "AF_MPLS"},
      {29, "AF_CAN"}, {30, "AF_TIPC"}, {31, "AF_BLUETOOTH"}, {32, "AF_IUCV"}, {33, "AF_RXRPC"}, {34, "AF_ISDN"},
      {35, "AF_PHONET"}, {36, "AF_IEEE802154"}, {37, "AF_CAIF"}, {38, "AF_ALG"}, {39, "AF_NFC"}, {40, "AF_VSOCK"},
      {41, "AF_KCM"}, {42, "AF_QIPCRTR"}, {43, "AF_SMC"}, {44, "AF_XDP"}, {45, "AF_MCTP"},
  };
  return kTable;
}

Symbols PtraceSymbols() {
  static constexpr Symbol kTable[] = {
      {0, "PTRACE_TRACEME"}, {1, "PTRACE_PEEKTEXT"}, {2, "PTRACE_PEEKDATA"}, {3, "PTRACE_PEEKUSR"},
      {4, "PTRACE_POKETEXT"}, {5, "PTRACE_POKEDATA"}, {6, "PTRACE_POKEUSR"}, {7, "PTRACE_CONT"}, {8, "PTRACE_KILL"},
      {9, "PTRACE_SINGLESTEP"}, {12, "PTRACE_GETREGS"}, {13, "PTRACE_SETREGS"}, {14, "PTRACE_GETFPREGS"},
      {15, "PTRACE_SETFPREGS"}, {16, "PTRACE_ATTACH"}, {17, "PTRACE_DETACH"}, {18, "PTRACE_GETFPXREGS"},
      {19, "PTRACE_SETFPXREGS"}, {21, "PTRACE_OLDSETOPTIONS"}, {24, "PTRACE_SYSCALL"}, {25, "PTRACE_GET_THREAD_AREA"},
      {26, "PTRACE_SET_THREAD_AREA"}, {30, "PTRACE_ARCH_PRCTL"}, {31, "PTRACE_SYSEMU"},
      {32, "PTRACE_SYSEMU_SINGLESTEP"}, {33, "PTRACE_SINGLEBLOCK"}, {0x4200, "PTRACE_SETOPTIONS"},
      {0x4201, "PTRACE_GETEVENTMSG"}, {0x4202, "PTRACE_GETSIGINFO"}, {0x4203, "PTRACE_SETSIGINFO"},
      {0x4204, "PTRACE_GETREGSET"}, {0x4205, "PTRACE_SETREGSET"}, {0x4206, "PTRACE_SEIZE"},
      {0x4207, "PTRACE_INTERRUPT"}, {0x4208, "PTRACE_LISTEN"}, {0x4209, "PTRACE_PEEKSIGINFO"},
      {0x420a, "PTRACE_GETSIGMASK"}, {0x420b, "PTRACE_SETSIGMASK"}, {0x420c, "PTRACE_SECCOMP_GET_FILTER"},
      {0x420d, "PTRACE_SECCOMP_GET_METADATA"}, {0x420e, "PTRACE_GET_SYSCALL_INFO"},
      {0x420f, "PTRACE_GET_RSEQ_CONFIGURATION"}, {0x4210, "PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG"},
      {0x4211, "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG"}, {0x4212, "PTRACE_SET_SYSCALL_INFO"},
  };
  return kTable;
}

Symbols BpfCommandSymbols() {
  static constexpr Symbol kTable[] = {
      {0, "BPF_MAP_CREATE"}, {1, "BPF_MAP_LOOKUP_ELEM"}, {2, "BPF_MAP_UPDATE_ELEM"}, {3, "BPF_MAP_DELETE_ELEM"},
      {4, "BPF_MAP_GET_NEXT_KEY"}, {5, "BPF_PROG_LOAD"}, {6, "BPF_OBJ_PIN"}, {7, "BPF_OBJ_GET"},
      {8, "BPF_PROG_ATTACH"}, {9, "BPF_PROG_DETACH"}, {10, "BPF_PROG_TEST_RUN"}, {11, "BPF_PROG_GET_NEXT_ID"},
      {12, "BPF_MAP_GET_NEXT_ID"}, {13, "BPF_PROG_GET_FD_BY_ID"}, {14, "BPF_MAP_GET_FD_BY_ID"},
      {15, "BPF_OBJ_GET_INFO_BY_FD"}, {16, "BPF_PROG_QUERY"}, {17, "BPF_RAW_TRACEPOINT_OPEN"}, {18, "BPF_BTF_LOAD"},
      {19, "BPF_BTF_GET_FD_BY_ID"}, {20, "BPF_TASK_FD_QUERY"}, {21, "BPF_MAP_LOOKUP_AND_DELETE_ELEM"},
      {22, "BPF_MAP_FREEZE"}, {23, "BPF_BTF_GET_NEXT_ID"}, {24, "BPF_MAP_LOOKUP_BATCH"},
      {25, "BPF_MAP_LOOKUP_AND_DELETE_BATCH"}, {26, "BPF_MAP_UPDATE_BATCH"}, {27, "BPF_MAP_DELETE_BATCH"},
      {28, "BPF_LINK_CREATE"}, {29, "BPF_LINK_UPDATE"}, {30, "BPF_LINK_GET_FD_BY_ID"}, {31, "BPF_LINK_GET_NEXT_ID"},
      {32, "BPF_ENABLE_STATS"}, {33, "BPF_ITER_CREATE"}, {34, "BPF_LINK_DETACH"}, {35, "BPF_PROG_BIND_MAP"},
      {36, "BPF_TOKEN_CREATE"}, {37, "BPF_PROG_STREAM_READ_BY_FD"},
  };
  return kTable;
}

Symbols CloneSymbols() {
  static constexpr Symbol kTable[] = {
      {0x00000400, "CLONE_FILES"}, {0x00000200, "CLONE_FS"}, {0x80000000, "CLONE_IO"}, {0x08000000, "CLONE_NEWIPC"},
      {0x40000000, "CLONE_NEWNET"}, {0x00020000, "CLONE_NEWNS"}, {0x20000000, "CLONE_NEWPID"},
      {0x04000000, "CLONE_NEWUTS"}, {0x00008000, "CLONE_PARENT"}, {0x00100000, "CLONE_PARENT_SETTID"},
      {0x00002000, "CLONE_PTRACE"}, {0x00000800, "CLONE_SIGHAND"}, {0x00040000, "CLONE_SYSVSEM"},
      {0x00010000, "CLONE_THREAD"}, {0x00800000, "CLONE_UNTRACED"}, {0x00000100, "CLONE_VM"},
      {0x10000000, "CLONE_NEWUSER"}, {0x00200000, "CLONE_CHILD_CLEARTID"}, {0x01000000, "CLONE_CHILD_SETTID"},
      {0x00080000, "CLONE_SETTLS"}, {0x00004000, "CLONE_VFORK"}, {0x02000000, "CLONE_NEWCGROUP"},
      {0x00000080, "CLONE_NEWTIME"}, {0x00001000, "CLONE_PIDFD"}, {0x100000000, "CLONE_CLEAR_SIGHAND"},
      {0x200000000, "CLONE_INTO_CGROUP"},
  };
  return kTable;
}

Symbols MountFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {0x1, "MS_RDONLY"}, {0x2, "MS_NOSUID"}, {0x4, "MS_NODEV"}, {0x8, "MS_NOEXEC"}, {0x10, "MS_SYNCHRONOUS"},
      {0x20, "MS_REMOUNT"}, {0x40, "MS_MANDLOCK"}, {0x80, "MS_DIRSYNC"}, {0x100, "MS_NOSYMFOLLOW"},
      {0x400, "MS_NOATIME"}, {0x800, "MS_NODIRATIME"}, {0x1000, "MS_BIND"}, {0x2000, "MS_MOVE"}, {0x4000, "MS_REC"},
      {0x8000, "MS_SILENT"}, {0x10000, "MS_POSIXACL"}, {0x20000, "MS_UNBINDABLE"}, {0x40000, "MS_PRIVATE"},
      {0x80000, "MS_SLAVE"}, {0x100000, "MS_SHARED"}, {0x200000, "MS_RELATIME"}, {0x400000, "MS_KERNMOUNT"},
      {0x800000, "MS_I_VERSION"}, {0x1000000, "MS_STRICTATIME"}, {0x2000000, "MS_LAZYTIME"},
  };
  return kTable;
}

Symbols UmountFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "FORCE"}, {2, "DETACH"}, {4, "EXPIRE"}, {8, "NOFOLLOW"},
  };
  return kTable;
}

Symbols RenameFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "RENAME_NOREPLACE"}, {2, "RENAME_EXCHANGE"}, {4, "RENAME_WHITEOUT"},
  };
  return kTable;
}

Symbols AtFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {0x100, "AT_SYMLINK_NOFOLLOW"}, {0x200, "AT_REMOVEDIR"}, {0x400, "AT_SYMLINK_FOLLOW"},
      {0x800, "AT_NO_AUTOMOUNT"}, {0x1000, "AT_EMPTY_PATH"},
  };
  return kTable;
}

Symbols ModeSymbols() {
  static constexpr Symbol kTable[] = {
      {01, "S_IXOTH"}, {02, "S_IWOTH"}, {04, "S_IROTH"}, {010, "S_IXGRP"}, {020, "S_IWGRP"}, {040, "S_IRGRP"},
      {0100, "S_IXUSR"}, {0200, "S_IWUSR"}, {0400, "S_IRUSR"}, {01000, "S_ISVTX"}, {02000, "S_ISGID"},
      {04000, "S_ISUID"},
  };
  return kTable;
}

Symbols ExeFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {VD_EXE_WRITABLE, "EXE_WRITABLE"}, {VD_EXE_UPPER_LAYER, "EXE_UPPER_LAYER"}, {VD_EXE_MEMFD, "EXE_FROM_MEMFD"},
      {VD_EXE_LOWER_LAYER, "EXE_LOWER_LAYER"}, {VD_EXE_UNLINKED, "EXE_UNLINKED"}, {VD_EXE_SCRIPT, "EXE_SCRIPT"},
  };
  return kTable;
}

Symbols FileSystemSymbols() {
  static constexpr Symbol kTable[] = {
      {0x9fa0, "proc"}, {0x62656572, "sysfs"}, {0x27e0eb, "cgroup"}, {0x63677270, "cgroup2"}, {0x01021994, "tmpfs"},
      {0x858458f6, "ramfs"}, {0xef53, "ext4"}, {0x58465342, "xfs"}, {0x9123683e, "btrfs"}, {0xf2f52010, "f2fs"},
      {0x794c7630, "overlay"}, {0x6e736673, "nsfs"}, {0x50494446, "pidfs"}, {0x64626720, "debugfs"},
      {0x74726163, "tracefs"}, {0xcafe4a11, "bpf"}, {0x73636673, "securityfs"}, {0x62656570, "configfs"},
      {0x6165676c, "pstore"}, {0xde5e81e4, "efivarfs"}, {0x1cd1, "devpts"}, {0x19800202, "mqueue"},
      {0x958458f6, "hugetlbfs"}, {0x65735546, "fuse"}, {0x6969, "nfs"}, {0xff534d42, "cifs"}, {0x01021997, "9p"},
      {0x73717368, "squashfs"}, {0xe0f5e1e2, "erofs"}, {0x9660, "iso9660"}, {0x4d44, "vfat"}, {0x2011bab0, "exfat"},
      {0x7366746e, "ntfs3"}, {0x2fc12fc1, "zfs"}, {0x50495045, "pipefs"}, {0x534f434b, "sockfs"},
      {0x09041934, "anon_inodefs"}, {0x62646576, "bdev"}, {0x42494e4d, "binfmt_misc"}, {0x67596969, "rpc_pipefs"},
      {0xf97cff8c, "selinuxfs"}, {0x5a3c69f0, "apparmorfs"},
  };
  return kTable;
}

Symbols FileTypeSymbols() {
  static constexpr Symbol kTable[] = {
      {0100000, "file"}, {0040000, "directory"}, {0020000, "char"}, {0060000, "block"}, {0010000, "fifo"},
      {0140000, "socket"}, {0120000, "symlink"},
  };
  return kTable;
}

Symbols MountClassSymbols() {
  static constexpr Symbol kTable[] = {
      {VD_MOUNT_OWN, "own"}, {VD_MOUNT_FOREIGN, "foreign"}, {VD_MOUNT_ANON, "anonymous"},
      {VD_MOUNT_NONE, "unmounted"}, {VD_MOUNT_INTERNAL, "internal"},
  };
  return kTable;
}

Symbols ViaSymbols() {
  static constexpr Symbol kTable[] = {
      {VD_VIA_SYSCALL, "syscall"}, {VD_VIA_IO_URING, "io_uring"}, {VD_VIA_KERNEL, "kernel"},
  };
  return kTable;
}

Symbols VerdictSymbols() {
  static constexpr Symbol kTable[] = {
      {VD_VERDICT_ALLOW, "allow"}, {VD_VERDICT_DENY, "deny"}, {VD_VERDICT_KILL, "kill"},
      {VD_VERDICT_WOULD_DENY, "would_deny"}, {VD_VERDICT_WOULD_KILL, "would_kill"},
      {VD_VERDICT_KILL_AFTER, "kill-after"}, {VD_VERDICT_WOULD_KILL_AFTER, "would_kill-after"},
  };
  return kTable;
}
// clang-format on

}  // namespace vedette
