# shellcheck shell=bash
# Kernels of the VM bench: finds, downloads and prepares Debian kernels in the cache.
# Sourced by `vm`. A prepared kernel is a directory CACHE/kernels/VERSION with
#   vmlinux        what QEMU boots (the ELF image; the bzImage where it cannot be extracted)
#   modules.cpio   the modules the guest needs before it has a root file system
#   dummy.ko       a small module for module-loading tests
#   lib/modules/   all modules, shown in the guest as /lib/modules/VERSION
# Nothing is added to the system's package lists: each suite has an apt directory of its own.

# Loaded by the guest's init, in this order (dependencies are added).
readonly BOOT_MODULES=(virtio_pci virtio_console virtio_rng virtio_blk 9pnet_virtio 9p overlay)
# The suites that carry kernels, most kernels first.
readonly SUITES=(trixie-backports bookworm trixie bullseye sid)
readonly INDEX_MAX_AGE_MINUTES=720

cache_dir() { echo "${VEDETTE_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vedette/vm}"; }

say() { echo "vm: $*" >&2; }
die() { say "$*"; exit 125; }

# The suites to look in for a request such as "6.1" or "newest".
suites_of() {
  case $1 in
    5.10) echo bullseye ;;
    6.1) echo bookworm ;;
    6.12) echo trixie ;;
    newest) echo trixie-backports sid ;;
    *) echo "${SUITES[@]}" ;;
  esac
}

# The Debian mirror this system already uses.
mirror_url() {
  local url=${VEDETTE_VM_MIRROR:-}
  [[ -n $url ]] || url=$(apt-get indextargets --format "\$(LABEL)|\$(SITE)" 2>/dev/null |
    sed -n 's/^Debian|//p' | head -n 1)
  [[ -n $url ]] || die "no Debian mirror in this system's apt sources:" \
    "set VEDETTE_VM_MIRROR=URL, or add a downloaded kernel package with: vm --add FILE.deb"
  echo "$url"
}

# suite_apt SUITE PROGRAM ARGS...: runs an apt program on that suite's private directory.
suite_apt() {
  local dir program=$2
  dir=$(cache_dir)/apt/$1
  shift 2
  "$program" -o "Dir::Etc=$dir/etc" -o Dir::Etc::sourceparts=- -o "Dir::State=$dir" -o "Dir::Cache=$dir" \
    -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Sandbox::User=root \
    -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 -o APT::Update::Error-Mode=any "$@"
}

# Refreshes a suite's package list when it is old; fails when the suite cannot be had.
suite_update() {
  local suite=$1 dir keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror
  dir=$(cache_dir)/apt/$suite
  [[ ! -e $dir/updated || -z $(find "$dir/updated" -mmin "-$INDEX_MAX_AGE_MINUTES") ]] || return 0
  [[ -r $keyring ]] || die "$keyring is missing: install the package debian-archive-keyring"
  mirror=$(mirror_url)
  mkdir -p "$dir/etc/preferences.d" "$dir/lists/partial" "$dir/archives/partial"
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$dir/etc/sources.list"
  say "reading the package list of $suite"
  suite_apt "$suite" apt-get -qq update >&2 || return 1
  touch "$dir/updated"
}

# Versions (as `uname -r` shows them) of a suite's generic kernels, oldest first.
suite_versions() {
  suite_apt "$1" apt-cache pkgnames linux-image- |
    sed -n 's/^linux-image-\([0-9][0-9.+a-z~-]*-amd64\)$/\1/p' | sed -E '/-(cloud|rt)-amd64$/d' | sort -V
}

# Keeps the versions that a request means: all for "newest", else equal or below that prefix.
matching() {
  local request=$1 version
  while read -r version; do
    [[ $request != newest && $version != "$request" && $version != "$request"[.+-]* ]] || echo "$version"
  done
}

# Prints "VERSION SUITE" of the highest kernel that the mirror has for a request.
find_candidate() {
  local request=$1 suite
  for suite in $(suites_of "$request"); do
    suite_update "$suite" || { say "the package list of $suite cannot be had"; continue; }
    suite_versions "$suite" | matching "$request" | sed "s/\$/ $suite/"
  done | sort -V | tail -n 1
}

cached_versions() {
  local dir
  for dir in "$(cache_dir)"/kernels/*/; do
    [[ ! -e $dir/vmlinux ]] || basename "$dir"
  done | sort -V
}

# Resolves a request from the cache alone; "newest" is what the last download called so.
cached_version() {
  local alias
  alias=$(cache_dir)/alias/$1
  if [[ $1 == newest ]]; then
    [[ ! -r $alias ]] || cat "$alias"
    return
  fi
  cached_versions | matching "$1" | tail -n 1
}

# Writes the decompressed form of a module to a file.
decompress_module() {
  case $1 in
    *.xz) xz -dc "$1" ;;
    *.zst) zstd -qdc "$1" ;;
    *.gz) gzip -dc "$1" ;;
    *) cat "$1" ;;
  esac >"$2"
}

# extract_vmlinux BZIMAGE OUT: unpacks the ELF image, which QEMU boots directly (PVH) and faster.
extract_vmlinux() {
  local image=$1 out=$2 offset tool
  while IFS=: read -r offset tool; do
    tail -c "+$((offset + 1))" "$image" | $tool 2>/dev/null >"$out" || true
    [[ $(head -c 4 "$out" | tail -c 3) == ELF ]] && return 0
  done < <(compressed_offsets "$image")
  return 1
}

compressed_offsets() {
  offsets_of "$1" '\xfd7zXZ\x00' 'xz -dc --single-stream'
  offsets_of "$1" '\x28\xb5\x2f\xfd' 'zstd -qdc'
}

# offsets_of FILE MAGIC TOOL: prints OFFSET:TOOL where the magic number occurs.
offsets_of() {
  { LC_ALL=C grep -aboP "$2" "$1" || true; } | LC_ALL=C sed -n "s/^\([0-9]*\):.*/\1:$3/p"
}

# Files of the boot modules and what they depend on, in load order.
boot_module_files() {
  local root=$1 version=$2 module
  for module in "${BOOT_MODULES[@]}"; do
    modprobe -d "$root" -S "$version" --show-depends "$module" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p'
  done | awk '!seen[$0]++'
}

pack_boot_modules() {
  local dir=$1 version=$2 stage=$1/stage file name n=10
  mkdir -p "$stage/modules"
  while read -r file; do
    name=$(basename "$file")
    decompress_module "$file" "$stage/modules/$n-${name%%.ko*}.ko"
    n=$((n + 1))
  done < <(boot_module_files "$dir" "$version")
  [[ $n -gt 10 ]] || die "no boot modules in the kernel package of $version"
  (cd "$stage" && find . | cpio --quiet -o -H newc) >"$dir/modules.cpio"
  rm -rf "$stage"
}

# unpack_packages DIR DEB...: with the modules in DIR/lib in any case (newer packages use usr/lib).
unpack_packages() {
  local dir=$1 deb
  shift
  for deb; do
    dpkg-deb -x "$deb" "$dir" || die "$deb cannot be unpacked: remove it and try again"
  done
  [[ -e $dir/lib || ! -d $dir/usr/lib/modules ]] || ln -s usr/lib "$dir/lib"
}

# Where packages of different ages have the bzImage.
kernel_image() {
  local image
  for image in "$1/boot/vmlinuz-$2" "$1/lib/modules/$2/vmlinuz"; do
    [[ ! -e $image ]] || { echo "$image"; return; }
  done
}

# prepare_kernel DEB...: unpacks a kernel's packages into the cache; prints its version.
prepare_kernel() {
  local kernels dir version image dummy
  kernels=$(cache_dir)/kernels
  rm -rf "$kernels"/.new.*
  mkdir -p "$kernels"
  dir=$(mktemp -d "$kernels/.new.XXXXXX")
  unpack_packages "$dir" "$@"
  version=$(basename "$(echo "$dir"/lib/modules/*)")
  image=$(kernel_image "$dir" "$version")
  [[ -n $image && -d $dir/lib/modules/$version/kernel ]] || die "not a Debian kernel image and its modules: $*"
  depmod -b "$dir" "$version"
  pack_boot_modules "$dir" "$version"
  dummy=$(find "$dir/lib/modules/" -name 'dummy.ko*' -path '*/net/*' | head -n 1)
  [[ -z $dummy ]] || decompress_module "$dummy" "$dir/dummy.ko"
  extract_vmlinux "$image" "$dir/vmlinux" || cp "$image" "$dir/vmlinux"
  chmod 755 "$dir"
  rm -rf "${kernels:?}/$version"
  mv "$dir" "$kernels/$version"
  echo "$version"
}

# The packages a kernel consists of: newer ones keep binary and modules apart from the image package.
kernel_packages() {
  echo "linux-image-$1"
  suite_apt "$2" apt-cache show "linux-image-$1" | sed -n 's/^Depends: //p' | head -n 1 |
    tr ',' '\n' | sed 's/^ *//; s/ .*//' | grep -Fx -e "linux-base-$1" -e "linux-binary-$1" -e "linux-modules-$1" || true
}

# download_kernel VERSION SUITE: the packages as files in CACHE/debs. An interrupted download resumes.
download_kernel() {
  local debs packages
  debs=$(cache_dir)/debs
  mkdir -p "$debs"
  mapfile -t packages < <(kernel_packages "$1" "$2")
  say "downloading ${packages[*]}"
  (cd "$debs" && suite_apt "$2" apt-get -q download "${packages[@]}" >&2) ||
    die "kernel $1 cannot be downloaded from suite $2: check the network, or use another --kernel (vm --list)"
}

# Holds the cache's lock while a command runs.
with_cache_lock() {
  local cache
  cache=$(cache_dir)
  mkdir -p "$cache/alias"
  exec {lock}>"$cache/lock"
  flock "$lock"
  "$@"
  exec {lock}>&-
}

# fetch_locked REQUEST: makes the highest matching kernel of the mirror available; prints its version.
fetch_locked() {
  local request=$1 candidate version suite debs
  debs=$(cache_dir)/debs
  candidate=$(find_candidate "$request")
  [[ -n $candidate ]] || die "no kernel \"$request\" on the Debian mirror: see vm --list, or VEDETTE_VM_MIRROR"
  read -r version suite <<<"$candidate"
  if [[ ! -e $(cache_dir)/kernels/$version/vmlinux ]]; then
    download_kernel "$version" "$suite"
    prepare_kernel "$debs"/linux-*-"$version"_*.deb >/dev/null
    rm -f "$debs"/linux-*-"$version"_*.deb
  fi
  echo "$version" >"$(cache_dir)/alias/$request"
  echo "$version"
}

# The cached kernel, or under the lock the downloaded one; another process may have been faster.
ensure_locked() {
  local version
  version=$(cached_version "$1")
  if [[ -n $version ]]; then echo "$version"; else fetch_locked "$1"; fi
}

update_kernel() { with_cache_lock fetch_locked "$1"; }

# ensure_kernel REQUEST: prints the version of a prepared kernel, downloading it if need be.
ensure_kernel() {
  local version
  version=$(cached_version "$1")
  if [[ -n $version ]]; then echo "$version"; else with_cache_lock ensure_locked "$1"; fi
}

add_kernel() {
  local deb
  for deb; do [[ -r $deb ]] || die "$deb cannot be read"; done
  with_cache_lock prepare_kernel "$@"
}

list_kernels() {
  local request version
  for request in 5.10 6.1 6.12 newest; do
    version=$(cached_version "$request")
    printf '%-8s %-30s (%s)\n' "$request" "${version:-not cached}" "$(suites_of "$request")"
  done
  echo "cached:"
  cached_versions | sed 's/^/  /'
}
