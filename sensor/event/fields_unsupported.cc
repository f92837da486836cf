// SPDX-License-Identifier: Apache-2.0
//
// Names of Falco's that Vedette has no field for yet, and what to use instead.
#include "sensor/event/field.h"

namespace vedette {
namespace {

constexpr std::string_view kNoIo = "reads and writes are not captured";
constexpr std::string_view kNoEnv = "environments are not captured";
constexpr std::string_view kNoTable =
    "descriptors are not tracked between events; use the fd fields of the event itself";
constexpr std::string_view kNoMounts = "a container's mounts are not read yet";
constexpr std::string_view kNoRuntimeDetail = "the runtime's files are not read for it yet";
constexpr std::string_view kNoLabels =
    "labels are not read yet; use k8s.ns.name, k8s.pod.name or container.image.repository";
constexpr std::string_view kNoEnter = "rules see what a call did, not how long it took";
constexpr std::string_view kNoUsage = "resource usage is not captured";

constexpr UnsupportedField kUnsupported[] = {
    {"container.cni.json", kNoRuntimeDetail},
    {"container.healthcheck", kNoRuntimeDetail},
    {"container.host_ipc", kNoRuntimeDetail},
    {"container.host_network", kNoRuntimeDetail},
    {"container.host_pid", kNoRuntimeDetail},
    {"container.image.id", "the image's id is not read yet; use container.image.digest"},
    {"container.ip", kNoRuntimeDetail},
    {"container.label", kNoLabels},
    {"container.labels", kNoLabels},
    {"container.liveness_probe", kNoRuntimeDetail},
    {"container.mount", kNoMounts},
    {"container.mount.mode", kNoMounts},
    {"container.mount.propagation", kNoMounts},
    {"container.mount.rdwr", kNoMounts},
    {"container.mount.source", kNoMounts},
    {"container.mounts", kNoMounts},
    {"container.readiness_probe", kNoRuntimeDetail},
    {"evt.around", "events are not stored"},
    {"evt.deltatime", kNoEnter},
    {"evt.io_dir", kNoIo},
    {"evt.is_io", kNoIo},
    {"evt.is_io_read", kNoIo},
    {"evt.is_io_write", kNoIo},
    {"evt.is_syslog", kNoIo},
    {"evt.is_wait", kNoEnter},
    {"evt.latency", kNoEnter},
    {"evt.pluginname", "there are no plugins; use evt.type"},
    {"evt.plugininfo", "there are no plugins; use evt.args"},
    {"evt.rawarg", "use evt.arg, which gives the same as text"},
    {"evt.reltime", "use evt.rawtime"},
    {"evt.source", "every event is of the source syscall"},
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
    {"k8s.ns.label", kNoLabels},
    {"k8s.ns.labels", kNoLabels},
    {"k8s.pod.cni.json", kNoRuntimeDetail},
    {"k8s.pod.full_sandbox_id", kNoRuntimeDetail},
    {"k8s.pod.id", "use k8s.pod.uid"},
    {"k8s.pod.ip", kNoRuntimeDetail},
    {"k8s.pod.label", kNoLabels},
    {"k8s.pod.labels", kNoLabels},
    {"k8s.pod.sandbox_id", kNoRuntimeDetail},
    {"proc.aenv", kNoEnv},
    {"proc.env", kNoEnv},
    {"proc.exe_ino.ctime_duration_pidns_start", "use proc.exe_ino.ctime_duration_proc_start"},
    {"proc.fdlimit", kNoUsage},
    {"proc.fdopencount", kNoUsage},
    {"proc.fdusage", kNoUsage},
    {"proc.is_container_healthcheck", kNoRuntimeDetail},
    {"proc.is_container_liveness_probe", kNoRuntimeDetail},
    {"proc.is_container_readiness_probe", kNoRuntimeDetail},
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
