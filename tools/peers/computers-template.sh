#!/usr/bin/env bash
# Makes what every test computer has besides this machine's programs: its two accounts, sudo, PAM, names.
#   computers-template.sh STATE NET COUNT
# `deploy` logs in with password or key and gives the password to sudo, `keyer` has a key only and needs none for sudo.
set -euo pipefail
state=$1 net=$2 count=$3
t=$state/template
rm -rf "$t"
mkdir -p "$t"/{etc/pam.d,etc/ssh,etc/cron.d,home,opt,root,usr/local/sbin,var/tmp}
chmod 700 "$t/root"
chmod 1777 "$t/var/tmp"

# this machine's system accounts, without its people and their passwords
for file in passwd group; do awk -F: '$3 < 1000 || $3 == 65534' "/etc/$file" > "$t/etc/$file"; done
cut -d: -f1 "$t/etc/passwd" | sed 's/$/:*:19000:0:99999:7:::/' > "$t/etc/shadow"
grep -q '^sshd:' "$t/etc/passwd" || echo 'sshd:x:990:65534::/run/sshd:/usr/sbin/nologin' >> "$t/etc/passwd"
id=7001
for user in deploy keyer; do
  echo "$user:x:$id:$id::/home/$user:/bin/bash" >> "$t/etc/passwd"
  echo "$user:x:$id:" >> "$t/etc/group"
  install -d -m 700 "$t/home/$user" "$t/home/$user/.ssh"
  install -m 600 "$state/id.pub" "$t/home/$user/.ssh/authorized_keys"
  chown -R $id:$id "$t/home/$user"
  id=$((id + 1))
done
echo "deploy:$(openssl passwd -6 -in "$state/password"):19000:0:99999:7:::" >> "$t/etc/shadow"
echo 'keyer:*:19000:0:99999:7:::' >> "$t/etc/shadow"
chmod 640 "$t/etc/shadow"

{
  echo 'Defaults env_reset, secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"'
  echo 'root ALL=(ALL:ALL) ALL'
} > "$t/etc/sudoers.none"
{
  cat "$t/etc/sudoers.none"
  echo 'deploy ALL=(ALL:ALL) ALL'
  echo 'keyer ALL=(ALL:ALL) NOPASSWD: ALL'
} > "$t/etc/sudoers"
chmod 440 "$t/etc/sudoers" "$t/etc/sudoers.none"
for service in sshd sudo; do
  printf '%s required pam_unix.so\n' auth account session > "$t/etc/pam.d/$service"
done

echo '127.0.0.1 localhost' > "$t/etc/hosts"
for ((n = 1; n <= count; n++)); do printf '%s.%s pc-%02d.corp.relaypoint.test pc-%02d\n' "$net" "$n" "$n" "$n"; done >> "$t/etc/hosts"
cp -L /etc/resolv.conf "$t/etc/resolv.conf" 2> /dev/null || :
# a restart asked for on the computer restarts the computer: its pid 1 knows this signal
printf '#!/bin/sh\nkill -USR1 1\n' > "$t/usr/local/sbin/reboot"
printf '#!/bin/sh\nexec reboot\n' > "$t/usr/local/sbin/shutdown"
chmod 755 "$t"/usr/local/sbin/*
