#!/usr/bin/env bash
# The network that the Windows computers stand in: house.sh STATE CACHE COMPUTERS. It is pid 1 of its namespaces, and the
# domain's controller runs in them. Each computer has namespaces of its own below these.
set -euo pipefail
. "$(dirname "$0")/common.sh"
state=$1 cache=$2 computers=$3
own_mounts "$state"
mkdir /run/cache
mount --bind "$cache" /run/cache # an overlay cannot be told of a path with a colon
echo dc1 > /proc/sys/kernel/hostname
ip link set lo up
# an absent controller is to be noticed at once: each lost "port unreachable" costs its clients ten seconds
echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
within 20 [ -e $W/net ] || die 'no network came'
ip link add lan type bridge
ip link set out master lan
ip address add "$NET.2/24" dev lan
ip address add "$(cat $W/net).$(($(cat $W/first) + 2))/27" dev lan
ip link set out up
ip link set lan up
start_controller

# As long as a computer is plugged in: each round is one run of it, from power-on to power-off.
power() { # N
  local n=$1 me=$W/$1 boot child
  while :; do
    if [ -e "$me/off" ]; then
      sleep 0.1
      continue
    fi
    rm -f "$me/up"
    unshare --net --mount --uts --ipc --pid --fork --kill-child=KILL \
      bash "$here/computer.sh" boot "$n" >> "$me/boot.log" 2>&1 < /dev/null &
    boot=$!
    within 10 child_of $boot > /dev/null || die 'no namespace for a computer'
    child=$(child_of $boot)
    # the same address of the network card after each start: nobody has to forget the old one
    ip link del "port$n" 2> /dev/null || :
    ip link add "port$n" type veth peer name lan address "02:00:00:00:00:0$n" netns "$child"
    ip link set "port$n" master lan up
    echo "$child" > "$me/pid"
    wait $boot || :
    rm -f "$me/up" "$me/pid"
    echo $(($(cat "$me/runs") + 1)) > "$me/runs"
    sleep 0.2
  done
}

for ((n = 1; n <= computers; n++)); do
  me=$W/$n
  mkdir -p "$me/disk" "$me/prefix"
  mount -t tmpfs -o size=256m,mode=755 disk "$me/disk"
  mkdir "$me/disk/upper" "$me/disk/work"
  mount -t overlay overlay -o "lowerdir=/run/cache/prefix,upperdir=$me/disk/upper,workdir=$me/disk/work" "$me/prefix"
  echo none > "$me/fault"
  echo 0 > "$me/runs"
  power "$n" &
done
trap 'exit 0' TERM
while :; do sleep 1000000 & wait; done
