// SPDX-License-Identifier: Apache-2.0
//
// Names of Falco's that Vedette has no field for yet, and what to use instead.
#include "sensor/event/field.h"

namespace vedette {
namespace {

constexpr std::string_view kNoIo = "reads and writes are not captured";
constexpr std::string_view kNoTable =
    "descriptors are not tracked between events; use the fd fields of the event itself";
constexpr std::string_view kNoProbes =
    "the kubelet keeps its probes to itself; use proc.pname and proc.cmdline of what it runs";
constexpr std::string_view kNoEnter = "rules see what a call did, not how long it took";
constexpr std::string_view kNoUsage = "resource usage is not captured";

constexpr UnsupportedField kUnsupported[] = {
    {"container.cni.json", "the runtimes keep no CNI result that reads like Falco's; use container.ip"},
    {"container.liveness_probe", kNoProbes},
    {"container.readiness_probe", kNoProbes},
    {"evt.around", "events are not stored"},
    {"evt.deltatime", kNoEnter},
    {"evt.io_dir", kNoIo},
    {"evt.is_io", kNoIo},
    {"evt.is_io_read", kNoIo},
    {"evt.is_io_write", kNoIo},
    {"evt.is_syslog", kNoIo},
    {"evt.is_wait", kNoEnter},
    {"evt.latency", kNoEnter},
    {"evt.rawarg", "use evt.arg, which gives the same as text"},
    {"evt.reltime", "use evt.rawtime"},
    {"evt.wait_latency", kNoEnter},
    {"fd.containerdirectory", "use container.id and fd.directory"},
    {"fd.containername", "use container.id and fd.name"},
    {"fd.cproto", "use fd.cport"},
    {"fd.dev.id", "use fd.dev"},
    {"fd.lproto", "use fd.lport"},
    {"fd.is_upper_layer", "the layer is known of executables only; use proc.is_exe_upper_layer"},
    {"fd.is_lower_layer", "the layer is known of executables only; use proc.is_exe_upper_layer"},
    {"fd.proto", "use fd.port"},
    {"fd.rproto", "use fd.rport"},
    {"fd.sproto", "use fd.sport"},
    {"fd.types", kNoTable},
    {"fd.uniqueid", "use fd.cookie of sockets, fd.ino of files"},
    {"fdlist.cips", kNoTable},
    {"fdlist.cports", kNoTable},
    {"fdlist.names", kNoTable},
    {"fdlist.nums", kNoTable},
    {"fdlist.sips", kNoTable},
    {"fdlist.sports", kNoTable},
    {"k8s.pod.cni.json", "the runtimes keep no CNI result that reads like Falco's; use k8s.pod.ip"},
    {"proc.exe_ino.ctime_duration_pidns_start", "use proc.exe_ino.ctime_duration_proc_start"},
    {"proc.fdlimit", kNoUsage},
    {"proc.fdopencount", kNoUsage},
    {"proc.fdusage", kNoUsage},
    {"proc.is_container_healthcheck",
     "a process is not told from one that looks like it; compare proc.cmdline with the command of the check"},
    {"proc.is_container_liveness_probe", kNoProbes},
    {"proc.is_container_readiness_probe", kNoProbes},
    {"proc.is_exe_lower_layer", "use proc.is_exe_upper_layer"},
    {"proc.nchilds", kNoUsage},
    {"proc.nthreads", kNoUsage},
    {"proc.pidns_init_start_ts", "use container.start_ts"},
    {"proc.stderr.name", kNoTable},
    {"proc.stderr.type", kNoTable},
    {"proc.stdin.name", kNoTable},
    {"proc.stdin.type", kNoTable},
    {"proc.stdout.name", kNoTable},
    {"proc.stdout.type", kNoTable},
    {"proc.vmrss", kNoUsage},
    {"proc.vmsize", kNoUsage},
    {"proc.vmswap", kNoUsage},
    {"thread.cpu", kNoUsage},
    {"thread.exectime", kNoUsage},
    {"thread.pfmajor", kNoUsage},
    {"thread.pfminor", kNoUsage},
    {"thread.totexectime", kNoUsage},
    {"thread.vmrss", kNoUsage},
    {"thread.vmsize", kNoUsage},
};

}  // namespace

std::span<const UnsupportedField> UnsupportedFields() { return kUnsupported; }

}  // namespace vedette
