// SPDX-License-Identifier: Apache-2.0
//
// Names of what the calls of bpf/abi/calls.def are given. Numbers are those of the kernel's user headers.
#include "bpf/abi/records.h"
#include "sensor/event/symbols.h"

namespace vedette {

// clang-format off
Symbols PrctlSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "PR_SET_PDEATHSIG"}, {2, "PR_GET_PDEATHSIG"}, {3, "PR_GET_DUMPABLE"}, {4, "PR_SET_DUMPABLE"},
      {5, "PR_GET_UNALIGN"}, {6, "PR_SET_UNALIGN"}, {7, "PR_GET_KEEPCAPS"}, {8, "PR_SET_KEEPCAPS"},
      {9, "PR_GET_FPEMU"}, {10, "PR_SET_FPEMU"}, {11, "PR_GET_FPEXC"}, {12, "PR_SET_FPEXC"}, {13, "PR_GET_TIMING"},
      {14, "PR_SET_TIMING"}, {15, "PR_SET_NAME"}, {16, "PR_GET_NAME"}, {19, "PR_GET_ENDIAN"}, {20, "PR_SET_ENDIAN"},
      {21, "PR_GET_SECCOMP"}, {22, "PR_SET_SECCOMP"}, {23, "PR_CAPBSET_READ"}, {24, "PR_CAPBSET_DROP"},
      {25, "PR_GET_TSC"}, {26, "PR_SET_TSC"}, {27, "PR_GET_SECUREBITS"}, {28, "PR_SET_SECUREBITS"},
      {29, "PR_SET_TIMERSLACK"}, {30, "PR_GET_TIMERSLACK"}, {31, "PR_TASK_PERF_EVENTS_DISABLE"},
      {32, "PR_TASK_PERF_EVENTS_ENABLE"}, {33, "PR_MCE_KILL"}, {34, "PR_MCE_KILL_GET"}, {35, "PR_SET_MM"},
      {36, "PR_SET_CHILD_SUBREAPER"}, {37, "PR_GET_CHILD_SUBREAPER"}, {38, "PR_SET_NO_NEW_PRIVS"},
      {39, "PR_GET_NO_NEW_PRIVS"}, {40, "PR_GET_TID_ADDRESS"}, {41, "PR_SET_THP_DISABLE"}, {42, "PR_GET_THP_DISABLE"},
      {43, "PR_MPX_ENABLE_MANAGEMENT"}, {44, "PR_MPX_DISABLE_MANAGEMENT"}, {45, "PR_SET_FP_MODE"},
      {46, "PR_GET_FP_MODE"}, {47, "PR_CAP_AMBIENT"}, {50, "PR_SVE_SET_VL"}, {51, "PR_SVE_GET_VL"},
      {52, "PR_GET_SPECULATION_CTRL"}, {53, "PR_SET_SPECULATION_CTRL"}, {54, "PR_PAC_RESET_KEYS"},
      {55, "PR_SET_TAGGED_ADDR_CTRL"}, {56, "PR_GET_TAGGED_ADDR_CTRL"}, {57, "PR_SET_IO_FLUSHER"},
      {58, "PR_GET_IO_FLUSHER"}, {59, "PR_SET_SYSCALL_USER_DISPATCH"}, {60, "PR_PAC_SET_ENABLED_KEYS"},
      {61, "PR_PAC_GET_ENABLED_KEYS"}, {62, "PR_SCHED_CORE"}, {63, "PR_SME_SET_VL"}, {64, "PR_SME_GET_VL"},
      {65, "PR_SET_MDWE"}, {66, "PR_GET_MDWE"}, {67, "PR_SET_MEMORY_MERGE"}, {68, "PR_GET_MEMORY_MERGE"},
      {0x53564d41, "PR_SET_VMA"}, {0x59616d61, "PR_SET_PTRACER"},
  };
  return kTable;
}

Symbols PidfdFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {0x800, "PIDFD_NONBLOCK"}, {0x80, "PIDFD_THREAD"},
  };
  return kTable;
}

Symbols UserfaultFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {0x800, "O_NONBLOCK"}, {0x80000, "O_CLOEXEC"}, {1, "UFFD_USER_MODE_ONLY"},
  };
  return kTable;
}

Symbols MemfdFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "MFD_CLOEXEC"}, {2, "MFD_ALLOW_SEALING"}, {4, "MFD_HUGETLB"}, {8, "MFD_NOEXEC_SEAL"}, {0x10, "MFD_EXEC"},
  };
  return kTable;
}

Symbols ProtSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}, {8, "PROT_SEM"}, {0x1000000, "PROT_GROWSDOWN"},
      {0x2000000, "PROT_GROWSUP"}, {0, "PROT_NONE"},
  };
  return kTable;
}

Symbols MapFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "MAP_SHARED"}, {2, "MAP_PRIVATE"}, {0x10, "MAP_FIXED"}, {0x20, "MAP_ANONYMOUS"}, {0x40, "MAP_32BIT"},
      {0x4000, "MAP_NORESERVE"}, {0x8000, "MAP_POPULATE"}, {0x10000, "MAP_NONBLOCK"}, {0x100, "MAP_GROWSDOWN"},
      {0x800, "MAP_DENYWRITE"}, {0x1000, "MAP_EXECUTABLE"}, {0x2000, "MAP_LOCKED"},
  };
  return kTable;
}

Symbols PerfAccessSymbols() {
  static constexpr Symbol kTable[] = {
      {VD_PERF_OPEN, "open"}, {VD_PERF_CPU, "cpu"}, {VD_PERF_KERNEL, "kernel"}, {VD_PERF_TRACEPOINT, "tracepoint"},
  };
  return kTable;
}

Symbols UringOperationSymbols() {
  static constexpr Symbol kTable[] = {
      {VD_URING_SETUP, "setup"}, {VD_URING_SQPOLL, "sqpoll"}, {VD_URING_OVERRIDE_CREDS, "override_creds"},
      {VD_URING_CMD, "cmd"},
  };
  return kTable;
}

Symbols KeyPermissionSymbols() {
  static constexpr Symbol kTable[] = {
      {VD_KEY_VIEW, "view"}, {VD_KEY_READ, "read"}, {VD_KEY_WRITE, "write"}, {VD_KEY_SEARCH, "search"},
      {VD_KEY_LINK, "link"}, {VD_KEY_SETATTR, "setattr"}, {VD_KEY_UNLINK, "unlink"},
      {VD_KEY_SYSADMIN_OVERRIDE, "sysadmin_override"}, {VD_KEY_AUTHTOKEN_OVERRIDE, "authtoken_override"},
      {VD_KEY_DEFER, "defer"}, {VD_KEY_ALLOC, "alloc"},
  };
  return kTable;
}

Symbols LockdownSymbols() {
  static constexpr Symbol kTable[] = {
#define VD_LOCKDOWN_REASON(name, text) {VD_LOCKDOWN_##name, text},
#include "bpf/abi/lockdown.def"
#undef VD_LOCKDOWN_REASON
  };
  return kTable;
}

Symbols MlockFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "MLOCK_ONFAULT"},
  };
  return kTable;
}

Symbols MlockallFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "MCL_CURRENT"}, {2, "MCL_FUTURE"}, {4, "MCL_ONFAULT"},
  };
  return kTable;
}

Symbols KeyctlSymbols() {
  static constexpr Symbol kTable[] = {
      {0, "KEYCTL_GET_KEYRING_ID"}, {1, "KEYCTL_JOIN_SESSION_KEYRING"}, {2, "KEYCTL_UPDATE"}, {3, "KEYCTL_REVOKE"},
      {4, "KEYCTL_CHOWN"}, {5, "KEYCTL_SETPERM"}, {6, "KEYCTL_DESCRIBE"}, {7, "KEYCTL_CLEAR"}, {8, "KEYCTL_LINK"},
      {9, "KEYCTL_UNLINK"}, {10, "KEYCTL_SEARCH"}, {11, "KEYCTL_READ"}, {12, "KEYCTL_INSTANTIATE"},
      {13, "KEYCTL_NEGATE"}, {14, "KEYCTL_SET_REQKEY_KEYRING"}, {15, "KEYCTL_SET_TIMEOUT"},
      {16, "KEYCTL_ASSUME_AUTHORITY"}, {17, "KEYCTL_GET_SECURITY"}, {18, "KEYCTL_SESSION_TO_PARENT"},
      {19, "KEYCTL_REJECT"}, {20, "KEYCTL_INSTANTIATE_IOV"}, {21, "KEYCTL_INVALIDATE"}, {22, "KEYCTL_GET_PERSISTENT"},
      {23, "KEYCTL_DH_COMPUTE"}, {24, "KEYCTL_PKEY_QUERY"}, {25, "KEYCTL_PKEY_ENCRYPT"}, {26, "KEYCTL_PKEY_DECRYPT"},
      {27, "KEYCTL_PKEY_SIGN"}, {28, "KEYCTL_PKEY_VERIFY"}, {29, "KEYCTL_RESTRICT_KEYRING"}, {30, "KEYCTL_MOVE"},
      {31, "KEYCTL_CAPABILITIES"}, {32, "KEYCTL_WATCH_KEY"},
  };
  return kTable;
}

Symbols SpliceFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {1, "SPLICE_F_MOVE"}, {2, "SPLICE_F_NONBLOCK"}, {4, "SPLICE_F_MORE"}, {8, "SPLICE_F_GIFT"},
  };
  return kTable;
}

Symbols QuotaCommandSymbols() {
  static constexpr Symbol kTable[] = {
      {0x800001, "Q_SYNC"}, {0x800002, "Q_QUOTAON"}, {0x800003, "Q_QUOTAOFF"}, {0x800004, "Q_GETFMT"},
      {0x800005, "Q_GETINFO"}, {0x800006, "Q_SETINFO"}, {0x800007, "Q_GETQUOTA"}, {0x800008, "Q_SETQUOTA"},
      {0x800009, "Q_GETNEXTQUOTA"}, {0x5801, "Q_XQUOTAON"}, {0x5802, "Q_XQUOTAOFF"}, {0x5803, "Q_XGETQUOTA"},
      {0x5804, "Q_XSETQLIM"}, {0x5805, "Q_XGETQSTAT"}, {0x5806, "Q_XQUOTARM"}, {0x5807, "Q_XQUOTASYNC"},
      {0x5808, "Q_XGETQSTATV"}, {0x5809, "Q_XGETNEXTQUOTA"},
  };
  return kTable;
}

Symbols QuotaTypeSymbols() {
  static constexpr Symbol kTable[] = {
      {0, "USRQUOTA"}, {1, "GRPQUOTA"}, {2, "PRJQUOTA"},
  };
  return kTable;
}

Symbols DescriptorFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {0x800, "O_NONBLOCK"}, {0x80000, "O_CLOEXEC"},
  };
  return kTable;
}

Symbols IoUringRegisterSymbols() {
  static constexpr Symbol kTable[] = {
      {0, "IORING_REGISTER_BUFFERS"}, {1, "IORING_UNREGISTER_BUFFERS"}, {2, "IORING_REGISTER_FILES"},
      {3, "IORING_UNREGISTER_FILES"}, {4, "IORING_REGISTER_EVENTFD"}, {5, "IORING_UNREGISTER_EVENTFD"},
      {6, "IORING_REGISTER_FILES_UPDATE"}, {7, "IORING_REGISTER_EVENTFD_ASYNC"}, {8, "IORING_REGISTER_PROBE"},
      {9, "IORING_REGISTER_PERSONALITY"}, {10, "IORING_UNREGISTER_PERSONALITY"}, {11, "IORING_REGISTER_RESTRICTIONS"},
      {12, "IORING_REGISTER_ENABLE_RINGS"}, {13, "IORING_REGISTER_FILES2"}, {14, "IORING_REGISTER_FILES_UPDATE2"},
      {15, "IORING_REGISTER_BUFFERS2"}, {16, "IORING_REGISTER_BUFFERS_UPDATE"}, {17, "IORING_REGISTER_IOWQ_AFF"},
      {18, "IORING_UNREGISTER_IOWQ_AFF"}, {19, "IORING_REGISTER_IOWQ_MAX_WORKERS"}, {20, "IORING_REGISTER_RING_FDS"},
      {21, "IORING_UNREGISTER_RING_FDS"}, {22, "IORING_REGISTER_PBUF_RING"}, {23, "IORING_UNREGISTER_PBUF_RING"},
      {24, "IORING_REGISTER_SYNC_CANCEL"}, {25, "IORING_REGISTER_FILE_ALLOC_RANGE"},
  };
  return kTable;
}

Symbols DeleteModuleFlagSymbols() {
  static constexpr Symbol kTable[] = {
      {0x800, "O_NONBLOCK"}, {0x200, "O_TRUNC"},
  };
  return kTable;
}

// clang-format on

}  // namespace vedette
