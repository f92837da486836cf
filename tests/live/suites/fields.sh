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
