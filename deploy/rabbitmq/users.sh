#!/bin/sh
# Makes the users of server, gateway and importer on RabbitMQ, each with the rights that it needs and no others, and the
# virtual host. Run on a machine of the broker, by root; again with other passwords it changes them:
#
#   RABBITMQ_SERVER_PASSWORD=… RABBITMQ_GATEWAY_PASSWORD=… RABBITMQ_IMPORTER_PASSWORD=… sh users.sh [--print] [VHOST [PREFIX]]
#
# VHOST is "relaypoint" where nothing is said, and users are named PREFIX and their program ("relaypoint-server"). --print only
# prints the definitions, for the management plugin ("Import definitions") or another machine's rabbitmqctl.
# What the rights are for: docs/queue-topology.md, "Rights".
set -eu

print=''
if [ "${1:-}" = --print ]; then print=yes; shift; fi
vhost=${1:-relaypoint} prefix=${2:-relaypoint-}

bad=''
for name in SERVER GATEWAY IMPORTER; do
  eval "value=\${RABBITMQ_${name}_PASSWORD:-}"
  case $value in
    '') bad="$bad
RABBITMQ_${name}_PASSWORD is not set" ;;
    *[!A-Za-z0-9_-]*) bad="$bad
RABBITMQ_${name}_PASSWORD: letters, digits, - and _ only, because it becomes part of a URL" ;;
  esac
done
case $vhost$prefix in *[!A-Za-z0-9_./-]*) bad="$bad
virtual host and prefix: letters, digits and ._-/ only" ;; esac
if [ -n "$bad" ]; then
  printf 'users.sh:%s\n' "$bad" >&2
  exit 2
fi

# configure: make and delete; write: publish to an exchange, bind a queue; read: take from a queue, bind to an exchange.
# amq.default is the exchange that leads to every queue. A queue with a dead-letter exchange wants read on itself and
# write on that exchange of whoever makes it.
definitions() {
  cat << END
{
  "vhosts": [{ "name": "$vhost" }],
  "users": [
    { "name": "${prefix}server", "password": "$RABBITMQ_SERVER_PASSWORD", "tags": ["management"] },
    { "name": "${prefix}gateway", "password": "$RABBITMQ_GATEWAY_PASSWORD", "tags": [] },
    { "name": "${prefix}importer", "password": "$RABBITMQ_IMPORTER_PASSWORD", "tags": [] }
  ],
  "permissions": [
    {
      "user": "${prefix}server",
      "vhost": "$vhost",
      "configure": "^(dp\\\\.[a-z0-9-]+\\\\.orders|relaypoint\\\\.(events|orders\\\\.dead|rpc\\\\.server|status(\\\\..+)?|changes\\\\.server\\\\..+))\$",
      "write": "^(amq\\\\.default|relaypoint\\\\.(events|changes\\\\.server\\\\..+))\$",
      "read": "^(dp\\\\.[a-z0-9-]+\\\\.orders|relaypoint\\\\.(events|orders\\\\.dead|imports\\\\.dead|rpc\\\\.server|status(\\\\..+)?|changes\\\\.server\\\\..+))\$"
    },
    {
      "user": "${prefix}gateway",
      "vhost": "$vhost",
      "configure": "^relaypoint\\\\.(gateway|changes\\\\.dp-gateway\\\\..+)\$",
      "write": "^relaypoint\\\\.(gateway|orders\\\\.dead|rpc\\\\.server|status|changes\\\\.dp-gateway\\\\..+)\$",
      "read": "^(dp\\\\.[a-z0-9-]+\\\\.orders|relaypoint\\\\.(gateway|events|changes\\\\.dp-gateway\\\\..+))\$"
    },
    {
      "user": "${prefix}importer",
      "vhost": "$vhost",
      "configure": "^relaypoint\\\\.(rpc\\\\.importer|imports(\\\\..+)?)\$",
      "write": "^(amq\\\\.default|relaypoint\\\\.events)\$",
      "read": "^relaypoint\\\\.(rpc\\\\.importer|imports(\\\\..+)?)\$"
    }
  ],
  "topic_permissions": [
    {
      "user": "${prefix}gateway",
      "vhost": "$vhost",
      "exchange": "relaypoint.events",
      "write": "^\$",
      "read": "^(dp|keys)\\\\.[^.]+\$"
    }
  ]
}
END
}

if [ -n "$print" ]; then
  definitions
else
  # over a pipe: no password is on a disk or among the arguments of a process
  definitions | rabbitmqctl --quiet import_definitions
  echo "the users ${prefix}server, ${prefix}gateway and ${prefix}importer are there, in the virtual host $vhost"
fi
