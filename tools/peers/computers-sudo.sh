#!/bin/sh
# sudo in the words of sudo-rs, which Debian 12 does not have: what it does is sudo's
said=$(mktemp)
/usr/bin/sudo "$@" 2> "$said"
code=$?
sed 's/^sudo: a password is required/sudo: interactive authentication is required/
  s/Sorry, try again\./Authentication failed, try again./' "$said" >&2
rm -f "$said"
exit $code
