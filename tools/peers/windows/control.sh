#!/usr/bin/env bash
# What can be done to running Windows computers; runs in their network's namespaces:
#   fault N KIND       something is wrong with computer N; `none` undoes it
#   restart N          Windows shuts down in order and starts again; returns when it is up
#   off N | on N       no power, without a shutdown | power
#   exec N PROGRAM...  a program of Windows
#   shell N COMMAND... a program of Linux, where computer N is
#   controller off|on  the domain's controller
#   unlock USER        forgets the passwords that the controller has refused
set -euo pipefail
. "$(dirname "$0")/common.sh"
command=$1
shift

enter() { # N COMMAND...: in the namespaces of computer N
  local pid
  pid=$(cat "$W/$1/pid" 2> /dev/null) || die "computer $1 is off"
  nsenter -t "$pid" -m -u -i -n -p "${@:2}"
}
is_up() { [ -e "$W/$1/up" ]; }
ran() { [ "$(cat "$W/$1/runs")" != "$2" ]; }
power_off() { # N
  local runs
  runs=$(cat "$W/$1/runs")
  kill -KILL "$(cat "$W/$1/pid")"
  within 30 ran "$1" "$runs" || die "computer $1 does not end"
}
power_on() { within 120 is_up "$1" || die "computer $1 does not start: $(tail -3 "$W/$1/boot.log")"; }


controller_off() { [ ! -e $W/dc.pid ] || stop_controller; }
controller_on() {
  local n
  [ ! -e $W/dc.pid ] || return 0
  start_controller
  for n in 1 2 3 4; do
    # that nobody was there is remembered for a minute
    if is_up "$n"; then
      enter "$n" net -s "$W/$n/smb.conf" cache flush
      within 60 enter "$n" wbinfo -P > /dev/null 2>&1 || die "computer $n finds no controller"
    fi
  done
}
# A member of a domain asks the controller about every login: NTLM is refused for the domain, as Windows can do it as well.
ntlm() { # on|off
  local conf=$W/dc/etc/smb.conf line='	ntlm auth = disabled' now=on
  ! grep -qxF "$line" $conf || now=off
  [ "$1" != $now ] || return 0
  if [ "$1" = off ]; then sed -i "s/^\[global\]\$/&\n$line/" $conf; else sed -i "/^$line\$/d" $conf; fi
  controller_off
  controller_on
}

case $command in
  fault)
    if [ "$2" = ntlm-off ]; then
      enter "$1" bash "$here/computer.sh" fault "$1" none
      ntlm off
    else
      ntlm on
      enter "$1" bash "$here/computer.sh" fault "$1" "$2"
    fi
    ;;
  restart)
    enter "$1" bash "$here/computer.sh" shutdown "$1"
    power_off "$1"
    power_on "$1"
    ;;
  off)
    [ ! -e "$W/$1/off" ] || exit 0
    : > "$W/$1/off"
    power_off "$1"
    ;;
  on)
    rm -f "$W/$1/off"
    power_on "$1"
    ;;
  exec) wine "$W/$1/prefix" enter "$1" $WINE "${@:2}" 2> >(tee -a "$W/$1/wine.log" >&2) ;;
  shell) enter "$@" ;;
  controller) "controller_$1" ;;
  unlock) samba-tool user unlock "$1" -s $W/dc/etc/smb.conf ;;
  *) die "no such command: $command" ;;
esac
