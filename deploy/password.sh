#!/bin/sh
# Prints the password that a variable of a configuration has in its URL; a new one where that is still PASSWORD. So what makes
# users may be run again, and changes nothing.
#   sh password.sh FILE VARIABLE
set -eu
found=$(sed -n "s#^$2=[a-z]*://[^:@/]*:\([^@]*\)@.*#\1#p" "$1" | tail -n 1)
case $found in
  '' | PASSWORD) openssl rand -hex 24 ;;
  *) printf '%s\n' "$found" ;;
esac
