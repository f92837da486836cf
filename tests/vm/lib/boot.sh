# shellcheck shell=bash
# Boots one guest and brings back the command's output and exit code. Sourced by `vm`, whose
# option variables it reads (kernel, cpus, memory, lsm, append, disks, copies, variables, ...).
# shellcheck disable=SC2154

# The words as one shell word each, separated by spaces.
quoted() {
  local word separator=''
  for word; do
    printf "%s'%s'" "$separator" "${word//\'/\'\\\'\'}"
    separator=' '
  done
}

need_programs() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || die "$program is missing: install the packages in $here/packages.txt"
  done
}

static_busybox() {
  local path
  path=$(command -v busybox) || die "busybox is missing: install the package busybox-static"
  [[ $(head -c 65536 "$path" | LC_ALL=C grep -ac 'ld-linux') == 0 ]] ||
    die "$path is not static: install the package busybox-static"
  echo "$path"
}

# What the guest's init and stage2 read.
write_config() {
  local path
  echo "KERNEL=$version"
  echo "KERNEL_DIR=$(quoted "$kernel_dir")"
  echo "GUEST_DIR=$(quoted "$here/guest")"
  echo "WORKING_DIR=$(quoted "$PWD")"
  echo "INTERACTIVE=$interactive"
  echo "CGROUP1_NAMED=$cgroup1_named"
  echo "copy_all() {"
  echo "  :"
  for path in "${copies[@]}"; do echo "  copy_in $(quoted "$path")"; done
  echo "}"
}

terminal_size() {
  local rows columns
  read -r rows columns < <(stty size 2>/dev/null || echo 24 80)
  echo "stty rows $rows cols $columns"
}

# The script that becomes the command.
write_command() {
  local variable
  echo "unset KERNEL KERNEL_DIR GUEST_DIR WORKING_DIR INTERACTIVE CGROUP1_NAMED"
  echo "export HOME=/root USER=root TERM=$(quoted "${TERM:-linux}") VEDETTE_VM=$version VEDETTE_VM_MODULE=/vm/dummy.ko"
  echo "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  for variable in "${variables[@]}"; do
    echo "export ${variable%%=*}=$(quoted "${variable#*=}")"
  done
  [[ -z $interactive ]] || terminal_size
  echo "exec $(quoted "${command[@]}")"
}

# The initramfs: the kernel's modules, then this run's files.
build_initrd() {
  local stage=$run/initrd
  mkdir -p "$stage/bin" "$stage/bench"
  cp "$(static_busybox)" "$stage/bin/busybox"
  cp "$here/guest/init" "$stage/init"
  cp "$here/guest/stage2" "$stage/bench/stage2"
  write_config >"$stage/bench/config"
  write_command >"$stage/bench/command"
  chmod 755 "$stage/init" "$stage/bin/busybox"
  { cat "$kernel_dir/modules.cpio"; (cd "$stage" && find . | cpio --quiet -o -H newc -R 0:0); } >"$run/initrd.img"
}

kernel_arguments() {
  # no_timer_check: on a busy machine the emulated timer can be late for the kernel's test of it, which then panics.
  local line="console=ttyS1 quiet loglevel=4 no_timer_check panic=-1 oops=panic softlockup_panic=1 watchdog_thresh=30 rdinit=/init"
  line+=" systemd.unified_cgroup_hierarchy=1 random.trust_cpu=on"
  # Emulated, code is translated once per address that it is at: with each process's at others, the start of a small one is
  # mostly translation (suites take a quarter less time without). What the kernel's own addresses are stays random.
  # And waits of the kernel for its readers, of which detaching a program on 6.1 has several, end without a pause: a stop there
  # takes 3.8 s instead of 4.6 s. The same readers are waited for.
  ! emulated_freely || line+=" norandmaps rcupdate.rcu_expedited=1"
  [[ -z $lsm ]] || line+=" lsm=$lsm"
  echo "$line$append"
}

# Where KVM once failed on this host kernel, it is not tried again.
kvm_failed_mark() { echo "$(cache_dir)/kvm-failed-on-$(uname -r)"; }
kvm_usable() {
  [[ $kvm != no && -z $icount && ! -e $(kvm_failed_mark) ]] && (: <>/dev/kvm) 2>/dev/null
}

# Not with --icount, whose figures are compared with earlier ones.
emulated_freely() { [[ -z $icount && $kvm != tried ]]; }

# Emulated, two processors sometimes lock each other up (measured: 2 of some 60 runs with containers).
default_cpus() {
  if [[ $kvm == tried ]]; then echo 2; else echo 1; fi
}

accelerator() {
  local cpu=max
  if [[ -n $icount ]]; then
    qemu+=(-accel "tcg,thread=single" -icount "shift=0,sleep=off")
    cpus=1
  elif kvm_usable; then
    kvm=tried
    qemu+=(-accel kvm -accel tcg)
  else
    qemu+=(-accel tcg)
    # An emulated "rep movsb" moves one byte at a time; the kernel moves words where it is not said to be fast (an agent's
    # start on 6.1: 7.4 s, without 4.6 s).
    cpu=max,erms=off,fsrm=off
  fi
  qemu+=(-cpu "$cpu" -smp "${cpus:-$(default_cpus)}" -m "$memory")
}

add_disks() {
  local disk n=0
  for disk in "${disks[@]}"; do
    qemu+=(-drive "file=${disk//,/,,},format=raw,if=none,id=disk$n,snapshot=on" -device "virtio-blk-pci,drive=disk$n")
    n=$((n + 1))
  done
}

add_ports() {
  local name
  qemu+=(-device virtio-serial-pci)
  for name in out err exit; do
    qemu+=(-chardev "file,id=$name,path=$run/$name" -device "virtserialport,chardev=$name,name=vedette_$name")
  done
}

# ttyS0 is the user's terminal (--shell) or nothing; ttyS1 the kernel's messages.
add_consoles() {
  if [[ -n $interactive ]]; then
    qemu+=(-chardev "stdio,id=terminal,mux=on,signal=off" -serial chardev:terminal)
  else
    qemu+=(-serial null)
  fi
  qemu+=(-serial "file:$run/console")
}

qemu_command() {
  local extra
  qemu=(qemu-system-x86_64 -M q35 -nodefaults -no-user-config -display none -no-reboot)
  accelerator
  qemu+=(-kernel "$kernel_dir/vmlinux" -initrd "$run/initrd.img" -append "$(kernel_arguments)")
  qemu+=(-virtfs "local,path=/,mount_tag=vedette_root,security_model=none,readonly=on,multidevs=remap")
  qemu+=(-device virtio-rng-pci)
  add_disks
  add_ports
  add_consoles
  read -r -a extra <<<"${VEDETTE_VM_QEMU:-}"
  qemu+=("${extra[@]}")
}

# Runs QEMU; its own messages go to a file. Sets `qemu_status` (124: timed out).
# The ports lead to files that are followed, not to pipes: while a pipe is full QEMU keeps what the guest has written to
# itself, and throws it away when the guest powers off.
boot_with_ports() {
  local out_pid err_pid
  truncate -s 0 "$run/out" "$run/err"
  timeout -k 5 "${timeout:-300}" "${qemu[@]}" </dev/null >"$run/qemu" 2>&1 &
  qemu_pid=$!
  follow out &
  out_pid=$!
  follow err >&2 &
  err_pid=$!
  { wait "$qemu_pid" && qemu_status=0 || qemu_status=$?; } 2>/dev/null
  qemu_pid=''
  wait "$out_pid" "$err_pid" || true
}

# Prints what comes through a port until QEMU has ended.
follow() {
  exec tail -c +1 -s 0.1 -f --pid="$qemu_pid" "$run/$1"
}

boot_on_terminal() {
  local settings
  settings=$(stty -g 2>/dev/null || true)
  timeout --foreground -k 5 "${timeout:-0}" "${qemu[@]}" 2>"$run/qemu" && qemu_status=0 || qemu_status=$?
  [[ -z $settings ]] || stty "$settings"
}

boot() {
  qemu_command
  truncate -s 0 "$run/exit" "$run/console"
  if [[ -n $interactive ]]; then boot_on_terminal; else boot_with_ports; fi
}

# QEMU may find KVM and yet crash on it before the guest says a word.
kvm_crashed() {
  [[ $kvm == tried && $qemu_status != 0 && ! -s $run/console && ! -s $run/exit ]] &&
    [[ $qemu_status != 124 && $qemu_status != 137 ]]
}

boot_without_kvm() {
  say "KVM does not work here: emulating (remembered in $(kvm_failed_mark))"
  touch "$(kvm_failed_mark)"
  kvm=no
  boot
}

clean_up() {
  [[ -z ${qemu_pid:-} ]] || kill "$qemu_pid" 2>/dev/null || true
  rm -rf "$run"
}

# Says why there is no exit code, with the end of the kernel's messages.
machine_failed() {
  local why
  if [[ $qemu_status == 124 || $qemu_status == 137 ]]; then
    why="timed out after ${timeout:-300} s (kernel $version; see --timeout)"
  elif grep -qa 'Kernel panic' "$run/console" 2>/dev/null; then
    why="the guest kernel $version panicked: $(grep -a -m 1 -o 'Kernel panic.*' "$run/console" | tr -d '\r')"
  elif [[ $qemu_status != 0 ]]; then
    why="QEMU failed: $(tail -n 1 "$run/qemu")"
  else
    why="the guest ended without an exit code (kernel $version)"
  fi
  say "$why"
  [[ ! -s $run/console ]] || { say "the end of the guest kernel's messages:"; tail -n 25 "$run/console" | tr -d '\r' >&2; }
  exit 125
}

run_machine() {
  local version kernel_dir qemu qemu_status
  need_programs qemu-system-x86_64 busybox cpio modprobe flock timeout
  [[ -z $interactive || ${#command[@]} -gt 0 ]] || command=(bash)
  version=$(ensure_kernel "$kernel")
  kernel_dir=$(realpath "$(cache_dir)/kernels/$version")
  run=$(mktemp -d)
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  build_initrd
  boot
  ! kvm_crashed || boot_without_kvm
  [[ -z $boot_log ]] || cp "$run/console" "$boot_log"
  [[ -s $run/exit ]] || machine_failed
  exit "$(tr -dc 0-9 <"$run/exit")"
}
