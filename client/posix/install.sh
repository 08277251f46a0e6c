#!/bin/sh
# Installs the Relaypoint management client on a computer with a POSIX shell and curl.
#
#   ./install.sh [--registration FILE] [--no-restart]      (without FILE the registration is read from standard input)
#
# The registration is two lines, `url=https://.../client/v1/register` and `token=...`. It comes from a file that only
# its owner can read, or from standard input; never as an argument or a variable, where every process could see it.
#
# Exit codes:   0  installed, nothing more to do
#             194  installed, a restart is due (3010 of the Windows installer does not fit into a POSIX exit code)
#              64  wrong usage          65  the registration cannot be used    69  curl or another tool is missing
#              74  a file cannot be written (disk full)                        75  another installation is running
#              77  not run as root       1  anything else
#
# Running it again with the same version changes nothing but takes a newer registration. RELAYPOINT_ROOT puts
# everything below a folder instead of "/", and needs no root then: such a folder stands for a computer of its own, with
# its name in ROOT/etc/hostname and its boot id in ROOT/boot_id.
set -eu
umask 077
LC_ALL=C
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd -P)
root=${RELAYPOINT_ROOT:-}
root=${root%/}
opt=$root/opt/relaypoint-client
etc=$root/etc/relaypoint-client
var=$root/var/lib/relaypoint-client
registration_file=
restart=yes

say() { printf 'install.sh: %s\n' "$*"; }
fail() {
  code=$1
  shift
  printf 'install.sh: %s\n' "$*" >&2
  exit "$code"
}

while [ $# -gt 0 ]; do
  case $1 in
    --registration)
      [ $# -ge 2 ] || fail 64 '--registration needs a file'
      registration_file=$2
      shift
      ;;
    --no-restart) restart=no ;;
    *) fail 64 "unknown option $1" ;;
  esac
  shift
done

[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail 77 'must run as root'
for tool in curl sed tr awk mkdir mv; do
  command -v "$tool" > /dev/null || fail 69 "$tool is missing"
done
version=$(cat "$here/VERSION")

# --- the registration, before anything is changed ---
url=
token=
read_registration() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      url=*) url=${line#url=} ;;
      token=*) token=${line#token=} ;;
    esac
  done
}
if [ -n "$registration_file" ]; then
  [ -f "$registration_file" ] || fail 65 'the registration file does not exist'
  case $(ls -ldL "$registration_file") in
    -???------*) ;;
    *) fail 65 'the registration file can be read by others; make it 0600' ;;
  esac
  read_registration < "$registration_file"
elif [ ! -t 0 ]; then
  read_registration
fi
case $url in
  '' | http://* | https://*) ;;
  *) fail 65 'the registration has no http or https url' ;;
esac
case $url$token in
  *[!A-Za-z0-9:/._~%?=\&@+\[\]-]*) fail 65 'the registration holds characters that do not belong there' ;;
esac
if [ -z "$url" ] || [ -z "$token" ]; then
  [ -z "$url$token" ] || fail 65 'the registration needs both url and token'
  [ -s "$etc/server" ] || [ -s "$etc/registration" ] || fail 65 'no registration was given'
fi

boot_id() {
  if [ -n "$root" ]; then
    [ -s "$root/boot_id" ] || cat /proc/sys/kernel/random/uuid > "$root/boot_id" 2> /dev/null || date +%s > "$root/boot_id"
    cat "$root/boot_id"
  else
    cat /proc/sys/kernel/random/boot_id 2> /dev/null || sysctl -n kern.boottime 2> /dev/null || echo unknown
  fi
}

# --- one installation at a time ---
mkdir -p "$var" "$etc" || fail 74 "cannot make $var and $etc"
boot=$(boot_id)
lock=$var/install.lock
if ! mkdir "$lock" 2> /dev/null; then
  owner=$(cat "$lock/pid" 2> /dev/null || echo 0)
  if [ "$owner" != 0 ] && [ "$(cat "$lock/boot" 2> /dev/null)" = "$boot" ] && kill -0 "$owner" 2> /dev/null; then
    fail 75 'another installation is running'
  fi
  say 'an earlier installation was interrupted; going on'
fi
trap 'rm -rf "$lock"' EXIT
trap 'exit 1' HUP INT TERM
{ echo "$boot" > "$lock/boot" && echo $$ > "$lock/pid"; } || fail 74 "cannot write below $var"

# put FILE MODE: standard input becomes FILE, all of it or nothing
put() {
  if ! cat > "$1.new" || ! chmod "$2" "$1.new" || ! mv -f "$1.new" "$1"; then
    rm -f "$1.new"
    fail 74 "cannot write $1"
  fi
}

# --- the program ---
installed=$(cat "$opt/VERSION" 2> /dev/null || echo none)
if [ "$installed" = "$version" ] && cmp -s "$here/relaypoint-client" "$opt/bin/relaypoint-client"; then
  say "version $version is installed already"
else
  mkdir -p "$opt/bin" || fail 74 "cannot make $opt/bin"
  put "$opt/bin/relaypoint-client" 755 < "$here/relaypoint-client"
  chmod 755 "$opt" "$opt/bin"
  [ "$restart" = no ] || printf '%s\n' "$boot" | put "$var/restart-boot-id" 600
  # last, because without it the installation counts as not done
  put "$opt/VERSION" 644 < "$here/VERSION"
  say "version $version installed (before: $installed)"
fi
if [ -n "$token" ]; then
  printf 'url=%s\ntoken=%s\n' "$url" "$token" | put "$etc/registration" 600
fi
token=

# --- what calls it from now on, where there is such a thing ---
program=$opt/bin/relaypoint-client
if [ -z "$root" ]; then
  mkdir -p /usr/local/sbin
  # shellcheck disable=SC2016 # the expansion belongs into the wrapper
  printf '#!/bin/sh\nexec %s "$@"\n' "$program" | put /usr/local/sbin/relaypoint-client 755
  if [ -d /run/systemd/system ] && command -v systemctl > /dev/null; then
    put /etc/systemd/system/relaypoint-client.service 644 < "$here/relaypoint-client.service"
    put /etc/systemd/system/relaypoint-client.timer 644 < "$here/relaypoint-client.timer"
    systemctl daemon-reload
    systemctl enable --quiet --now relaypoint-client.timer || say 'the timer could not be started; it starts with the next boot'
  elif [ -d /etc/cron.d ] && { command -v cron || command -v crond; } > /dev/null; then
    printf '@reboot root %s contact --if-due\n* * * * * root %s contact --if-due\n' "$program" "$program" |
      put /etc/cron.d/relaypoint-client 644
  else
    say "no systemd and no cron here: call \"$program contact\" at every start and then regularly"
  fi
fi

# A registration that does not get through at once must not fail the installation: it is tried in the background, and
# by every later contact.
if [ -s "$etc/registration" ]; then
  detach=
  ! command -v setsid > /dev/null || detach=setsid
  $detach "$program" register --retry > /dev/null 2>&1 < /dev/null &
fi

if [ -s "$var/restart-boot-id" ] && [ "$(cat "$var/restart-boot-id")" = "$boot" ]; then
  say 'a restart is due'
  exit 194
fi
