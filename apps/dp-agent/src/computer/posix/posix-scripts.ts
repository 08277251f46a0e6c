/**
 * What runs on a computer, as POSIX sh. Every script is called with $1 = path prefix ('' on a real computer), $2 = order,
 * $3 = attempt. An attempt lives in ROOT/var/lib/relaypoint-dp/ORDER-ATTEMPT, only root's: the unpacked release, `pid`
 * and `boot` of the run, `out.log`, `ending` once it was asked to end, and `rc` with the exit code once it has ended. The folder
 * is made by one mkdir before anything is started and removed only after the result is in the agent's journal: as long as it is
 * there, nobody starts this attempt again, neither this machine of the DP nor its other one. What is brought for it lies beside
 * it until then, in a folder of each agent's own ($4): two that are at it at once must not unpack into the same one. The exit
 * code stays for 30 days even then.
 */
const HEAD = `
set -u
LC_ALL=C; export LC_ALL
root=$1 order=$2 attempt=$3
base=$root/var/lib/relaypoint-dp
dir=$base/$order-$attempt
umask 077
boot_id() {
  if [ -n "$root" ]; then sed 1q "$root/boot_id" 2> /dev/null
  else cat /proc/sys/kernel/random/boot_id 2> /dev/null || sysctl -n kern.boottime 2> /dev/null || echo unknown; fi
}
# leads: the first process of the run still runs (a pid alone may have been given to another process)
leads() {
  kill -0 "$pid" 2> /dev/null || return 1
  [ ! -r "/proc/$pid/cmdline" ] || grep -q relaypoint-run "/proc/$pid/cmdline" 2> /dev/null
}
# members: the processes of the group, which has the pid of its first one, but for those that only wait to be reaped
members() {
  kill -0 -"$pid" 2> /dev/null || return 0
  # without /proc there is no telling them apart
  [ -r /proc/self/stat ] || { echo "$pid"; return; }
  cat /proc/[0-9]*/stat 2> /dev/null | sed 's/^\\([0-9]*\\) (.*) /\\1 /' |
    awk -v group="$pid" '$4 == group && $2 != "Z" && $2 != "X" { print $1 }'
}
# alive DIR: the run that was started in it still runs, if only what it started in turn: that has its environment
alive() {
  pid=$(cat "$1/pid" 2> /dev/null) && [ -n "$pid" ] || return 1
  [ "$(cat "$1/boot" 2> /dev/null)" = "$(boot_id)" ] || return 1
  ! leads || return 0
  for member in $(members); do
    [ -r /proc/self/stat ] || return 0
    tr '\\0' '\\n' 2> /dev/null < "/proc/$member/environ" | grep -qxF "RELAYPOINT_EXIT_CODE=$1/exit-code" && return 0
  done 2> /dev/null
  return 1
}
state_of() {
  # who was asked to end has not before everything is gone; else what an installer left running is no part of it
  if [ -e "$1/ending" ] && alive "$1"; then echo running
  elif [ -s "$1/rc" ]; then echo "ended $(cat "$1/rc")"
  elif alive "$1"; then echo running
  # it may have ended between the two looks
  elif [ -s "$1/rc" ]; then echo "ended $(cat "$1/rc")"
  # just made: whoever made it is about to start, unless it is not to
  elif [ ! -s "$1/pid" ] && [ ! -e "$1/ending" ] && [ -n "$(find "$1" -maxdepth 0 -mmin -2 2> /dev/null)" ]; then echo running
  # it says its pid a moment after its start, which may have been just now, and may have ended since
  elif alive "$1"; then echo running
  elif [ -s "$1/rc" ]; then echo "ended $(cat "$1/rc")"
  else echo dead; fi
}
`;

/** Prints what the computer is, as name=value lines; `run.ATTEMPT=STATE` for each attempt of the order found there. */
export const LOOK = `${HEAD}
echo "os=$(uname -s)"
echo "arch=$(uname -m)"
if [ -n "$root" ]; then echo "hostname=$(sed 1q "$root/etc/hostname" 2> /dev/null)"; else echo "hostname=$(hostname 2> /dev/null || uname -n)"; fi
echo "bootId=$(boot_id)"
echo "clientVersion=$(sed 1q "$root/opt/relaypoint-client/VERSION" 2> /dev/null)"
place=$root/var/lib
[ -d "$place" ] || place=\${root:-/}
echo "freeKiB=$(df -Pk "$place" 2> /dev/null | awk 'NR == 2 { print $4 }')"
for found in "$base/$order"-*; do
  [ -d "$found" ] || continue
  number=\${found##*-}
  case $number in '' | *[!0-9]*) continue ;; esac
  [ "$found" = "$base/$order-$number" ] && echo "run.$number=$(state_of "$found")"
done
exit 0
`;

/** $5 = sha256. Takes the release from standard input, checks its digest and unpacks it beside the attempt's folder. */
export const STAGE = `${HEAD}
# exit codes of orders that no DP is asked about any more, and what was left where an agent was killed; nothing in it is secret
[ ! -d "$base" ] || find "$base" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} + 2> /dev/null
new=$dir.$4.new
rm -rf "$new"
mkdir -p "$new/release" || exit 1
cat > "$new/release.tar.gz" || exit 1
if command -v sha256sum > /dev/null; then sum=$(sha256sum < "$new/release.tar.gz")
else sum=$(shasum -a 256 < "$new/release.tar.gz"); fi
[ "\${sum%% *}" = "$5" ] || { echo "digest is \${sum%% *}" >&2; exit 90; }
tar -xzf "$new/release.tar.gz" -C "$new/release" || exit 91
rm "$new/release.tar.gz"
# a file system mounted noexec lets everything through but the start of the installer
printf '#!/bin/sh\nexit 0\n' > "$new/probe" && chmod 700 "$new/probe" || exit 1
"$new/probe" || { echo "programs in $base must not be run (noexec?)" >&2; exit 92; }
rm "$new/probe"
`;

/** Stands between single quotes below, and has none. */
const RUN = `
dir=$1; shift
# in this order: who ends the run leaves its word first, then looks for the pid
echo $$ > "$dir/pid" || exit 1
[ ! -e "$dir/ending" ] || exit 1
cd "$dir/release" || exit 1
RELAYPOINT_EXIT_CODE=$dir/exit-code; export RELAYPOINT_EXIT_CODE
# asked to end it waits for its program, which is asked as well and has this signal as it always is
asked=
trap asked=1 TERM
# in parentheses, or some shells put a word of their own, such as Terminated, into the log
(exec "$@" > "$dir/out.log" 2>&1)
code=$?
# what follows is short, and its programs would inherit the default
trap "" TERM
# ended by being asked to, as by a shutdown of the computer: nobody knows how far it got
[ -z "$asked" ] || [ $code -ne 143 ] || exit 1
echo $code > "$dir/rc.new"
# a code of its own, too large for the one byte that POSIX has for it
wide=$(sed 1q "$dir/exit-code" 2> /dev/null)
case $wide in "" | *[!0-9]* | ??????????*) ;; *) echo "$wide" > "$dir/rc.new" ;; esac
mv "$dir/rc.new" "$dir/rc"
`;

/**
 * $5... = program and its arguments; the registration comes on standard input and reaches the program through a pipe, so
 * that it is never on this disk. Starts the program in a session of its own, which outlives the connection; where there is no
 * setsid (macOS), in a group of its own, by job control.
 */
export const START = `${HEAD}
new=$dir.$4.new
if ! mkdir "$dir" 2> /dev/null; then
  [ -d "$dir" ] || exit 1
  rm -rf "$new"
  echo exists; exit 0
fi
mv "$new/release" "$dir/release" || exit 1
rmdir "$new"
shift 4
[ -z "$root" ] || { RELAYPOINT_ROOT=$root; export RELAYPOINT_ROOT; }
registration=$(cat)
boot_id > "$dir/boot"
own=nohup
! command -v setsid > /dev/null || own=setsid
printf '%s\\n' "$registration" | {
  [ $own = setsid ] || set -m
  $own sh -c '${RUN}' relaypoint-run "$dir" "$@" <&3 3<&- > /dev/null 2>&1 &
} 3<&0
echo started
`;

/** $4 = seconds. Waits that long for the end; prints the state, then the last of the output. */
export const WAIT = `${HEAD}
left=$(($4 * 5))
state=$(state_of "$dir")
while [ "$state" = running ] && [ $left -gt 0 ]; do
  sleep 0.2 2> /dev/null || { sleep 1; left=$((left - 4)); }
  left=$((left - 1))
  state=$(state_of "$dir")
done
echo "$state"
tail -c 16384 "$dir/out.log" 2> /dev/null
exit 0
`;

/**
 * Ends the run with everything it started in its group: by request, then by force. Prints the state, which is `running` as long as
 * anything is left. What was only about to start does not any more.
 */
export const KILL = `${HEAD}
# end_by SIGNAL FIFTHS: the pid stays taken as long as one of the group is there
end_by() {
  kill -"$1" -"$pid" 2> /dev/null || kill -"$1" "$pid" 2> /dev/null
  left=$2
  while is_left && [ $left -gt 0 ]; do sleep 0.2 2> /dev/null || sleep 1; left=$((left - 1)); done
}
is_left() { [ -n "$(members)" ] || leads; }
asked=
if [ "$(state_of "$dir")" = running ]; then
  touch "$dir/ending"
  if alive "$dir"; then
    asked=1
    # a package manager in the middle of its work needs some time to put things in order
    end_by TERM 75
    ! is_left || end_by KILL 25
  fi
fi
if [ -n "$asked" ] && is_left; then echo running; else state_of "$dir"; fi
tail -c 16384 "$dir/out.log" 2> /dev/null
exit 0
`;

/**
 * Removes what this attempt of the order and those before it left, but for their exit codes: should this DP lose its journal,
 * or get an old one back, and the order come again, it finds here how the attempt ended instead of starting it a second time.
 * A later attempt may be the DP's other machine's by now, and run.
 */
export const CLEAN = `${HEAD}
for found in "$base/$order"-*; do
  number=\${found##*-}
  number=\${number%%.*}
  case $number in '' | *[!0-9]*) continue ;; esac
  [ "$number" -le "$attempt" ] || continue
  rm -rf "$base/$order-$number".new "$base/$order-$number".*.new
  if [ -s "$base/$order-$number/rc" ]; then
    find "$base/$order-$number" -mindepth 1 -maxdepth 1 ! -name rc -exec rm -rf {} +
  else rm -rf "$base/$order-$number"; fi
done
rmdir "$base" 2> /dev/null
exit 0
`;

/** $4 as for STAGE. Removes what was brought for an attempt and never started. */
export const DISCARD = `${HEAD}
rm -rf "$dir.$4.new"
rmdir "$base" 2> /dev/null
exit 0
`;

/**
 * Restarts the computer, after the client had a moment to register. A folder that stands for a computer gets another boot
 * id, and its client is started as the computer's start would start it.
 */
export const RESTART = `${HEAD}
left=75
while [ -s "$root/etc/relaypoint-client/registration" ] && [ $left -gt 0 ]; do sleep 0.2 2> /dev/null || sleep 1; left=$((left - 1)); done
own=nohup
! command -v setsid > /dev/null || own=setsid
if [ -n "$root" ]; then
  cat /proc/sys/kernel/random/uuid > "$root/boot_id"
  $own sh -c '[ ! -x "$0" ] || "$0" contact || { sleep 2; "$0" contact; }' \
    "$root/opt/relaypoint-client/bin/relaypoint-client" > /dev/null 2>&1 < /dev/null &
else
  $own sh -c 'sleep 1; shutdown -r now || reboot' > /dev/null 2>&1 < /dev/null &
fi
exit 0
`;

/** Removes the client. */
export const UNINSTALL = `${HEAD}
program=$root/opt/relaypoint-client/bin/relaypoint-client
[ ! -x "$program" ] || "$program" uninstall || exit
rm -rf "$base"
`;
