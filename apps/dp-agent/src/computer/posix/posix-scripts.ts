/**
 * What runs on a computer, as POSIX sh. Every script is called with $1 = path prefix ('' on a real computer), $2 = order,
 * $3 = attempt. An attempt lives in ROOT/var/lib/relaypoint-dp/ORDER-ATTEMPT, only root's: the unpacked release, `pid`
 * and `boot` of the run, `out.log`, and `rc` with the exit code once it has ended. The folder is made by one rename before
 * anything is started and removed only after the result is in the agent's journal: as long as it is there, nobody
 * starts this attempt again. The exit code stays for 30 days even then.
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
# alive DIR: the run that was started in it still runs (a pid alone may have been given to another process)
alive() {
  pid=$(cat "$1/pid" 2> /dev/null) || return 1
  [ "$(cat "$1/boot" 2> /dev/null)" = "$(boot_id)" ] && kill -0 "$pid" 2> /dev/null || return 1
  [ ! -r "/proc/$pid/cmdline" ] || grep -q relaypoint-run "/proc/$pid/cmdline" 2> /dev/null
}
state_of() {
  if [ -s "$1/rc" ]; then echo "ended $(cat "$1/rc")"
  elif alive "$1"; then echo running
  # it may have ended between the two looks
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

/** $4 = sha256. Takes the release from standard input, checks its digest and unpacks it beside the attempt's folder. */
export const STAGE = `${HEAD}
# exit codes of orders that no DP is asked about any more, and what was left where an agent was killed; nothing in it is secret
[ ! -d "$base" ] || find "$base" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} + 2> /dev/null
rm -rf "$dir.new"
mkdir -p "$dir.new/release" || exit 1
cat > "$dir.new/release.tar.gz" || exit 1
if command -v sha256sum > /dev/null; then sum=$(sha256sum < "$dir.new/release.tar.gz")
else sum=$(shasum -a 256 < "$dir.new/release.tar.gz"); fi
[ "\${sum%% *}" = "$4" ] || { echo "digest is \${sum%% *}" >&2; exit 90; }
tar -xzf "$dir.new/release.tar.gz" -C "$dir.new/release" || exit 91
rm "$dir.new/release.tar.gz"
# a file system mounted noexec lets everything through but the start of the installer
printf '#!/bin/sh\nexit 0\n' > "$dir.new/probe" && chmod 700 "$dir.new/probe" || exit 1
"$dir.new/probe" || { echo "programs in $base must not be run (noexec?)" >&2; exit 92; }
rm "$dir.new/probe"
`;

const RUN = `
dir=$1; shift
cd "$dir/release" || exit 1
RELAYPOINT_EXIT_CODE=$dir/exit-code; export RELAYPOINT_EXIT_CODE
"$@" > "$dir/out.log" 2>&1
echo $? > "$dir/rc.new"
# a code of its own, too large for the one byte that POSIX has for it
wide=$(sed 1q "$dir/exit-code" 2> /dev/null)
case $wide in "" | *[!0-9]* | ??????????*) ;; *) echo "$wide" > "$dir/rc.new" ;; esac
mv "$dir/rc.new" "$dir/rc"
`;

/**
 * $4... = program and its arguments; the registration comes on standard input and reaches the program through a pipe, so
 * that it is never on this disk. Starts the program in a session of its own, which outlives the connection.
 */
export const START = `${HEAD}
if [ -d "$dir" ]; then echo exists; exit 0; fi
mv "$dir.new" "$dir" || exit 1
shift 3
[ -z "$root" ] || { RELAYPOINT_ROOT=$root; export RELAYPOINT_ROOT; }
registration=$(cat)
boot_id > "$dir/boot"
own=nohup
! command -v setsid > /dev/null || own=setsid
printf '%s\\n' "$registration" | $own sh -c '${RUN}' relaypoint-run "$dir" "$@" > /dev/null 2>&1 &
echo $! > "$dir/pid"
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

/** Ends the run with everything it started in its session; prints the state. */
export const KILL = `${HEAD}
if alive "$dir"; then
  kill -TERM -"$pid" 2> /dev/null || kill -TERM "$pid"
  left=25
  while alive "$dir" && [ $left -gt 0 ]; do sleep 0.2 2> /dev/null || sleep 1; left=$((left - 1)); done
  ! alive "$dir" || kill -KILL -"$pid" 2> /dev/null || kill -KILL "$pid"
  sleep 0.2 2> /dev/null || sleep 1
fi
state_of "$dir"
tail -c 16384 "$dir/out.log" 2> /dev/null
exit 0
`;

/**
 * Removes what every attempt of the order left, but for its exit code: should this DP lose its journal, or get an old one
 * back, and the order come again, it finds here how the attempt ended instead of starting it a second time.
 */
export const CLEAN = `${HEAD}
for found in "$base/$order"-*; do
  number=\${found##*-}
  number=\${number%.new}
  case $number in '' | *[!0-9]*) continue ;; esac
  rm -rf "$base/$order-$number.new"
  if [ -s "$base/$order-$number/rc" ]; then
    find "$base/$order-$number" -mindepth 1 -maxdepth 1 ! -name rc -exec rm -rf {} +
  else rm -rf "$base/$order-$number"; fi
done
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
