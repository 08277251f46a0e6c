#!/usr/bin/env bash
# Makes what all starts begin with, in namespaces of its own: prepare.sh STATE CACHE COMPUTERS
# A domain with its accounts, computers that have joined it, and a Wine prefix. Takes half a minute.
set -euo pipefail
. "$(dirname "$0")/common.sh"
state=$1 cache=$2 computers=$3
own_mounts "$state"
ip link set lo up
ip link add lan type bridge
ip address add "$NET.2/24" dev lan
ip link set lan up

prefix() {
  # shellcheck disable=SC2030
  export WINEDEBUG=-all
  wine $W/prefix timeout 300 $WINE wineboot -i
  wine $W/prefix timeout 60 $WINE winecfg -v win10
  wine $W/prefix $WINESERVER -k
  wine $W/prefix $WINESERVER -w
  local system=$W/prefix/drive_c/windows/system32
  [ -e $system/bcryptprimitives.dll ] || cp "$cache/bcryptprimitives.dll" $system/
  [ -e $system/cmd.exe ] || die 'Wine made no prefix'
  # nothing of this machine is a drive of the computer
  rm -rf $W/prefix/dosdevices/z: $W/prefix/drive_c/users/*/{Desktop,Documents,Downloads,Music,Pictures,Templates,Videos}
}
prefix > $W/prefix.log 2>&1 &
making=$!

mkdir -p $W/dc
samba-tool domain provision -s /dev/null --realm="${REALM^^}" --domain=$DOMAIN --server-role=dc --host-name=$DC \
  --host-ip="$NET.2" --adminpass="$ADMIN_PASSWORD" --dns-backend=SAMBA_INTERNAL --targetdir=$W/dc \
  --option='disable netbios=yes' --option='vfs objects=dfs_samba4 acl_xattr xattr_tdb' > $W/provision.log 2>&1 ||
  die "the domain could not be made: $(tail -5 $W/provision.log)"
sed -i "/^\[global\]/a\\
	server services = ldap,cldap,kdc,rpc,s3fs,winbindd,dns\\
	ldap server require strong auth = allow_sasl_over_tls\\
	tls cafile = $W/tls/ca.pem\\
	tls certfile = $W/tls/cert.pem\\
	tls keyfile = $W/tls/key.pem\\
	lock directory = $W/dc/lock\\
	pid directory = $W/dc/pid\\
	ncalrpc dir = $W/dc/ncalrpc\\
	ntp signd socket directory = $W/dc/ntp_signd\\
	log file = $W/dc/log.%m\\
	dns update command = /bin/true\\
	load printers = no" $W/dc/etc/smb.conf
sed -i '/dns forwarder/d' $W/dc/etc/smb.conf
mkdir -p $W/dc/lock $W/dc/pid
/usr/bin/python3 "$here/domain.py" $W/dc/etc/smb.conf "$PASSWORD" > $W/dc/admins
start_controller
for ((n = 1; n <= computers; n++)); do
  bash "$here/computer.sh" join "$n" > $W/join.log 2>&1 || die "computer $n could not join: $(tail -5 $W/join.log)"
done
stop_controller
rm -rf $W/dc/ncalrpc $W/dc/ntp_signd # sockets
wait $making || die "Wine made no prefix: $(tail -5 $W/prefix.log)"
rm -rf "$cache/prefix"
mv $W/prefix "$cache/prefix"
cd $W
tar --xattrs '--xattrs-include=*' -cf "$cache/domain.tar.new" dc $(seq 1 "$computers")
mv "$cache/domain.tar.new" "$cache/domain.tar"
