#!/bin/bash
# systemctl and journalctl of a machine whose first process is no systemd, for the tests of the guides. It reads the unit and does of
# it: ExecStart, ExecStartPost and ExecReload, as User, with Environment and EnvironmentFile, StateDirectory, UMask, LimitNOFILE,
# NoNewPrivileges, CapabilityBoundingSet, and for ProtectSystem=strict a file system that can only be read, but for the state folder
# and a /tmp of its own. Not done: Restart, [Install], timers, and the rest of the sandbox.
set -u
run=/run/systemctl-stand-in
mkdir -p $run

fail() { echo "$1" >&2; exit "${2:-1}"; }
# not one that has ended and that nobody has waited for
runs() { grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$(cat "$run/$1.pid" 2> /dev/null || echo none)/status"; }
file_of() {
  local folder
  for folder in /etc/systemd/system /lib/systemd/system; do
    if [ -e "$folder/$1.service" ]; then echo "$folder/$1.service"; return; fi
  done
  fail "Unit $1.service could not be found." 5
}
values() { sed -n "s/^$2=-\{0,1\}//p" "$(file_of "$1")"; }
value() { values "$1" "$2" | tail -n 1; }

# words of a line as systemd takes them: quotes, but no patterns of files
split() { words=(); set -f; eval "words=($1)"; set +f; }

# an EnvironmentFile counts for more than Environment; it is no program of a shell
read_environment() {
  local file line
  environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
  split "$(values "$1" Environment | tr '\n' ' ')"
  environment+=("${words[@]}")
  for file in $(values "$1" EnvironmentFile); do
    [ -e "$file" ] || fail "$1: $file is not there"
    while IFS= read -r line; do
      [[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=[\'\"]?(.*[^\'\"])[\'\"]?$ ]] || continue
      environment+=("${BASH_REMATCH[1]}=${BASH_REMATCH[2]}")
    done < "$file"
  done
}

# in a mount namespace of the unit's own, still root
confined() {
  local unit=$1 user folder
  user=$(value "$unit" User)
  folder=$(value "$unit" StateDirectory)
  if [ "$(value "$unit" ProtectSystem)" = strict ]; then
    [ -z "$folder" ] || mount --bind "/var/lib/$folder" "/var/lib/$folder"
    mount -t tmpfs tmpfs /tmp
    mount -o remount,bind,ro /
  fi
  read_environment "$unit"
  split "$(value "$unit" ExecStart)"
  umask "$(value "$unit" UMask)"
  # 65536 is more than a namespace of another's may be allowed
  ulimit -n "$(value "$unit" LimitNOFILE)" 2> /dev/null || true
  cd /
  exec setpriv --reuid "$user" --regid "$user" --init-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
    env -i "${environment[@]}" "USER=$user" "${words[@]}"
}

start() {
  local unit=${1%.service} user folder line
  case $unit in *.timer) return ;; esac
  file_of "$unit" > /dev/null || exit 5
  case $(value "$unit" Type) in
    oneshot | forking)
      read_environment "$unit"
      for line in ExecStart ExecStartPost; do
        split "$(value "$unit" $line)"
        [ "${#words[@]}" = 0 ] || env -i "${environment[@]}" "${words[@]}" >> "$run/$unit.log" 2>&1 ||
          fail "Job for $unit.service failed: journalctl -u $unit"
      done
      return
      ;;
  esac
  ! runs "$unit" || return 0
  user=$(value "$unit" User)
  folder=$(value "$unit" StateDirectory)
  if [ -n "$folder" ]; then
    install -d -m "$(value "$unit" StateDirectoryMode)" "/var/lib/$folder"
    [ "$(stat -c %U "/var/lib/$folder")" = "$user" ] || chown -R "$user:$user" "/var/lib/$folder"
  fi
  # the number stays the same through every exec
  setsid unshare --mount --propagation private bash -c 'echo $$ > "$1.pid"; exec bash "$2" confined "$3"' \
    bash "$run/$unit" "$(readlink -f "$0")" "$unit" < /dev/null >> "$run/$unit.log" 2>&1 &
  until [ -s "$run/$unit.pid" ]; do sleep 0.05; done
}

stop() {
  local unit=${1%.service} waited=0
  if runs "$unit"; then
    kill -TERM "$(cat "$run/$unit.pid")"
    while runs "$unit"; do
      waited=$((waited + 1))
      [ $waited -lt 600 ] || { kill -KILL "$(cat "$run/$unit.pid")"; break; }
      sleep 0.05
    done
  fi
  rm -f "$run/$unit.pid"
}

if [ "$(basename "$0")" = journalctl ]; then
  [ "$1" = -u ] || fail "journalctl $*: only -u UNIT is done here"
  cat "$run/$2.log"
  exit
fi
verb=$1
shift
case ${1:-} in --now | --quiet) shift ;; esac
case $verb in
  confined) confined "$1" ;;
  daemon-reload) ;;
  enable | start) for unit in "$@"; do start "$unit"; done ;;
  stop) for unit in "$@"; do stop "$unit"; done ;;
  restart) for unit in "$@"; do stop "$unit"; start "$unit"; done ;;
  reload)
    read_environment "$1"
    split "$(value "$1" ExecReload)"
    env -i "${environment[@]}" "${words[@]}"
    ;;
  is-active) runs "$1" ;;
  # systemd starts what has ended again and again
  show) if runs "${*: -1}"; then echo 0; else echo 9; fi ;;
  *) fail "systemctl $verb: not done here" ;;
esac
