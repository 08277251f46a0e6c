#!/usr/bin/env bash
# A bare Debian machine: a root of bare-debian.sh with Node and npm beside it and nothing else, for tests of npm start and
# npm test. As root.
#   make BASE                         the bare root, once
#   run BASE PLACE USER COMMAND...    runs a command as USER (root or tester) on a machine of its own: BASE with what was
#                                     changed before in PLACE/changes, its own processes, ended with the command. It
#                                     runs in the project's copy there, with node_modules and dist of this checkout
set -euo pipefail

checkout=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")

make() {
  local base=$1 node npm
  [ ! -e "$base.complete" ] || return 0
  rm -rf "$base"
  mkdir -p "$(dirname "$base")"
  "$checkout/tools/testing/bare-debian.sh" "$checkout/.artifacts/bare-root" bookworm
  cp -a "$checkout/.artifacts/bare-root/bookworm" "$base"
  # the machine's own Node, not one that is a package of the project
  node=$(PATH=/usr/local/bin:/usr/bin:/bin command -v node) || { echo 'there is no node in /usr/bin' >&2; exit 1; }
  npm=$(dirname "$(dirname "$(readlink -f "$(PATH=/usr/local/bin:/usr/bin:/bin command -v npm)")")")
  cp "$(readlink -f "$node")" "$base/usr/bin/node"
  mkdir -p "$base/usr/lib/node_modules"
  cp -a "$npm" "$base/usr/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$base/usr/bin/npm"
  chroot "$base" useradd --create-home tester
  # what this machine's administrator did to reach the network
  if ls /usr/local/share/ca-certificates/*.crt > /dev/null 2>&1; then
    mkdir -p "$base/usr/local/share/ca-certificates"
    cp /usr/local/share/ca-certificates/*.crt "$base/usr/local/share/ca-certificates/"
    cat /usr/local/share/ca-certificates/*.crt > "$base/etc/extra-ca.pem"
  fi
  touch "$base.complete"
}

run() {
  local base=$1 place=$2 user=$3
  shift 3
  mkdir -p "$place"/{changes,work,root}
  export base place user
  exec unshare --mount --propagation private --pid --fork --kill-child=KILL "$0" inside "$@"
}

# names what a command has left running: every process but this shell, the first, and those that look. Helpers of the broker
# take a moment to see that it has ended
left_running() {
  local left
  for _ in 1 2 3 4 5; do
    left=$(running_in "$1")
    [ -n "$left" ] || return 0
    sleep 1
  done
  echo "$left"
}

running_in() {
  chroot "$1" sh -c '
    for process in /proc/[0-9]*; do
      [ "$process" != /proc/1 ] && [ "$process" != "/proc/$$" ] || continue
      command=$(tr "\0" " " < "$process/cmdline" 2> /dev/null) && [ -n "$command" ] || continue
      echo "left running: $command"
    done'
}

inside() {
  local root=$place/root home=/root ca=()
  mount -t overlay overlay -o "lowerdir=$base,upperdir=$place/changes,workdir=$place/work" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  # a memory disk: what lies there is no change to the machine
  mount -t tmpfs tmpfs "$root/tmp"
  for folder in node_modules dist; do
    mkdir -p "$root/srv/relaypoint/$folder"
    mount --bind "$checkout/$folder" "$root/srv/relaypoint/$folder"
    mount -o remount,bind,ro "$root/srv/relaypoint/$folder"
  done
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  [ "$user" = root ] || home=/home/$user
  [ ! -e "$root/etc/extra-ca.pem" ] || ca=(NODE_EXTRA_CA_CERTS=/etc/extra-ca.pem PIP_CERT=/etc/ssl/certs/ca-certificates.crt)
  # not exec: this process, the first of its namespace, reaps what loses its parent
  trap '' INT TERM
  env -i HOME="$home" LANG=C.UTF-8 npm_config_update_notifier=false PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ${ca[@]+"${ca[@]}"} \
    chroot --userspec="$user" "$root" env --default-signal=INT,TERM --chdir=/srv/relaypoint "$@" && code=0 || code=$?
  left_running "$root"
  exit "$code"
}

command=$1
shift
"$command" "$@"
