#!/bin/sh
# Makes this folder the Relaypoint that this machine runs: users, configuration where there is none, units, commands. By root,
# again after each unpacking of another version; it changes no configuration and starts nothing that did not run.
# What runs is restarted, one program after the other, but with --no-restart.
#   sh setup.sh [--no-restart]
set -eu
# whoever runs it: the programs' users have to be able to read what it makes
umask 022
here=$(dirname "$(readlink -f "$0")")
home=/opt/relaypoint

if [ "$(id -u)" != 0 ]; then
  echo 'setup.sh: only root can do this' >&2
  exit 1
fi
for needed in useradd install readlink; do
  command -v "$needed" > /dev/null 2>&1 || { echo "setup.sh: $needed is not there: apt-get install passwd coreutils" >&2; exit 1; }
done
if [ "$(dirname "$here")" != "$home/versions" ]; then
  echo "setup.sh: unpack the archive into $home/versions/$(cat "$here/VERSION"), and run it there" >&2
  exit 1
fi

before=$(basename "$(readlink "$home/current" || true)")
# as it is after a tar or mkdir by somebody with a stricter umask
chmod 755 "$home" "$home/versions" "$here"
install -d -m 755 /etc/relaypoint
for program in server gateway importer; do
  id "relaypoint-$program" > /dev/null 2>&1 ||
    useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "relaypoint-$program"
  # only root reads it: systemd does, before it starts the program as its user
  [ -e "/etc/relaypoint/$program.env" ] ||
    install -m 600 "$here/deploy/environment/$program.env" "/etc/relaypoint/$program.env"
done

ln -sfn "versions/$(basename "$here")" "$home/current.new"
mv -T "$home/current.new" "$home/current"
install -d -m 755 /usr/local/bin
for command in relaypoint relaypoint-import relaypoint-admin; do
  if [ -e "$here/bin/$command" ]; then ln -sfn "$home/current/bin/$command" "/usr/local/bin/$command"; fi
done
# those of a Debian package are there already
if [ ! -e /usr/lib/systemd/system/relaypoint-server.service ]; then
  install -d -m 755 /etc/systemd/system
  install -m 644 "$here"/deploy/systemd/*.service /etc/systemd/system/
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # servers first; back to an older version the other way round (docs/upgrade.md)
  order='server importer gateway'
  older=$(printf '%s\n' "$before" "$(basename "$here")" | sort -V | head -n 1)
  if [ -n "$before" ] && [ "$before" != "$(basename "$here")" ] && [ "$older" != "$before" ]; then
    order='gateway importer server'
  fi
  [ "${1:-}" = --no-restart ] || sh "$here/deploy/restart.sh" /etc/relaypoint "$here/bin/node" $order
fi
echo "Relaypoint $(cat "$here/VERSION") is set up. Its configuration is in /etc/relaypoint; what comes next: docs/install.md"
