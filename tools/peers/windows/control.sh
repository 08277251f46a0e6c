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

case $command in
  fault) enter "$1" bash "$here/computer.sh" fault "$1" "$2" ;;
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
  exec) wine "$W/$1/prefix" enter "$1" $WINE "${@:2}" ;;
  shell) enter "$@" ;;
  controller)
    if [ "$1" = off ]; then
      [ ! -e $W/dc.pid ] || stop_controller
    elif [ ! -e $W/dc.pid ]; then
      start_controller
    fi
    ;;
  unlock) samba-tool user unlock "$1" -s $W/dc/etc/smb.conf ;;
  *) die "no such command: $command" ;;
esac
