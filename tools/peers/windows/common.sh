# shellcheck shell=bash
# What the scripts of the Windows computers share. Within their namespaces the state folder is /run/windows, whatever it
# is outside: what Samba remembers of its own folders stays true when a snapshot goes to another one.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8 HOME=/nonexistent KRB5_CONFIG=/run/windows/krb5.conf
unset "${!XDG_@}" DISPLAY TMPDIR

W=/run/windows
REALM=corp.relaypoint.test
DOMAIN=CORP
DC=dc1
NET=10.77.0 # within; the controller is .2, computer N is .10+N
ADMIN_PASSWORD=Adm1n-Passw0rd
PASSWORD=Inst4ll-Passw0rd
LOCAL_PASSWORD=L0cal-Passw0rd

die() {
  printf 'windows: %s\n' "$*" >&2
  exit 1
}
within() { # SECONDS COMMAND...: until COMMAND succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}
listens() { (exec 3<> "/dev/tcp/$1/$2") 2> /dev/null; } # ADDRESS PORT
gone() { ! kill -0 -- "-$1" 2> /dev/null; } # LEADER of a process group
child_of() { # PID: its only child, once there is one
  local child
  child=$(cat "/proc/$1/task/$1/children" 2> /dev/null) && [ -n "$child" ] && echo "${child%% *}"
}
name_of() { echo "pc-$1"; }

hosts() { # NET [FIRST]: the names of all computers, with their addresses NET.FIRST and on
  local n first=${2:-0}
  echo '127.0.0.1 localhost'
  echo "$1.$((first + 2)) $DC.$REALM $DC"
  for ((n = 1; n <= 4; n++)); do echo "$1.$((first + 10 + n)) $(name_of "$n").$REALM $(name_of "$n")"; done
}
krb5() { # ADDRESS of the controller
  cat << K
[libdefaults]
  default_realm = ${REALM^^}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
[realms]
  ${REALM^^} = {
    kdc = $1
    admin_server = $1
    kpasswd_server = $1
  }
[domain_realm]
  .$REALM = ${REALM^^}
  $REALM = ${REALM^^}
K
}

# Makes this process's mount namespace the one of the test: STATE is /run/windows, names are the domain's.
own_mounts() { # STATE
  local resolv
  resolv=$(readlink -f /etc/resolv.conf)
  mount --make-rprivate /
  mount -t proc proc /proc
  mkdir -p /tmp/.wine-0 "$1/run"
  mount -t tmpfs -o mode=700 wine /tmp/.wine-0
  mount -t tmpfs -o mode=755 run "$1/run"
  mkdir -p "$1/run/mount" "$1/run/windows" "$1/run/samba" "$1/run/lock" "$1/run/user" "$(dirname "$1/run${resolv#/run}")"
  mount --bind "$1" "$1/run/windows"
  mount --move "$1/run" /run
  case $resolv in /run/*) mkdir -p "$(dirname "$resolv")" && : > "$resolv" ;; esac
  hosts "$NET" > $W/hosts
  krb5 "$NET.2" > $W/krb5.conf
  printf "%s\n" "nameserver $NET.2" "options timeout:1 attempts:1" > $W/resolv.conf
  printf '%s\n' 'passwd: files winbind' 'group: files winbind' 'shadow: files' 'hosts: files dns' > $W/nsswitch.conf
  # Samba wants one of Linux for each local account; what it does is done as root
  { cat /etc/passwd && echo 'administrator:x:64998:65534::/nonexistent:/bin/false'; } > $W/passwd
  mount --bind $W/passwd /etc/passwd
  mount --bind $W/hosts /etc/hosts
  mount --bind $W/resolv.conf "$resolv"
  mount --bind $W/nsswitch.conf /etc/nsswitch.conf
}

start_controller() {
  # a process group of its own, so that all of it can be ended
  setsid samba -s $W/dc/etc/smb.conf -F --no-process-group -M standard --debug-stdout -d 1 >> $W/dc.log 2>&1 < /dev/null &
  echo $! > $W/dc.pid
  within 120 controller_answers || die "the controller does not answer: $(tail -5 $W/dc.log)"
}
controller_answers() {
  ldapsearch -x -o nettimeout=2 -H "ldap://$NET.2" -s base -b '' isSynchronized 2> /dev/null | grep -q 'isSynchronized: TRUE' &&
    listens "$NET.2" 445 && listens "$NET.2" 88 && listens "$NET.2" 135 &&
    smbclient -s $W/dc/etc/smb.conf -N -L "$NET.2" > /dev/null 2>&1
}
stop_controller() {
  local leader
  leader=$(cat $W/dc.pid)
  kill -TERM -- "-$leader" 2> /dev/null || :
  within 10 gone "$leader" || kill -KILL -- "-$leader" 2> /dev/null || :
  rm $W/dc.pid
}

# WINE: the program that Debian hides behind a wrapper, which would only warn that there is no 32-bit Wine
wine() { # PREFIX COMMAND...
  local prefix=$1
  shift
  WINEPREFIX=$prefix WINEDEBUG=${WINEDEBUG:-fixme-all,fixme+advapi} WINEDLLOVERRIDES='mscoree,mshtml=d' "$@"
}
WINE=/usr/lib/wine/wine64
WINESERVER=/usr/lib/wine/wineserver64
