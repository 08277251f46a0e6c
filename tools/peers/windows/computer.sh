#!/usr/bin/env bash
# One Windows computer: what answers on its network is Samba, what runs on it is Wine.
#   computer.sh join N        makes it a member of the domain
#   computer.sh boot N        one run of it from power-on to power-off; becomes its pid 1
#   computer.sh fault N KIND  within the namespaces of a running one
#   computer.sh shutdown N    ends Wine in order, as Windows does before it restarts
set -euo pipefail
. "$(dirname "$0")/common.sh"
role=$1 n=$2
me=$W/$n
prefix=$me/prefix
conf=$me/smb.conf
BRIDGE=127.0.0.1:4999

configure() { # KIND of fault
  local admins="administrator @\"$DOMAIN\\Domain Admins\" @\"$DOMAIN\\Workstation Admins\"" share='ADMIN$' folder
  [ "$1" != noshare ] || share=ADMIN-OFF
  for folder in private lock state cache pid ncalrpc; do mkdir -p "$me/samba/$folder"; done
  cat > "$conf.new" << C
[global]
  workgroup = $DOMAIN
  realm = ${REALM^^}
  netbios name = $(name_of "$n")
  security = ADS
  server role = member server
  private dir = $me/samba/private
  lock directory = $me/samba/lock
  state directory = $me/samba/state
  cache directory = $me/samba/cache
  pid directory = $me/samba/pid
  ncalrpc dir = $me/samba/ncalrpc
  log file = $me/samba/log.%m
  smb ports = 445
  disable netbios = yes
  name resolve order = host
  load printers = no
  printing = bsd
  printcap name = /dev/null
  kerberos method = secrets only
  machine password timeout = 0
  winbind max domain connections = 2
  idmap config * : backend = tdb
  idmap config * : range = 100000-200000
  idmap config $DOMAIN : backend = rid
  idmap config $DOMAIN : range = 200001-900000
  template shell = /bin/false
  server min protocol = SMB3_00
  server signing = mandatory
  server smb encrypt = desired
  ntlm auth = ntlmv2-only
  map to guest = never
  rpc start on demand helpers = no
  admin users = $admins
  vfs objects = acl_xattr
  acl_xattr:ignore system acls = yes
  store dos attributes = yes
[$share]
  path = $prefix/drive_c/windows
  valid users = $admins
  read only = no
  browseable = no
[C\$]
  path = $prefix/drive_c
  valid users = $admins
  read only = no
  browseable = no
C
  mv "$conf.new" "$conf"
}

join() {
  mkdir -p "$me"
  configure none
  net -s "$conf" ads join -S "$DC.$REALM" -U "Administrator%$ADMIN_PASSWORD" --no-dns-updates \
    osName="Windows 11 Pro" osVer="10.0 (26100)" \
    "dnshostname=$(name_of "$n").$REALM"
  # the computer's own administrator, whose RID is 500 on Windows
  printf '%s\n' "$LOCAL_PASSWORD" "$LOCAL_PASSWORD" | pdbedit -s "$conf" -a -t -u administrator
  pdbedit -s "$conf" -r -u administrator -U 500
  pdbedit -s "$conf" -v -u administrator | sed -n 's/^User SID: *//p' > "$me/admins"
}

boot() {
  local fault
  fault=$(cat "$me/fault")
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755 samba /run/samba
  mount -t tmpfs -o mode=700 wine /tmp/.wine-0
  name_of "$n" | tr a-z A-Z > /proc/sys/kernel/hostname
  ip link set lo up
  within 20 ip link show lan > /dev/null 2>&1 || die 'no network'
  ip address add "$NET.$((10 + n))/24" dev lan
  ip address add "$(cat $W/net).$(($(cat $W/first) + 10 + n))/27" dev lan
  ip link set lan up
  rm -rf "$me/samba/ncalrpc" "$me/samba/pid"/*
  configure none
  apply "$fault"
  mkdir -p "$me/samba/ncalrpc/np"
  chmod 700 "$me/samba/ncalrpc/np"
  winbindd -s "$conf" -F --no-process-group --debug-stdout -d 1 >> "$me/winbindd.log" 2>&1 < /dev/null &
  local rpc
  rpc=$(rpc_programs)
  "$rpc/samba-dcerpcd" -s "$conf" -F --no-process-group --debug-stdout -d 1 \
    "$rpc/rpcd_lsad" "$rpc/rpcd_epmapper" >> "$me/dcerpcd.log" 2>&1 < /dev/null &
  start_smbd
  obey &
  wine "$prefix" $WINE $W/pipebridge.exe $BRIDGE >> "$me/wine.log" 2>&1 < /dev/null &
  trap 'exit 0' TERM
  "$(cat $W/node)" "$here/named-pipe.ts" "$me" svcctl $BRIDGE >> "$me/svcctl.log" 2>&1 < /dev/null &
  within 120 up || die "computer $n does not start"
  echo 1 > "$me/up"
  while :; do sleep 1000000 & wait; done
}
# Wine says on the channel advapi that it was told to restart, and does nothing; here the computer does it.
obey() {
  local line seconds restart
  tail -n 0 -F "$me/wine.log" 2> /dev/null | while read -r line; do
    # (null) L"message" SECONDS FORCE RESTART REASON
    [[ $line =~ :advapi:InitiateSystemShutdown.*\"\ ([0-9]+)\ [01]\ ([01])\  ]] || continue
    seconds=${BASH_REMATCH[1]} restart=${BASH_REMATCH[2]}
    sleep "$seconds"
    [ "$restart" = 1 ] || : > "$me/off"
    shutdown
    kill -TERM 1
  done
}
rpc_programs() { # where Debian has them, and where other distributions do
  local folder
  for folder in /usr/libexec/samba /usr/lib/*/samba; do [ ! -x "$folder/rpcd_lsad" ] || break; done
  echo "$folder"
}
up() {
  [ -S "$me/samba/ncalrpc/np/svcctl" ] || [ -S "$me/samba/ncalrpc/np/svcctl.off" ] &&
    listens 127.0.0.1 445 && { [ ! -e $W/dc.pid ] || wbinfo -P > /dev/null 2>&1; }
}

# What of a fault is not in smb.conf. Each is undone by `none`.
apply() { # KIND
  local socket=$me/samba/ncalrpc/np/svcctl free
  rm -f "$me/disk/ballast"
  [ ! -S "$socket.off" ] || mv "$socket.off" "$socket"
  rm -f "$me/refuse" "$me/quarantine" "$me/no-pipe" "$me/clock"
  configure "$1"
  case $1 in
    none | noshare) ;;
    nosvcctl)
      : > "$me/no-pipe" # for a start of the computer
      [ ! -S "$socket" ] || mv "$socket" "$socket.off"
      ;;
    noscm) : > "$me/refuse" ;;
    clock) echo +1h > "$me/clock" ;;
    badexe) : > "$me/quarantine" ;;
    diskfull)
      free=$(df --output=avail -k "$me/disk" | tail -1)
      # Wine may be quicker, and take some of it meanwhile
      head -c $(((free - 64) * 1024)) /dev/zero > "$me/disk/ballast" || truncate -s -64K "$me/disk/ballast"
      ;;
    *) die "unknown fault $1" ;;
  esac
}

fault() {
  apply "$1"
  echo "$1" > "$me/fault"
  # a reload would leave open for how long the old settings are served
  stop_smbd
  start_smbd
  within 20 listens 127.0.0.1 445 || die "smbd does not start: $(tail -3 "$me/smbd.log")"
}
start_smbd() {
  local clock=()
  # the clock that its SMB server tells and judges tickets by
  [ ! -e "$me/clock" ] || clock=(faketime -f "$(cat "$me/clock")")
  setsid "${clock[@]}" smbd -s "$conf" -F --no-process-group --debug-stdout -d 1 >> "$me/smbd.log" 2>&1 < /dev/null &
  echo $! > "$me/smbd.pid"
}
stop_smbd() {
  local leader
  leader=$(cat "$me/smbd.pid")
  kill -TERM -- "-$leader" 2> /dev/null || :
  within 10 gone "$leader" || kill -KILL -- "-$leader" 2> /dev/null || :
  within 10 gone "$leader"
}

# In order, so that the registry is on the disk; the rest of the computer goes with its first process.
shutdown() {
  wine "$prefix" $WINESERVER -k || :
  within 30 wine "$prefix" timeout 30 $WINESERVER -w
}

"$role" "${@:3}"
