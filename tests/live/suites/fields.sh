# SPDX-License-Identifier: Apache-2.0
# Fields that need more than the event: environments, the names of addresses, what a runtime's files tell.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
readonly D=/run/live/f
mkdir -p $D
field() { echo ".output_fields[\"$1\"] == ${2}"; }

# --- environments --------------------------------------------------------------------------------------------------

cp "$(realpath "$(command -v bash)")" $D/vd-env
rule env 'evt.type in (execve, execveat) and proc.name = vd-env and proc.env[VD_MARK] != ""' \
  '%proc.env %proc.env[VD_MARK] %proc.env[VD_NONE] %proc.aenv[VD_MARK] %evt.truncated'
captures_environments() {
  env -i HOME=/nowhere VD_MARK='two words' $D/vd-env -c true
  env -i HOME=/nowhere $D/vd-env -c true # the near miss: not set
  expect env '.output_fields["proc.env"] == "HOME=/nowhere VD_MARK=two words" and .output_fields["proc.env[VD_MARK]"] == "two words"
    and .output_fields["proc.env[VD_NONE]"] == "" and .output_fields["evt.truncated"] == false' &&
    refuse env '.output_fields["proc.env"] == "HOME=/nowhere"'
}
it "knows the environment that a process was started with" captures_environments

rule "env of ancestors" 'evt.type in (open, openat) and fd.name = /run/live/f/of-child and proc.aenv contains "VD_ANCESTOR=secret"' \
  '%proc.aenv[VD_ANCESTOR] %proc.env[VD_ANCESTOR] %proc.name'
knows_ancestors_environments() {
  : >$D/of-child
  cat $D/of-child # the near miss: nobody has it
  VD_ANCESTOR=secret bash -c "env -i /bin/cat $D/of-child; true"
  expect "env of ancestors" '.output_fields["proc.aenv[VD_ANCESTOR]"] == "secret" and .output_fields["proc.env[VD_ANCESTOR]"] == ""' &&
    [[ $(jq -c 'select(.rule == "env of ancestors")' "$RUN_OUT" | wc -l) -eq 1 ]]
}
it "knows the environment of ancestors" knows_ancestors_environments

rule "cut env" 'evt.type in (execve, execveat) and proc.name = vd-cut and evt.truncated = true' '%evt.truncated %proc.env[VD_FIRST]'
cp $D/vd-env $D/vd-cut
tells_of_cut_environments() {
  env -i VD_FIRST=1 VD_LONG="$(head -c 6000 /dev/zero | tr '\0' x)" $D/vd-cut -c true
  expect "cut env" "$(field 'proc.env[VD_FIRST]' '"1"')"
}
it "says that an environment was cut" tells_of_cut_environments

mkfifo $D/order
rule "env of an elder" 'evt.type in (open, openat) and fd.name = /run/live/f/asked' '%proc.env[VD_ELDER]'
VD_ELDER=yes bash -c "read -r x <$D/order; : >$D/asked; true" &
knows_the_environments_of_elders() {
  echo go >$D/order
  expect "env of an elder" "$(field 'proc.env[VD_ELDER]' '"yes"')"
}
it "knows the environments of processes that ran before it" knows_the_environments_of_elders

# --- names of addresses --------------------------------------------------------------------------------------------

echo '127.0.0.9 vd-domain.test' >>/etc/hosts
rule domain 'evt.type = connect and fd.sip.name in (vd-domain.test, vd-unknown.test)' '%fd.sip %fd.sip.name %fd.rport'
rule "other domain" 'evt.type = connect and fd.rport = 7 and fd.sip.name != vd-domain.test' '%fd.sip %fd.sip.name'
names_addresses() {
  (: </dev/tcp/127.0.0.9/7) 2>/dev/null
  (: </dev/tcp/127.0.0.8/7) 2>/dev/null
  expect domain '.output_fields["fd.sip"] == "127.0.0.9" and .output_fields["fd.sip.name"] == "vd-domain.test"' &&
    expect "other domain" '.output_fields["fd.sip"] == "127.0.0.8" and .output_fields["fd.sip.name"] == null' &&
    refuse domain '.output_fields["fd.sip"] == "127.0.0.8"' &&
    refuse "other domain" '.output_fields["fd.sip"] == "127.0.0.9"'
}
it "compares addresses with what the names in the rules resolve to" names_addresses

# --- what an image begins with -------------------------------------------------------------------------------------

cp "$(realpath "$(command -v bash)")" $D/vd-shell
busybox nc -ll -p 4750 -e /bin/true &
rule "socket as input" 'evt.type in (execve, execveat) and proc.name = vd-shell and proc.stdin.type in (ipv4, ipv6)' \
  '%proc.stdin.type %proc.stdin.name %proc.stdout.type %proc.stderr.type %proc.stderr.name'
knows_a_reverse_shell() {
  # shellcheck disable=SC2016
  wait_until 20 bash -c ': 3<>/dev/tcp/127.0.0.1/4750' 2>/dev/null
  bash -c "exec 3<>/dev/tcp/127.0.0.1/4750; exec $D/vd-shell -c true <&3 >&3 2>/dev/null"
  bash -c "exec 3<>/dev/tcp/127.0.0.1/4750; exec $D/vd-shell -c true </dev/null" # the near miss: it has a socket, elsewhere
  expect "socket as input" '.output_fields["proc.stdin.type"] == "ipv4" and .output_fields["proc.stdout.type"] == "ipv4"
    and (.output_fields["proc.stdin.name"] | test("^127.0.0.1:[0-9]+->127.0.0.1:4750$"))
    and .output_fields["proc.stderr.type"] == "file" and .output_fields["proc.stderr.name"] == "/dev/null"' &&
    [[ $(jq -c 'select(.rule == "socket as input")' "$RUN_OUT" | wc -l) -eq 1 ]]
}
it "knows that a program's input is a socket, however short it lives" knows_a_reverse_shell

rule "other inputs" 'evt.type in (execve, execveat) and proc.name = vd-shell and proc.stdin.type exists and proc.args contains vd-other' \
  '%proc.args %proc.stdin.type %proc.stdin.name %proc.stdout.type %proc.stderr.type %proc.fdlimit %proc.vmsize %proc.vmrss %proc.pidns_init_start_ts %proc.pid.ts'
knows_other_inputs() {
  echo | $D/vd-shell -c ': vd-other pipe' | cat
  (ulimit -n 77 && $D/vd-shell -c ': vd-other limit' <$D/vd-shell 2>&-)
  (cd / && $D/vd-shell -c ': vd-other directory' <.)
  expect "other inputs" '(.output_fields["proc.args"] | endswith("pipe")) and .output_fields["proc.stdin.type"] == "pipe"
    and (.output_fields["proc.stdin.name"] | test("^pipe:\\[[0-9]+\\]$")) and .output_fields["proc.stdout.type"] == "pipe"' &&
    expect "other inputs" '(.output_fields["proc.args"] | endswith("limit")) and .output_fields["proc.stdin.type"] == "file"
      and .output_fields["proc.stdin.name"] == "/run/live/f/vd-shell" and .output_fields["proc.stderr.type"] == null
      and .output_fields["proc.fdlimit"] == 77' &&
    expect "other inputs" '(.output_fields["proc.args"] | endswith("directory")) and .output_fields["proc.stdin.type"] == "directory"
      and .output_fields["proc.vmsize"] > .output_fields["proc.vmrss"] and .output_fields["proc.pidns_init_start_ts"] > 0
      and .output_fields["proc.pidns_init_start_ts"] < .output_fields["proc.pid.ts"]'
}
it "knows pipes, files and limits that a program begins with" knows_other_inputs

rule "elder's input" 'evt.type in (open, openat) and fd.name = /run/live/f/asked-too and proc.stdin.type = pipe' '%proc.stdin.name'
mkfifo $D/order-too
: | (read -r x <$D/order-too; : >$D/asked-too) &
knows_the_inputs_of_elders() {
  echo go >$D/order-too
  expect "elder's input" '(.output_fields["proc.stdin.name"] | startswith("pipe:["))'
}
it "knows the input of processes that ran before it" knows_the_inputs_of_elders

# --- layers of an overlay ------------------------------------------------------------------------------------------

mkdir -p $D/lower $D/upper $D/work $D/merged
echo old >$D/lower/kept && echo old >$D/lower/changed && cp "$(command -v busybox)" $D/lower/vd-below && echo new >$D/upper/added
mount -t overlay -o lowerdir=$D/lower,upperdir=$D/upper,workdir=$D/work overlay $D/merged
rule layers 'evt.type in (open, openat) and fd.name startswith /run/live/f/merged/ and (fd.is_upper_layer = true or fd.is_lower_layer = true)' \
  '%fd.filename %fd.is_upper_layer %fd.is_lower_layer'
rule "no layers" 'evt.type in (open, openat) and fd.name = /run/live/f/lower/kept and fd.is_upper_layer = false and fd.is_lower_layer = false' '%fd.name'
rule "lower program" 'evt.type in (execve, execveat) and proc.exepath = /run/live/f/merged/vd-below and proc.is_exe_lower_layer = true' \
  '%proc.is_exe_upper_layer %evt.arg.flags'
knows_layers() {
  cat $D/merged/kept $D/merged/added
  echo more >>$D/merged/changed
  cat $D/lower/kept
  $D/merged/vd-below 2>/dev/null
  local layer='.output_fields["fd.filename"] == "%s" and .output_fields["fd.is_upper_layer"] == %s and .output_fields["fd.is_lower_layer"] == %s'
  # shellcheck disable=SC2059
  expect layers "$(printf "$layer" kept false true)" && expect layers "$(printf "$layer" added true false)" &&
    expect layers "$(printf "$layer" changed true false)" && expect "no layers" &&
    expect "lower program" '.output_fields["proc.is_exe_upper_layer"] == false and (.output_fields["evt.arg.flags"] | contains("EXE_LOWER_LAYER"))'
}
it "knows which layer of an overlay a file is in" knows_layers

# --- times and numbers ---------------------------------------------------------------------------------------------

rule numbers 'evt.type = openat and evt.rawarg.fd = -2 and fd.name = /run/live/f/nowhere' \
  '%evt.rawarg.fd %evt.rawarg.dirfd %evt.count.error.file %evt.deltatime %evt.reltime %evt.latency %fd.containername'
knows_numbers() {
  cat $D/nowhere 2>/dev/null
  expect numbers '.output_fields["evt.rawarg.fd"] == -2 and .output_fields["evt.rawarg.dirfd"] == -100 and .output_fields["evt.count.error.file"] == 1
    and .output_fields["evt.deltatime"] >= 0 and .output_fields["evt.reltime"] > 1000000 and .output_fields["evt.latency"] == 0
    and .output_fields["fd.containername"] == ":/run/live/f/nowhere"'
}
it "knows arguments as numbers, and the time since other events" knows_numbers

# --- containers ----------------------------------------------------------------------------------------------------

rule mounts 'evt.type in (open, openat) and fd.name = /vd-late and container.mount.dest[/run/live/f*] exists' \
  '%container.mounts %container.mount.dest[/run/live/f*] %container.mount.source[/seen] %container.mount.rdwr[0] %container.mount.propagation[0] %container.host_network %container.host_pid'
knows_mounts() {
  local late='i=0; while [ $i -lt 30 ]; do cat /vd-late; i=$((i+1)); sleep 0.1; done'
  in_container --bind $D:/seen:ro --host-net --add /etc/hostname:/vd-late -- sh -c "$late" >/dev/null
  in_container --add /etc/hostname:/vd-late -- sh -c "$late" >/dev/null # the near miss: no such mount
  expect mounts '.output_fields["container.mount.dest[/run/live/f*]"] == "/seen" and .output_fields["container.mount.source[/seen]"] == "/run/live/f"
    and .output_fields["container.host_network"] == true and .output_fields["container.host_pid"] == false' &&
    refuse mounts '.output_fields["container.host_network"] == false'
}
it "knows what of the host is mounted into a container" knows_mounts

run_suite
