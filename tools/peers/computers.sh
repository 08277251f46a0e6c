#!/usr/bin/env bash
# Computers for tests: N real OpenSSH servers, each with its own file system, processes, host name, host key and boot id.
#
# A computer is a private overlay over this machine's root in namespaces of its own (mount, pid, uts, ipc). It has all the
# programs of this machine; what it writes is on its own small disk and vanishes with it. The network is this machine's:
# computer N listens on NET.N, a loopback address. Needs root with CAP_SYS_ADMIN; without it `start` says so.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
me=$(basename "$0")
PATH=$PATH:/usr/sbin:/sbin

usage() {
  cat << U
usage: $me start [--state DIR] [--count 3] [--net 127.78.0] [--port 2222] [--disk 64m]   prints one line of KEY=value
       $me stop | status | wipe [--state DIR]
       $me fault N KIND      and a restart of N; KIND is one of: $KINDS
       $me reboot N          everything running on N dies, files stay, new boot id; returns when it is up again
       $me off N | on N      no power | power
       $me cut N             kills the SSH sessions of N; what they started goes on
       $me exec N CMD...     runs CMD as root on N
  auth: no account is accepted   closed: connection refused   mute: connects and says nothing   blackhole: no answer to SYN
  nosudo: login without rights   diskfull: 16 KiB are left    changed-hostkey: another key than in known_hosts
  expired: the account has expired   mustchange: its password has to be changed   lockout: two refused passwords lock it
  noexec: no program may be run below /var/lib/relaypoint-dp
  booting: PAM lets nobody in yet, and says so  keysonly: takes no passwords        secondfactor: wants more than the password
  targetpw: sudo wants root's password          requiretty: sudo wants a terminal   otherwords: sudo says what sudo-rs says
  noisy: the shell's start file prints          tcsh, fish: the account's shell is another one
U
}
die() {
  printf '%s: %s\n' "$me" "$*" >&2
  exit 1
}

KINDS='none auth closed mute blackhole nosudo diskfull changed-hostkey expired mustchange lockout noexec
booting keysonly secondfactor targetpw requiretty otherwords noisy tcsh fish'
command=${1:-}
[ $# -eq 0 ] || shift
state=${TMPDIR:-/tmp}/relaypoint-computers count=3 net=127.78.0 port=2222 disk=64m
words=()
# shellcheck disable=SC2034 # disk goes into the settings by its name
while [ $# -gt 0 ]; do
  case $1 in
    --state) state=$2 && shift ;;
    --count) count=$2 && shift ;;
    --net) net=$2 && shift ;;
    --port) port=$2 && shift ;;
    --disk) disk=$2 && shift ;;
    *)
      words+=("$1")
      # what follows `exec N` belongs to the command
      if [ "$command" = exec ] && [ ${#words[@]} = 1 ]; then
        shift
        words+=("$@")
        break
      fi
      ;;
  esac
  shift
done
case $net in 127.*) ;; *) die '--net must be loopback' ;; esac
mkdir -p "$state"
state=$(cd "$state" && pwd -P)
case $state in *[,:\\\ ]*) die '--state must hold no comma, colon, backslash or blank (overlay mount options)' ;; esac
# all but start work with what start was given
# shellcheck disable=SC1091
if [ "$command" != start ] && [ -f "$state/settings" ]; then . "$state/settings"; fi

name_of() { printf 'pc-%02d' "$1"; }

# A pid file holds pid and start time, so that a pid that was given away again is never taken for ours.
started_at() { sed 's/.*) //' "/proc/$1/stat" 2> /dev/null | cut -d' ' -f20; }
write_pid() { echo "$2 $(started_at "$2")" > "$1"; }
running() {
  local pid since
  read -r pid since 2> /dev/null < "$1" && [ "$(started_at "$pid")" = "$since" ] && echo "$pid"
}
within() { # SECONDS COMMAND...: until COMMAND succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.05
  done
}

# pid 1 of computer N as seen from here: the child of its unshare, once it has left this machine's root
first_process() {
  local parent child
  parent=$(running "$state/$1/boot.pid") || return 1
  child=$(cat "/proc/$parent/task/$parent/children" 2> /dev/null) || return 1
  child=${child%% *}
  [ -n "$child" ] && [ -e "/proc/$child/root/run/booted" ] && echo "$child"
}
answers() { # N: it behaves as its fault says
  first_process "$1" > /dev/null || return 1
  case $(cat "$state/$1/fault") in
    closed) ;;
    # neither taken nor refused: `timeout` has to end it
    blackhole) timeout 0.5 bash -c "exec 3<>/dev/tcp/$net.$1/$port" 2> /dev/null; [ $? = 124 ] ;;
    mute) timeout 1 bash -c "exec 3<>/dev/tcp/$net.$1/$port" 2> /dev/null ;;
    *) [ "$(timeout 1 bash -c "exec 3<>/dev/tcp/$net.$1/$port && head -c4 <&3" 2> /dev/null)" = SSH- ] ;;
  esac
}
wait_for() { within 90 answers "$1" || die "computer $1 does not answer: $(tail -3 "$state/$1/log")"; }
inside() { # N COMMAND...
  local pid
  pid=$(first_process "$1") || die "computer $1 is not up"
  shift
  nsenter -t "$pid" -m -u -i -p -r -w env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}
power_off() { # the kernel ends all processes of a pid namespace with its first one
  local parent child
  parent=$(running "$state/$1/boot.pid") || return 0
  child=$(cat "/proc/$parent/task/$parent/children" 2> /dev/null) || return 0
  [ -z "$child" ] || kill -KILL "${child%% *}" 2> /dev/null || :
}
restarted() { [ "$(cat "$state/$1/boots")" != "$2" ]; }
restart() {
  local before
  before=$(cat "$state/$1/boots")
  power_off "$1"
  within 90 restarted "$1" "$before" || die "computer $1 did not start again"
  wait_for "$1"
}
chosen() {
  n=${words[0]:-}
  if ! [[ $n =~ ^[0-9]+$ ]] || ! running "$state/$n/computer.pid" > /dev/null; then die "no computer ${n:-?} is running"; fi
}

line() {
  printf 'PEER=computers COUNT=%s NET=%s PORT=%s USER=deploy PASSWORD=%s KEY_USER=keyer KEY_FILE=%s KNOWN_HOSTS=%s STATE=%s\n' \
    "$count" "$net" "$port" "$(cat "$state/password")" "$state/id" "$state/known_hosts" "$state"
}

start() {
  local n key tool
  if running "$state/1/computer.pid" > /dev/null; then
    # shellcheck disable=SC1091
    . "$state/settings"
    line
    return
  fi
  [ "$(id -u)" = 0 ] || die 'needs root'
  for tool in sshd sudo ssh-keygen openssl perl setpriv nsenter pgrep; do
    command -v "$tool" > /dev/null || die "$tool is missing (Debian: openssh-server sudo openssl perl-base util-linux procps)"
  done
  unshare --mount --pid --uts --ipc --fork true 2> /dev/null || die 'namespaces are not allowed here (CAP_SYS_ADMIN is missing)'
  for n in count net port disk; do printf '%s=%q\n' "$n" "${!n}"; done > "$state/settings"
  [ -f "$state/password" ] || (umask 077 && printf 'pw-%s' "$(head -c 9 /dev/urandom | base64 | tr '+/' 'xy')" > "$state/password")
  [ -f "$state/id" ] || ssh-keygen -q -t ed25519 -N '' -C computers -f "$state/id"
  "$here/computers-template.sh" "$state" "$net" "$count"
  : > "$state/known_hosts"
  for ((n = 1; n <= count; n++)); do
    mkdir -p "$state/$n"
    rm -f "$state/$n/off" "$state/$n/boot.pid"
    echo none > "$state/$n/fault"
    echo 0 > "$state/$n/boots"
    for key in hostkey otherkey; do
      [ -f "$state/$n/$key" ] || ssh-keygen -q -t ed25519 -N '' -C "$(name_of "$n")" -f "$state/$n/$key"
    done
    printf '[%s.%s]:%s %s\n' "$net" "$n" "$port" "$(cut -d' ' -f1,2 "$state/$n/hostkey.pub")" >> "$state/known_hosts"
    setsid unshare --mount --propagation private "$here/computers-boot.sh" power "$state" "$n" > "$state/$n/log" 2>&1 < /dev/null &
    write_pid "$state/$n/computer.pid" $!
  done
  for ((n = 1; n <= count; n++)); do wait_for "$n"; done
  line
}

ended() { ! running "$1" > /dev/null; }
stop() {
  local file pid
  for file in "$state"/*/computer.pid; do
    pid=$(running "$file") || continue
    kill -TERM "$pid" 2> /dev/null || :
    power_off "$(basename "$(dirname "$file")")"
    within 5 ended "$file" || kill -KILL "$pid" 2> /dev/null || :
  done
  rm -f "$state"/*/computer.pid "$state"/*/boot.pid
}

case $command in
  start) start ;;
  status)
    running "$state/1/computer.pid" > /dev/null || { echo 'PEER=computers STATE=stopped' && exit 3; }
    line
    for ((n = 1; n <= count; n++)); do
      echo "COMPUTER=$n NAME=$(name_of "$n") HOST=$net.$n FAULT=$(cat "$state/$n/fault") UP=$(answers "$n" && echo yes || echo no)"
    done
    ;;
  stop) stop ;;
  wipe)
    stop
    rm -rf "$state"
    ;;
  fault)
    chosen
    case " ${KINDS//$'\n'/ } " in *" ${words[1]:-} "*) ;; *) die "unknown fault ${words[1]:-}" ;; esac
    echo "${words[1]}" > "$state/$n/fault"
    restart "$n"
    ;;
  reboot) chosen && restart "$n" ;;
  off)
    chosen
    touch "$state/$n/off"
    power_off "$n"
    within 5 ended "$state/$n/boot.pid" || die "computer $n does not end"
    ;;
  on)
    chosen
    rm -f "$state/$n/off"
    wait_for "$n"
    ;;
  cut)
    chosen
    # shellcheck disable=SC2016 # expanded on the computer
    inside "$n" sh -c 'for s in $(pgrep -P "$(cat /run/sshd.pid)"); do kill -KILL $(pgrep -x -P "$s" sshd) "$s"; done' || :
    ;;
  exec) chosen && inside "${words[@]}" ;;
  *)
    usage >&2
    exit 2
    ;;
esac
