# shellcheck shell=bash
# Real containers for tests in the guest: bundles with a root file system made from busybox-static,
# run by runc. No image is downloaded. To be sourced (bash); needs runc, jq and busybox-static.
#
#   container_bundle DIR [OPTION]... -- COMMAND [ARG]...
#   container_run NAME DIR
#
# By default a container is what `docker run` would make: its own namespaces, Docker's default
# capabilities, masked /proc and /sys, no seccomp filter. Options:
#   --privileged         as docker --privileged: all capabilities, all devices, /proc and /sys writable
#   --host-pid, --host-net, --host-ipc, --host-cgroup   share that namespace with the host
#   --bind SRC:DST[:ro]  show a host path in the container (with what is mounted below it)
#   --cap NAME           one more capability, e.g. SYS_ADMIN
#   --drop-caps          no capability but those of --cap
#   --env NAME=VALUE     set a variable
#   --add FILE[:DST]     copy a program or file into the root file system (default: to /NAME)
#   --seccomp FILE       an OCI/Docker "linux.seccomp" object
#   --annotation K=V     an OCI annotation, e.g. io.kubernetes.cri.container-name=web
#   --user UID[:GID]     run as this user
#   --overlay            root file system on overlayfs, as from an image (default: a plain folder)
#   --tty                with a terminal

# Docker's default capabilities, and all that Linux has.
CONTAINER_DEFAULT_CAPS="AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW
  SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
CONTAINER_ALL_CAPS="$CONTAINER_DEFAULT_CAPS AUDIT_CONTROL AUDIT_READ BLOCK_SUSPEND BPF CHECKPOINT_RESTORE
  DAC_READ_SEARCH IPC_LOCK IPC_OWNER LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE NET_ADMIN NET_BROADCAST
  PERFMON SYSLOG SYS_ADMIN SYS_BOOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME
  SYS_TTY_CONFIG WAKE_ALARM"

# Where the parts that all bundles share are kept.
CONTAINER_CACHE=/run/vedette-containers

# Extra arguments for every `runc` call, e.g. (--root /run/other).
CONTAINER_RUNC_OPTIONS=()

# container_bundle DIR [OPTION]... -- COMMAND [ARG]...: makes DIR a bundle that runs COMMAND.
container_bundle() {
  local dir=$1
  shift
  local caps=$CONTAINER_DEFAULT_CAPS privileged='' tty=false overlay='' user=0 seccomp=''
  local shared=() binds=() variables=() added=() annotations=()
  while [[ $# -gt 0 && $1 != -- ]]; do
    case $1 in
      --privileged) privileged=1 caps=$CONTAINER_ALL_CAPS; shift ;;
      --host-pid | --host-net | --host-ipc | --host-cgroup) shared+=("${1#--host-}"); shift ;;
      --drop-caps) caps=''; shift ;;
      --tty) tty=true; shift ;;
      --overlay) overlay=1; shift ;;
      --bind) binds+=("$2"); shift 2 ;;
      --cap) caps+=" ${2#CAP_}"; shift 2 ;;
      --env) variables+=("$2"); shift 2 ;;
      --add) added+=("$2"); shift 2 ;;
      --seccomp) seccomp=$2; shift 2 ;;
      --annotation) annotations+=("$2"); shift 2 ;;
      --user) user=$2; shift 2 ;;
      *) echo "container_bundle: unknown option $1" >&2; return 2 ;;
    esac
  done
  [[ ${1:-} == -- && $# -ge 2 ]] || { echo "container_bundle: -- COMMAND expected" >&2; return 2; }
  shift
  container_rootfs "$dir/rootfs" "${added[@]}" || return
  [[ -z $overlay ]] || container_overlay "$dir" || return
  container_spec "$dir" "$@"
}

# container_rootfs DIR [FILE[:DST]]...: a small system out of busybox, and extra files.
container_rootfs() {
  local root=$1 file destination
  shift
  [[ -e $CONTAINER_CACHE/rootfs ]] || container_rootfs_template || return
  mkdir -p "$(dirname "$root")" && cp -a "$CONTAINER_CACHE/rootfs" "$root" || return
  for file; do
    destination=$root/$(basename "${file%%:*}")
    [[ $file != *:* ]] || destination=$root/${file#*:}
    mkdir -p "$(dirname "$destination")"
    cp -aL "${file%%:*}" "$destination" || return
  done
}

# Made once. The applets are symbolic links to the path that busybox itself has.
container_rootfs_template() {
  local root=$CONTAINER_CACHE/rootfs.new busybox
  busybox=$(realpath "$(command -v busybox)")
  mkdir -p "$root"/{usr/bin,etc,proc,sys,dev,tmp,root,run,mnt,host,var}
  ln -sfn usr/bin "$root/bin"
  ln -sfn usr/bin "$root/sbin"
  chmod 1777 "$root/tmp"
  cp "$busybox" "$root/usr/bin/busybox"
  "$busybox" --install -s "$root/usr/bin"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
  mv "$root" "$CONTAINER_CACHE/rootfs"
}

# Turns DIR/rootfs into the lower layer of an overlay mounted in its place.
container_overlay() {
  mv "$1/rootfs" "$1/image"
  mkdir -p "$1"/{rootfs,upper,work}
  mount -t overlay -o "lowerdir=$1/image,upperdir=$1/upper,workdir=$1/work" overlay "$1/rootfs"
}

# Writes DIR/config.json from `runc spec` and the options of container_bundle, with one run of jq:
# the lists go as positional arguments, one after the other, with their lengths beside them.
container_spec() {
  local dir=$1
  shift
  container_spec_template || return
  jq --arg caps "$caps" --argjson tty "$tty" --arg user "$user" --arg shared "${shared[*]}" \
    --arg privileged "$privileged" --arg nodes "$(container_device_nodes)" --slurpfile seccomp "${seccomp:-/dev/null}" \
    --argjson binds ${#binds[@]} --argjson variables ${#variables[@]} --argjson annotations ${#annotations[@]} \
    "$CONTAINER_SPEC_EDIT" "$CONTAINER_CACHE/config.json" \
    --args -- "${binds[@]}" "${variables[@]}" "${annotations[@]}" "$@" >"$dir/config.json"
}

# The edit as a jq program.
# shellcheck disable=SC2016
CONTAINER_SPEC_EDIT='
  def words: [splits("\\s+") | select(. != "")];
  def take($from; $count): $ARGS.positional[$from:$from + $count];
  ($caps | words | map("CAP_" + .) | unique) as $all
  | ($user | split(":") | map(tonumber)) as $ids
  | ($shared | gsub("net"; "network") | words) as $shared
  | .process.args = $ARGS.positional[$binds + $variables + $annotations:]
  | .process.terminal = $tty
  | .process.noNewPrivileges = false
  | .process.user = {uid: $ids[0], gid: ($ids[1] // $ids[0])}
  | .process.env += take($binds; $variables)
  | .process.capabilities = {bounding: $all, effective: $all, permitted: $all}
  | .root.readonly = false
  | .hostname = "container"
  | .linux.namespaces |= map(select(.type as $type | $shared | index($type) | not))
  | .annotations = (take($binds + $variables; $annotations)
      | map(split("=") | {key: .[0], value: (.[1:] | join("="))}) | from_entries)
  | .mounts += (take(0; $binds) | map(split(":")
      | {destination: .[1], source: .[0], type: "bind", options: ["rbind", (.[2] // "rw")]}))
  | if $seccomp[0] then .linux.seccomp = $seccomp[0] else . end
  | if $privileged == "" then . else
      .linux.maskedPaths = [] | .linux.readonlyPaths = []
      | .linux.resources.devices = [{allow: true, access: "rwm"}]
      | .linux.devices = ($nodes | split("\n") | map(select(. != "") | split(" ")
          | {path: .[0], type: .[1], major: (.[2] | tonumber), minor: (.[3] | tonumber), fileMode: 432, uid: 0, gid: 0}))
      | .mounts |= map(if .type == "sysfs" or .type == "cgroup" then .options -= ["ro"] else . end)
    end'

# What `runc spec` says is asked once.
container_spec_template() {
  [[ -e $CONTAINER_CACHE/config.json ]] || { mkdir -p "$CONTAINER_CACHE" && runc spec -b "$CONTAINER_CACHE"; }
}

# "PATH TYPE MAJOR MINOR" of the host's devices, without those that every container has; for privileged ones.
container_device_nodes() {
  local path type major minor
  [[ -n $privileged ]] || return 0
  find /dev -xdev \( -type b -o -type c \) ! -regex '/dev/\(null\|zero\|full\|random\|urandom\|tty\|ptmx\|console\)' \
    -exec stat -c '%n %F %t %T' {} + |
    while read -r path type _ _ major minor; do
      case $type in block) type=b ;; *) type=c ;; esac
      echo "$path $type $((16#$major)) $((16#$minor))"
    done
}

# container_run NAME DIR: runs the bundle to its end; the exit code is the container's (137: killed).
container_run() {
  local dir=$2 runc=(runc "${CONTAINER_RUNC_OPTIONS[@]}" run -b "$2" "$1")
  if [[ $(jq .process.terminal "$dir/config.json") == true ]]; then
    script -qefc "${runc[*]@Q}" /dev/null
  else
    "${runc[@]}"
  fi
}

# container_delete NAME DIR: removes what is left of a container and its bundle.
container_delete() {
  runc "${CONTAINER_RUNC_OPTIONS[@]}" delete -f "$1" 2>/dev/null || true
  ! mountpoint -q "$2/rootfs" || umount "$2/rootfs"
  rm -rf --one-file-system "${2:?}"
}
