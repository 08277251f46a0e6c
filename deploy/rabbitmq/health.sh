#!/bin/sh
# The health check of RabbitMQ in docker-compose.yml: makes the programs' users once for each container, so that passwords
# changed in .env count as soon as it is made anew, and whenever one is not there, as after a reset; and is content when it
# answers.
set -eu
rabbitmq-diagnostics -q check_port_connectivity
made=/tmp/relaypoint-users
users=$(rabbitmqctl -q list_users)
for program in server gateway importer; do
  printf '%s\n' "$users" | grep -q "^relaypoint-$program[[:space:]]" || rm -f "$made"
done
[ -e "$made" ] || { sh /relaypoint/users.sh / && touch "$made"; }
