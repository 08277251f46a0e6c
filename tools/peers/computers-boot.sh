#!/usr/bin/env bash
# One test computer. `power STATE N` lives as long as it is plugged in, in a mount namespace of its own, and holds its disk;
# `boot STATE N` is one run of it from power-on to power-off and becomes its pid 1.
set -euo pipefail
role=$1 state=$2 n=$3
here=$(cd "$(dirname "$0")" && pwd -P)
me=$state/$n
disk='' net='' port=''
user=deploy # the account that the faults are about
# shellcheck disable=SC1091
. "$state/settings"

power() {
  cd /
  mkdir -p "$me/disk"
  mount -t tmpfs -o "size=$disk,mode=755" disk "$me/disk"
  mkdir -p "$me/disk/upper" "$me/disk/work" "$me/disk/root"
  cp -a "$state/template/." "$me/disk/upper/"
  printf 'pc-%02d\n' "$n" > "$me/disk/upper/etc/hostname"
  # software that this machine may have is not on a new computer
  for path in /opt/* /etc/relaypoint-client /var/lib/relaypoint-client; do
    [ ! -e "$path" ] || { mkdir -p "$me/disk/upper$(dirname "$path")" && mknod "$me/disk/upper$path" c 0 0; }
  done
  trap 'exit 0' TERM
  while :; do
    if [ -e "$me/off" ]; then
      sleep 0.1
      continue
    fi
    cat /proc/sys/kernel/random/uuid > "$me/boot_id"
    unshare --mount --propagation private --uts --ipc --pid --fork --kill-child=KILL "$0" boot "$state" "$n" < /dev/null &
    echo "$! $(sed 's/.*) //' "/proc/$!/stat" | cut -d' ' -f20)" > "$me/boot.pid"
    echo $(($(cat "$me/boots") + 1)) > "$me/boots"
    wait $! || :
    rm -f "$me/boot.pid"
    sleep 0.3
  done
}

boot() {
  local r=$me/disk/root fault listen=$net.$n x
  fault=$(cat "$me/fault")
  hostname "$(printf 'pc-%02d' "$n")"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$me/disk/upper,workdir=$me/disk/work" "$r"
  mount -t proc proc "$r/proc"
  mount --bind "$r/proc/sys" "$r/proc/sys"
  mount -o remount,bind,ro "$r/proc/sys"
  mount -t tmpfs -o mode=755,size=16m run "$r/run"
  mount -t tmpfs -o mode=1777,size=64m tmp "$r/tmp"
  mount -t tmpfs -o mode=755,size=1m dev "$r/dev"
  for x in null zero full random urandom tty; do
    : > "$r/dev/$x"
    mount --bind "/dev/$x" "$r/dev/$x"
  done
  mkdir "$r/dev/pts" "$r/dev/shm" "$r/run/sshd" "$r/run/lock" "$r/run/old"
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$r/dev/pts"
  mount -t tmpfs -o mode=1777,size=16m shm "$r/dev/shm"
  ln -s pts/ptmx "$r/dev/ptmx"
  ln -s /proc/self/fd "$r/dev/fd"
  install -m 444 "$me/boot_id" "$r/run/boot_id"
  mount --bind "$r/run/boot_id" "$r/proc/sys/kernel/random/boot_id"

  rm -f "$me/disk/ballast"
  case $fault in
    auth) x='s/^deploy:[^:]*/deploy:*/' ;;
    expired) x='/^deploy:/s/:::$/::1:/' ;; # on the second day of 1970
    mustchange) x='s/^\(deploy:[^:]*\):[0-9]*:/\1:0:/' ;;
    *) x='' ;;
  esac
  sed "$x" "$state/template/etc/shadow" > "$r/run/shadow"
  cat "$r/run/shadow" > "$r/etc/shadow"
  rm "$r/run/shadow"
  cat "$state/template/etc/sudoers$([ "$fault" != nosudo ] || echo .none)" > "$r/etc/sudoers"
  case $fault in targetpw | requiretty) echo "Defaults $fault" >> "$r/etc/sudoers" ;; esac
  x=$r/home/$user/.bashrc
  rm -f "$r/usr/local/bin/sudo" "$x"
  [ "$fault" != otherwords ] || install -m 755 "$here/computers-sudo.sh" "$r/usr/local/bin/sudo"
  [ "$fault" != noisy ] || printf 'echo "Welcome to $(hostname), ended 0"\necho "mesg: not a tty" >&2\n' > "$x"
  case $fault in tcsh | fish) x="s#^\($user:.*:\)/bin/bash\$#\1/usr/bin/$fault#" ;; *) x='' ;; esac
  sed "$x" "$state/template/etc/passwd" > "$r/run/passwd"
  cat "$r/run/passwd" > "$r/etc/passwd"
  rm "$r/run/passwd"
  install -m 600 "$me/$([ "$fault" = changed-hostkey ] && echo otherkey || echo hostkey)" "$r/run/hostkey"
  cat > "$r/run/sshd_config" << C
ListenAddress $listen
Port $port
HostKey /run/hostkey
PidFile /run/sshd.pid
UsePAM yes
PasswordAuthentication $(case $fault in lockout | keysonly) echo no ;; *) echo yes ;; esac)
KbdInteractiveAuthentication $(case $fault in lockout | secondfactor) echo yes ;; *) echo no ;; esac)
AuthenticationMethods $([ "$fault" = secondfactor ] && echo password,keyboard-interactive || echo any)
PubkeyAuthentication $([ "$fault" = auth ] && echo no || echo yes)
PermitRootLogin no
UseDNS no
Subsystem sftp internal-sftp
C
  mkdir -p "$r/run/faillock"
  cp "$state/template/etc/pam.d/sshd" "$r/etc/pam.d/sshd"
  if [ "$fault" = lockout ]; then
    x='pam_faillock.so %s deny=2 unlock_time=0 dir=/run/faillock\n'
    {
      printf "auth required $x" preauth
      printf 'auth sufficient pam_unix.so\n'
      printf "auth [default=die] $x" authfail
      printf "account required $x" ''
      printf '%s required pam_unix.so\n' account session
    } > "$r/etc/pam.d/sshd"
  fi
  if [ "$fault" = booting ]; then
    echo 'account required pam_nologin.so' >> "$r/etc/pam.d/sshd"
    echo '"System is booting up. Unprivileged users are not permitted to log in yet. Please come back later."' > "$r/run/nologin"
  fi
  if [ "$fault" = noexec ]; then
    mkdir -p "$r/var/lib/relaypoint-dp"
    mount -t tmpfs -o noexec,mode=700,size=16m noexec "$r/var/lib/relaypoint-dp"
  fi
  if [ "$fault" = diskfull ]; then # outside of the overlay: the computer only sees that space is missing
    x=$(df --output=avail -k "$me/disk" | tail -1)
    head -c $(((x - 16) * 1024)) /dev/zero > "$me/disk/ballast"
  fi
  cp "$here/computers-init.sh" "$r/run/init"
  cd "$r"
  pivot_root . run/old
  cd /
  umount -l /run/old
  rmdir /run/old
  # root there must not reach this machine: no mounts, devices, modules, clock or network settings
  exec setpriv --bounding-set=-sys_admin,-sys_module,-sys_rawio,-sys_time,-sys_boot,-net_admin,-mknod,-syslog \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash /run/init "$fault" "$listen" "$port"
}

"$role"
