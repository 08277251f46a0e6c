#!/usr/bin/env bash
# Roots of bare Debian machines for tests, each made once and kept. As root.
#   bare-debian.sh FOLDER NAME [PACKAGE...]   makes FOLDER/NAME, the smallest Debian with these packages and what they need
# Whoever comes while another one makes a root waits for it.
set -euo pipefail

suite=bookworm
mirror=${RELAYPOINT_TEST_DEBIAN_MIRROR:-http://deb.debian.org/debian}
folder=$1
name=$2
shift 2

# $1: a root to be; it is one when it has its name
fresh() {
  umount "$1.new/proc" 2> /dev/null || true
  rm -rf --one-file-system "$1.new"
}

make_smallest() {
  fresh "$1"
  debootstrap --variant=minbase "$suite" "$1.new" "$mirror" > "$1.log" 2>&1 || { tail -3 "$1.log" >&2; exit 1; }
  rm -rf "$1.new/var/cache/apt"
  mv -T "$1.new" "$1"
}

make_with_packages() {
  local root=$1 smallest=$2
  shift 2
  fresh "$root"
  cp -a "$smallest" "$root.new"
  cp /etc/resolv.conf "$root.new/etc/"
  # no service is started on a machine that does not run
  printf '#!/bin/sh\nexit 101\n' > "$root.new/usr/sbin/policy-rc.d"
  chmod 755 "$root.new/usr/sbin/policy-rc.d"
  mount -t proc proc "$root.new/proc"
  chroot "$root.new" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 sh -c \
    'apt-get update && apt-get install -y --no-install-recommends "$@"' sh "$@" > "$root.log" 2>&1 \
    || { tail -3 "$root.log" >&2; exit 1; }
  umount "$root.new/proc"
  rm -rf "$root.new/usr/sbin/policy-rc.d" "$root.new/var/cache/apt"
  mv -T "$root.new" "$root"
}

mkdir -p "$folder"
exec 9> "$folder/.lock"
flock 9
[ -e "$folder/$suite" ] || make_smallest "$folder/$suite"
[ $# = 0 ] || [ -e "$folder/$name" ] || make_with_packages "$folder/$name" "$folder/$suite" "$@"
