# SPDX-License-Identifier: Apache-2.0
# Falco's stable rules, unmodified: each fires for a real operation, and not for its near misses. docs/falco-parity.md has
# the same as a table.
#
# The names of programs are what these rules go by: copies of a shell and of our static program are nginx and httpd.
# In boxes, busybox's shell would run its own applets without the exec that rules wait for; a path makes it exec.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=../batch.sh
source "$(dirname "$0")/../batch.sh"
readonly D=/run/live/p
readonly HIDDEN=198.51.100.7 API=198.51.100.8
stock falco_rules.yaml

box_kinds=(plain privileged tty)

no_warning() {
  ! grep -iE 'warning|error' "$RUN_LOG" || fail "it had something to say about Falco's rules"
}
it "loads Falco's stable rules without a warning" no_warning

# A second agent sees the same kernel do the same, and evaluates each event.
TWIN='' TWIN_START=''
starts_a_twin() {
  "$VEDETTE" run --json --prefilter off --pin-dir none --hook-socket none --control-socket none --self-protection off \
    "${suite_files[@]}" -r "$WORK/rules.yaml" --append-output-field container.id >"$WORK/twin.json" 2>"$WORK/twin.log" &
  TWIN=$!
  wait_until 240 is_ready "$WORK/twin.log" || { fail "$(cat "$WORK/twin.log")"; return 1; }
  TWIN_START=$(date -u +%Y-%m-%dT%H:%M:%S)
}
it "runs beside an agent without a prefilter" starts_a_twin
it "sees all operations through" performs

# --- files ---------------------------------------------------------------------------------------------------------

# The shell that runs this is among the parents that the rule forgives, so others start the readers.
play_traversal() {
  timeout 60 cat /run/live/../../etc/hostname
  timeout 60 cat /run/live/../../etc/no-such-file
  cat /run/live/../../etc/hostname               # from a shell
  timeout 60 cat /run/../etc/hostname            # one step up
  timeout 60 cat /run/live/../../run/live/p/file # not watched
  timeout 60 "$ATTACKS" open /run/live/../../etc/no-such-file # a failed open(2) has no type for Falco
}
told_traversal() {
  told "Directory traversal monitored file read" "where evt.type proc.name fd.name fd.nameraw proc.pname proc.aname[2]" \
    "host openat cat /etc/hostname /run/live/../../etc/hostname timeout bash" \
    "host openat cat /etc/no-such-file /run/live/../../etc/no-such-file timeout bash"
}
case_of traversal "Directory traversal monitored file read" \
  "an open of /etc by ../../, also a failed one; not one step up, not from a shell, not of another folder, not a failed open(2)"

play_trusted() {
  "$D/nginx" -c 'sleep 6; read -r x </etc/shadow; read -r x </etc/passwd; true' &
  readers=($!)
  "$D/sshd" -c 'sleep 6; read -r x </etc/shadow; true' & # excepted by name
  readers+=($!)
  "$D/httpd" open /etc/shadow # at its start
}
told_trusted() {
  told "Read sensitive file trusted after startup" "where proc.name fd.name proc.exepath proc.pcmdline" \
    "host nginx /etc/shadow $D/nginx bash $0"
}
case_of trusted "Read sensitive file trusted after startup" "nginx reads /etc/shadow after six seconds; not httpd at its start, not sshd, not /etc/passwd"

play_untrusted() {
  cat /etc/shadow /etc/pam.d/login /etc/passwd
  read -r _ </etc/shadow                              # a shell may
  tee -a /etc/shadow </dev/null                          # for writing only
  setpriv --reuid 65534 --clear-groups head /etc/shadow  # fails
  tail /etc/no-such-file
  box plain '/bin/cat /etc/sudoers.d/one /etc/passwd'
}
told_untrusted() {
  told "Read sensitive file untrusted" "where proc.name fd.name user.name" "host cat /etc/shadow root" "host cat /etc/pam.d/login root" \
    "host nginx /etc/shadow root" "host httpd /etc/shadow root" "container cat /etc/sudoers.d/one root"
}
case_of untrusted "Read sensitive file untrusted" "cat, nginx and a container read secrets; not a shell, not for writing, not in vain, not /etc/passwd"

play_clear_log() {
  mkdir -p /var/log && echo x >>/var/log/parity
  : >/var/log/parity
  : >"$D/auth.log"
  : >>/var/log/parity
  : >"$D/notes"
  truncate -s 0 /var/log/parity # no O_TRUNC
  cat /var/log/parity
}
told_clear_log() {
  told "Clear Log Activities" "where fd.name proc.name" "host /var/log/parity bash" "host $D/auth.log bash"
}
case_of clear_log "Clear Log Activities" "a log emptied by its folder and by its name; not appended to, not read, not another file, not truncate(1)"

play_symlink() {
  ln -s /etc/shadow "$D/soft"
  ln -s /root "$D/soft-folder"
  ln -s /etc/passwd "$D/soft-passwd"
  ln -s etc/shadow "$D/soft-relative"
}
told_symlink() {
  told "Create Symlink Over Sensitive Files" "where evt.type evt.arg.target evt.arg.linkpath" \
    "host symlinkat /etc/shadow $D/soft" "host symlinkat /root $D/soft-folder"
}
case_of symlink "Create Symlink Over Sensitive Files" "links to /etc/shadow and /root; not to /etc/passwd, not relative ones"

play_hardlink() {
  ln /etc/shadow /etc/shadow.parity
  ln /etc/passwd /etc/passwd.parity
}
told_hardlink() {
  told "Create Hardlink Over Sensitive Files" "where evt.type evt.arg.oldpath evt.arg.newpath" "host linkat /etc/shadow /etc/shadow.parity"
}
case_of hardlink "Create Hardlink Over Sensitive Files" "a link to /etc/shadow; not to /etc/passwd"

# --- programs ------------------------------------------------------------------------------------------------------

play_shell() {
  "$D/nginx" -c "sh -c 'echo parity'; sh -c whoami; id; sh -c 'sh -c true; true'; true"
  "$D/dpkg" -c "$D/nginx -c \"sh -c 'echo package'; true\"; true"
}
told_shell() {
  told "Run shell untrusted" "where proc.cmdline proc.pname proc.pexepath proc.aname[2]" \
    "host sh -c echo parity nginx $D/nginx bash" "host sh -c sh -c true; true nginx $D/nginx bash"
}
case_of shell "Run shell untrusted" "nginx runs sh; not sh -c whoami, not id, not a shell's shell, not below dpkg"

play_system_user() {
  "$D/sshd" -c 'setpriv --reuid=daemon --clear-groups /usr/bin/id -u; id -g; true'
  setpriv --reuid=daemon --clear-groups /usr/bin/id -un
}
told_system_user() {
  told "System user interactive" "where user.name user.uid proc.cmdline proc.pname" "host daemon 1 id -u sshd"
}
case_of system_user "System user interactive" "daemon runs id below sshd; not root there, not daemon elsewhere"

play_terminal() {
  box tty 'sh -c "echo nested"; true'
  script -qec "sh -c true" /dev/null
}
told_terminal() {
  expect "Terminal shell in container" '.output_fields["proc.tty"] != 0' &&
    told "Terminal shell in container" "where proc.name proc.exepath proc.cmdline" "container sh /usr/bin/busybox sh /play.sh"
}
case_of terminal "Terminal shell in container" "a container's first shell has a terminal; not the shell below it, not without one, not on the host"

play_keys() {
  mkdir -p "$D/keys"
  : >"$D/keys/id_rsa"
  grep -rs "BEGIN RSA PRIVATE" "$D/keys"
  find "$D/keys" -name id_rsa
  grep -rs "BEGIN CERTIFICATE" "$D/keys"
  find "$D/keys" -name "*.pem"
  cat "$D/keys/id_rsa"
}
told_keys() {
  told "Search Private Keys or Passwords" "where proc.cmdline" "host grep -rs BEGIN RSA PRIVATE $D/keys" "host find $D/keys -name id_rsa"
}
case_of keys "Search Private Keys or Passwords" "grep for a private key, find of id_rsa; not for certificates, not cat"

play_aws() {
  grep -s aws_secret_access_key "$D/file"
  find "$D" -path "$D/.aws/credentials"
  grep -s aws_region "$D/file"
  find "$D/.aws/credentials" -type f
}
told_aws() {
  told "Find AWS Credentials" "where proc.cmdline proc.cwd group.gid" "host grep -s aws_secret_access_key $D/file $D/ 0" \
    "host find $D -path $D/.aws/credentials $D/ 0"
}
case_of aws "Find AWS Credentials" "grep for a key, find that ends in .aws/credentials; not grep for a region, not find that only contains it"

play_remove() {
  echo x >"$D/shredded" && shred -n 1 "$D/shredded" && rm "$D/shredded"
  dd if=/dev/zero of="$D/overwritten" bs=1 count=1
}
told_remove() {
  told "Remove Bulk Data from Disk" "where proc.cmdline proc.exepath" "host shred -n 1 $D/shredded /usr/bin/shred"
}
case_of remove "Remove Bulk Data from Disk" "shred; not rm, not dd"

# A failed exec is its caller's event.
play_shm() {
  mkdir -p /dev/shm/folder
  cp /bin/bash /dev/shm/tool && cp /bin/bash /dev/shm/folder/relative
  echo true >/dev/shm/script
  /dev/shm/tool -c "exec $D/file"
  (cd /dev/shm/folder && ./relative -c true)
  sh /dev/shm/script
  "$D/tool" -c true
  (cd /dev/shm/folder && "$D/tool" -c true)
  cat /dev/shm/script
  box plain '/bin/cp /bin/busybox /dev/shm/true; /dev/shm/true' # runc mounts it noexec, and the shell is elsewhere
}
told_shm() {
  told "Execution from /dev/shm" "where evt.res proc.cmdline proc.exepath proc.cwd" \
    "host SUCCESS tool -c exec $D/file /dev/shm/tool $D/" "host EACCES tool -c exec $D/file /dev/shm/tool $D/" \
    "host SUCCESS relative -c true /dev/shm/folder/relative /dev/shm/folder/" "host SUCCESS sh /dev/shm/script /usr/bin/dash $D/"
}
case_of shm "Execution from /dev/shm" "a program by its path, by ./ and as a script, and its failed exec; not one elsewhere, not with that working directory only, not cat, not in vain from elsewhere"

play_memfd() {
  attacks exec-memfd "$D/busybox" true
  attacks exec-unlinked "$D/busybox" true
  "$D/runc" exec-memfd "$D/busybox" true # known to do so
  box plain '/attacks exec-memfd /bin/busybox true'
}
told_memfd() {
  told "Fileless execution via memfd_create" "where evt.type evt.res proc.exepath proc.pname" \
    "host execveat SUCCESS memfd:attack attacks" "container execveat SUCCESS memfd:attack attacks"
}
case_of memfd "Fileless execution via memfd_create" "a memfd on the host and in a container; not an unlinked file, not below runc"

play_dropped() {
  box plain '/bin/cp /bin/busybox /tmp/true && /tmp/true; /bin/true'
  box privileged 'cp /bin/busybox /tmp/true && /tmp/true' # no overlay there
  cp "$D/busybox" /usr/local/bin/true-parity && "$D/tool" -c 'exec -a true /usr/local/bin/true-parity'
}
told_dropped() {
  told "Drop and execute new binary in container" "where proc.exe proc.exepath proc.pname" "container /tmp/true /tmp/true sh"
}
case_of dropped "Drop and execute new binary in container" "a copy in the upper layer; not the image's own, not without overlayfs, not on the host"

play_debugfs() {
  debugfs -V
  box plain '/bin/chroot /host /usr/sbin/debugfs -V'
  box privileged '/bin/chroot /host /usr/sbin/debugfs -V'
}
told_debugfs() {
  local count
  told "Debugfs Launched in Privileged Container" "where proc.cmdline proc.pname" "container debugfs -V sh" || return
  # A plain container's alert would look the same.
  count=$(jq -c 'select(.rule == "Debugfs Launched in Privileged Container")' "$RUN_OUT" | wc -l)
  [[ $count -eq 1 ]] || fail "$count alerts, not one"
}
case_of debugfs "Debugfs Launched in Privileged Container" "debugfs in a privileged container; not in another, not on the host"

play_module() {
  insmod /vm/dummy.ko && rmmod dummy
  box plain '/bin/insmod /dummy.ko'
  box privileged '/bin/insmod /dummy.ko'
}
told_module() {
  told "Linux Kernel Module Injection Detected" "where evt.res proc.cmdline proc.pexepath" "container SUCCESS insmod /dummy.ko /usr/bin/busybox"
}
case_of module "Linux Kernel Module Injection Detected" "insmod in a container with the capability; not without it, not on the host"

play_release_agent() {
  : >"$D/release_agent"
  box plain ': >/tmp/release_agent'
  box privileged ': >/tmp/release_agent; /bin/cat /tmp/release_agent; : >/tmp/release_agent2'
}
told_release_agent() {
  expect "Detect release_agent File Container Escapes" '.output_fields["thread.cap_effective"] | contains("CAP_SYS_ADMIN")' &&
    told "Detect release_agent File Container Escapes" "where fd.name proc.name user.uid" "container /tmp/release_agent sh 0"
}
case_of release_agent "Detect release_agent File Container Escapes" "written with CAP_SYS_ADMIN; not without, not read, not on the host, not another name"

play_attach() {
  sleep 300 &
  traced=$!
  attacks ptrace-attach $traced
  attacks ptrace-seize $traced
  attacks vm-readv $traced 4096
  kill $traced
}
told_attach() {
  told "PTRACE attached to process" "where evt.type proc.cmdline proc.pcmdline" "host ptrace attacks ptrace-attach $traced bash $0" \
    "host ptrace attacks ptrace-seize $traced bash $0"
}
case_of attach "PTRACE attached to process" "PTRACE_ATTACH and PTRACE_SEIZE; not PTRACE_TRACEME, not process_vm_readv"

play_traceme() { attacks ptrace-traceme; }
told_traceme() {
  told "PTRACE anti-debug attempt" "where evt.type proc.cmdline" "host ptrace attacks ptrace-traceme"
}
case_of traceme "PTRACE anti-debug attempt" "PTRACE_TRACEME; not PTRACE_ATTACH"

# --- network -------------------------------------------------------------------------------------------------------

# Ports 22 and 443 are served, for the whole play; 8443 is not.
play_ssh() {
  local options=(-o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=no)
  ssh "${options[@]}" -p 443 $HIDDEN true
  ssh "${options[@]}" -p 22 $HIDDEN true
  ssh "${options[@]}" -p 443 127.0.0.1 true
  timeout 20 ssh -o BatchMode=yes -p 8443 $HIDDEN true # refused
  attacks connect $HIDDEN 443
}
told_ssh() {
  told "Disallowed SSH Connection Non Standard Port" "where proc.name fd.rport fd.type fd.l4proto evt.type" "host ssh 443 ipv4 tcp connect" &&
    expect "Disallowed SSH Connection Non Standard Port" ".output_fields[\"fd.name\"] | endswith(\"->$HIDDEN:443\")"
}
case_of ssh "Disallowed SSH Connection Non Standard Port" "ssh to port 443 of a public address; not to 22, not to 127.0.0.1, not if refused, not another program"

play_api_server() {
  attacks connect $API 443
  box plain "/attacks connect $API 443; /attacks connect $HIDDEN 443"
}
told_api_server() {
  told "Contact K8S API Server From Container" "where proc.name fd.rport evt.type" "container attacks 443 connect"
}
case_of api_server "Contact K8S API Server From Container" "a connect to the address behind the name; not to another, not from the host"

play_netcat() {
  "$D/nc" 127.0.0.1 443 -e /bin/true
  box plain '/bin/nc 127.0.0.1 443 -e /bin/true; /bin/nc -w 1 127.0.0.1 443 </dev/null'
}
told_netcat() {
  told "Netcat Remote Code Execution in Container" "where proc.cmdline proc.exepath" "container nc 127.0.0.1 443 -e /bin/true /usr/bin/busybox"
}
case_of netcat "Netcat Remote Code Execution in Container" "nc -e in a container; not without -e, not on the host"

play_packet() {
  attacks socket 17 3
  box plain '/attacks socket 17 3; /attacks socket 2 1'
}
told_packet() {
  told "Packet socket created in container" "where proc.cmdline" "container attacks socket 17 3"
}
case_of packet "Packet socket created in container" "AF_PACKET in a container; not AF_INET, not on the host"

play_redirect() {
  attacks dup-socket 127.0.0.1 443
  box plain "/attacks dup-socket 127.0.0.1 443; /attacks dup-lowest 127.0.0.1 443
    /attacks serve @parity - & i=0; until /attacks dup-socket @parity - || [ \$i -ge 50 ]; do i=\$((i + 1)); sleep 0.1; done; wait
    true >/tmp/redirected"
}
told_redirect() {
  told "Redirect STDOUT/STDIN to Network Connection in Container" "where evt.type proc.cmdline fd.type fd.l4proto fd.sip" \
    "container dup attacks dup-lowest 127.0.0.1 443 ipv4 tcp 127.0.0.1" "container dup2 attacks dup-socket 127.0.0.1 443 ipv4 tcp 127.0.0.1" \
    "container dup3 attacks dup-socket 127.0.0.1 443 ipv4 tcp 127.0.0.1" "container dup2 nc 127.0.0.1 443 -e /bin/true ipv4 tcp 127.0.0.1"
}
case_of redirect "Redirect STDOUT/STDIN to Network Connection in Container" "a TCP socket onto 0, 1, 2 by dup, dup2, dup3 and nc -e; not a unix socket, not a file, not on the host"

# Rule by rule, with all that the alerts say but when it was. What the agents do themselves only the other one sees.
alerts_of() {
  tr -d '\000' <"$1" | jq -rc --arg start "$TWIN_START" 'select(.time > $start) | select(.output_fields["proc.name"] != "vedette")
    | select(.rule != "live mark") | [.rule, (.output_fields | with_entries(select(.key | test("time|duration|evt.num") | not)))]' | LC_ALL=C sort
}
gives_the_same_alerts() {
  settle || return
  kill -INT "$TWIN"
  wait "$TWIN" || { fail "the twin failed: $(cat "$WORK/twin.log")"; return 1; }
  grep -q '^ *losses *none' "$WORK/twin.log" || { fail "the twin has lost events: $(grep -A3 losses "$WORK/twin.log")"; return 1; }
  [[ $(alerts_of "$RUN_OUT" | wc -l) -ge 40 ]] || { fail "$(alerts_of "$RUN_OUT" | wc -l) alerts are no comparison"; return 1; }
  diff <(alerts_of "$WORK/twin.json") <(alerts_of "$RUN_OUT") | sed -n 's/^</    missing: /p; s/^>/    too many:/p' | cut -c1-300 | head -n 10 >&2
  [[ ${PIPESTATUS[0]} -eq 0 ]] || fail "the prefilter changes alerts"
}
it "gives the alerts that it gives without a prefilter" gives_the_same_alerts

# --- all of it -----------------------------------------------------------------------------------------------------

prepare() {
  local name
  mkdir -p "$D/.aws" /etc/sudoers.d && cd "$D" || exit 1
  : >"$D/file"
  chmod 644 "$D/file"
  for name in nginx sshd dpkg tool; do cp /bin/bash "$D/$name"; done
  for name in httpd runc; do cp "$ATTACKS" "$D/$name"; done
  cp "$(realpath "$(command -v busybox)")" "$D/busybox"
  ln -s busybox "$D/nc"
  ip address add $HIDDEN/32 dev lo && ip address add $API/32 dev lo
  echo "$API kubernetes.default.svc.cluster.local" >>/etc/hosts
  for name in 22 443; do "$D/busybox" nc -ll -p $name -e /bin/true & done
}

box_plain() { box_with plain --overlay --host-net --bind /:/host; }
box_privileged() {
  box_with privileged --privileged --bind /:/host
  rmmod dummy
}
box_tty() { box_with tty --tty; }
box_with() {
  : >"$WORK/one"
  run_box "$@" --add "$WORK/one:etc/sudoers.d/one" --add /vm/dummy.ko
}

prepare
run_suite --append-output-field container.id
