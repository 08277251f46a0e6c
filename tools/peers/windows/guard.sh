#!/usr/bin/env bash
# Holds a network of Windows computers, and ends all of it: guard.sh STATE CACHE COMPUTERS OWNER
# They live in namespaces whose first process dies with this one. When the process OWNER has ended without a stop (a test
# run that was killed), this ends them and removes STATE. OWNER 0 is nobody: they stay until they are stopped.
set -euo pipefail
. "$(dirname "$0")/common.sh"
state=$1 cache=$2 computers=$3 owner=$4

began() { sed 's/.*) //' "/proc/$1/stat" 2> /dev/null | cut -d' ' -f20 || :; }
owner_began=$(began "$owner")
is_owned() { [ "$owner" = 0 ] || { [ -n "$owner_began" ] && [ "$(began "$owner")" = "$owner_began" ]; }; }

setpriv --pdeathsig KILL unshare --net --mount --uts --ipc --pid --fork --kill-child=KILL \
  bash "$here/house.sh" "$state" "$cache" "$computers" &
house=$!
end() {
  # a network goes with its last process, but not at once
  [ -z "$interface" ] || ip link del "$interface" 2> /dev/null || :
  kill -KILL $house 2> /dev/null || :
  wait $house || :
}
interface=''
trap 'end; exit 0' TERM INT

# the first process within, as seen from here
first_process() { inner=$(child_of $house); }
within 10 first_process || die 'namespaces are not allowed here (CAP_SYS_ADMIN is missing)'
echo "$inner" > "$state/inner.pid"

# The computers' side of the network is 198.18.0.0/15, which is for tests of networks (RFC 2544): 32 addresses for each
# of those that run side by side. Whoever has the interface of a number has its addresses.
claim() {
  local try name
  for ((try = 0; try < 4096; try++)); do
    number=$((($$ + try) % 4096))
    name=rpwin$number
    ! ip link show "$name" > /dev/null 2>&1 || continue
    if ip link add "$name" type veth peer name out netns "$inner" 2> "$state/network.log"; then
      interface=$name
      return 0
    fi
  done
  return 1
}
claim || die "no network could be made (CAP_NET_ADMIN is missing?): $(cat "$state/network.log")"
net=198.$((18 + number / 2048)).$((number / 8 % 256)) first=$((number % 8 * 32))
ip address add "$net.$((first + 1))/27" dev "$interface"
ip link set "$interface" up
{ cat /etc/hosts && hosts "$net" "$first" | tail -n +2; } > "$state/hosts.outside"
krb5 "$net.$((first + 2))" > "$state/krb5.outside.conf"
echo "$first" > "$state/first"
echo "$net" > "$state/net"

while kill -0 $house 2> /dev/null; do
  if ! is_owned; then
    end
    rm -rf "$state"
    exit 0
  fi
  sleep 0.5 &
  wait $! || :
done
die 'the network of the Windows computers has ended'
