#!/bin/sh
# Restarts programs one after the other, each when /health/ready of the one before says that it is. Those that do not run are
# passed over. At the first that does not get ready it stops with 1: what has not been restarted runs on as it was.
#   sh restart.sh FOLDER NODE PROGRAM...      FOLDER has PROGRAM.env; NODE is the Node that asks
set -eu
folder=$1 node=$2
shift 2
# a first start may have to migrate the database
patience=${RELAYPOINT_PATIENCE:-300}

# what the program's configuration says, else the default
setting() {
  value=$(sed -n "s/^$2=//p" "$folder/$1.env" | tail -n 1 | tr -d "\"'")
  printf '%s' "${value:-$3}"
}

address() {
  case $1 in server) port=3000 ;; gateway) port=3001 ;; *) port=3002 ;; esac
  scheme=http
  [ -z "$(setting "$1" TLS_CERT '')" ] || scheme=https
  host=$(setting "$1" HOST 127.0.0.1)
  case $host in 0.0.0.0 | ::) host=127.0.0.1 ;; *:*) host="[$host]" ;; esac
  printf '%s' "$scheme://$host:$(setting "$1" PORT "$port")/health/ready"
}

# this machine asks itself, by an address that its certificate need not name
is_ready() {
  NODE_TLS_REJECT_UNAUTHORIZED=0 "$node" --no-warnings -e '
    fetch(process.argv[1], { signal: AbortSignal.timeout(5000) })
      .then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))' "$1"
}

for program in "$@"; do
  unit="relaypoint-$program"
  systemctl is-active --quiet "$unit" || continue
  echo "restarting $unit"
  systemctl restart "$unit"
  url=$(address "$program")
  waited=0
  until is_ready "$url"; do
    waited=$((waited + 1))
    if [ "$waited" -ge "$patience" ] || [ "$(systemctl show --property NRestarts --value "$unit")" -ge 3 ]; then
      echo "restart.sh: $unit does not get ready ($url): journalctl -u $unit. What comes after it was not restarted." >&2
      exit 1
    fi
    sleep 1
  done
done
