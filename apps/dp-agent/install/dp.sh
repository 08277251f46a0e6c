#!/bin/sh
# Makes this machine a distribution point (DP), or brings it to another version. The console shows the whole line:
#
#   curl -fsSL https://GATEWAY/install/dp.sh | sudo sh -s -- --gateway https://GATEWAY --token TOKEN --server-key SHA256:...
#
# It may be run again at any time: what is done already stays as it is.
#
#   --gateway URL      where the gateway answers
#   --token TOKEN      join token of one DP           } one of both; neither on a machine that has joined: it gets the version
#   --key KEY          key for many DPs               } that the gateway offers
#   --name NAME        with --key: the DP's name (default: this machine's)
#   --server-key F     fingerprint of the server's key: what is installed must be signed by it
#   --ca-file FILE     certificate (PEM) of the CA that signed the gateway's certificate, when it is a CA of your own
#   --proxy URL        proxy on the way to the gateway
#   --version V        another version than the newest
#   --deb              install the Debian package instead of the archive
#   --state DIR        the state folder (default /var/lib/relaypoint-dp-agent)
#   --no-service       set up no systemd service; it is started some other way
#   --uninstall        take everything away but the state folder and its user; with --purge those too
set -u

home=/opt/relaypoint-dp
link=/usr/local/bin/relaypoint-dp
unit=/etc/systemd/system/relaypoint-dp.service
user=relaypoint-dp
# seconds that the gateway forgives
skew=60

say() { printf '%s\n' "$*"; }
fail() {
  printf 'relaypoint-dp: %s\n' "$*" >&2
  exit 1
}
has() { command -v "$1" > /dev/null 2>&1; }

# ---- what was asked for

gateway='' token='' key='' name='' server_key='' ca_file='' proxy='' version=latest kind=tar
state=/var/lib/relaypoint-dp-agent service=yes uninstall='' purge=''

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --deb) kind=deb ;;
      --no-service) service='' ;;
      --uninstall) uninstall=yes ;;
      --purge) purge=yes ;;
      --gateway | --token | --key | --name | --server-key | --ca-file | --proxy | --version | --state)
        [ $# -ge 2 ] || fail "$1 needs a value: copy the whole line from the console"
        case $1 in
          --gateway) gateway=${2%/} ;;
          --token) token=$2 ;;
          --key) key=$2 ;;
          --name) name=$2 ;;
          --server-key) server_key=$2 ;;
          --ca-file) ca_file=$2 ;;
          --proxy) proxy=$2 ;;
          --version) version=$2 ;;
          --state) state=$2 ;;
        esac
        shift
        ;;
      *) fail "$1 is not known: copy the whole line from the console" ;;
    esac
    shift
  done
}

# ---- what has to be there

look_around() {
  missing=''
  for program in curl tar gzip sha256sum mktemp readlink; do
    has "$program" || missing="$missing $program"
  done
  [ "$kind" = tar ] || has dpkg || missing="$missing dpkg"
  id "$user" > /dev/null 2>&1 || has useradd || missing="$missing useradd"
  has runuser || has setpriv || has su || missing="$missing runuser"
  [ -z "$missing" ] || fail "these programs are missing, install them first:$missing"
  if [ -n "$service" ] && [ ! -d /run/systemd/system ]; then
    fail "this machine does not run systemd, so that nothing would start the DP again after a restart.
Install it with --no-service, and let your own service manager run: relaypoint-dp run (as user $user)"
  fi
  case $(uname -s) in Linux) ;; *) fail "this is $(uname -s); a DP runs on Linux" ;; esac
  case $(uname -m) in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "there is no DP agent for the processor $(uname -m), only for x86_64 and aarch64" ;;
  esac
  case $gateway in http://* | https://*) ;; *) fail '--gateway URL is needed: copy the whole line from the console' ;; esac
  [ -n "$server_key" ] || fail '--server-key is needed: copy the whole line from the console'
  [ -z "$ca_file" ] || [ -r "$ca_file" ] || fail "the CA file $ca_file cannot be read"
  if [ -z "$token$key" ] && [ ! -e "$state/identity.json" ]; then
    fail '--token or --key is needed: copy the whole line from the console'
  fi
}

# ---- the gateway

# Fetches PATH into FILE; says what stands in between when it is not the gateway that answers.
fetch() {
  set -- "$1" "$2" -sS --connect-timeout 20 --retry 4 --retry-delay 2 -o "$2" -D "$work/head" -w '%{http_code} %{redirect_url}'
  path=$1
  shift
  [ -z "$ca_file" ] || set -- "$@" --cacert "$ca_file"
  [ -z "$proxy" ] || set -- "$@" --proxy "$proxy"
  into=$1
  shift
  rm -f "$into" "$work/head"
  answer=$(curl "$@" "$gateway$path" 2> "$work/error")
  code=$?
  [ "$code" = 0 ] || not_reached "$code"
  status=${answer%% *} elsewhere=${answer#* }
  case $status in
    200) return ;;
    30?) fail "$gateway sends to $elsewhere: a captive portal or a proxy stands in between; log in there, or name the gateway itself" ;;
    407) fail "the proxy wants a login: --proxy http://USER:PASSWORD@HOST:PORT" ;;
    511) fail "the network wants a login first (captive portal): open $gateway in a browser of this network" ;;
    429) fail 'the gateway has too many callers just now: run the same line again in a minute' ;;
    404)
      if is_gateways; then
        fail "the gateway offers no version $version of the DP agent. On the server: npm run dp:pack, and DP_BUNDLE_DIR"
      fi
      ;;
    503) if is_gateways; then fail 'the gateway answers, but the server behind it does not: try again in a minute'; fi ;;
  esac
  not_the_gateway
}

is_gateways() { grep -qi '^content-type: *application/problem+json' "$work/head" 2> /dev/null; }

not_the_gateway() {
  title=$(tr '\n' ' ' < "$into" 2> /dev/null | sed -n 's/.*<title[^>]*>\([^<]*\)<.*/\1/p' | cut -c 1-80)
  fail "what answers at $gateway is not a gateway (status $status${title:+, a page titled \"$title\"}): a captive portal, a proxy or another server stands there"
}

not_reached() {
  what=$(sed 's/^curl: ([0-9]*) //' "$work/error" | tail -n 1)
  case $1 in
    5) fail "the proxy's name is not known: $what" ;;
    6) fail "the gateway's name is not known here (DNS): $what" ;;
    7) fail "$gateway takes no connection: $what. Is the port open in the firewall?" ;;
    28) fail "$gateway does not answer in time: $what. Is a proxy needed (--proxy URL)?" ;;
    35 | 51 | 58 | 59 | 60 | 77 | 83)
      # the clock comes first: with a wrong one every certificate looks wrong
      set -- -k -sS -o /dev/null -D "$work/head" --connect-timeout 20
      [ -z "$proxy" ] || set -- "$@" --proxy "$proxy"
      if curl "$@" "$gateway/health/live" 2> /dev/null; then check_clock; fi
      fail "the gateway's certificate is not trusted: $what
Is it of a CA of your own? Then name the CA: --ca-file FILE. On a bare machine install ca-certificates."
      ;;
  esac
  fail "$gateway cannot be reached: $what"
}

# Compares the clock with that of the answer in $work/head.
check_clock() {
  date=$(tr -d '\r' < "$work/head" | sed -n 's/^[Dd]ate: *//p' | tail -n 1)
  there=$(date -d "$date" +%s 2> /dev/null) || return 0
  off=$(($(date +%s) - there))
  if [ "$off" -gt "$skew" ] || [ "$off" -lt "-$skew" ]; then
    fail "this machine's clock is ${off#-} s $([ "$off" -gt 0 ] && echo ahead of || echo behind) the gateway's: set it first (timedatectl set-ntp true)"
  fi
}

# ---- the bundle

# Verifies the manifest with openssl, where there is one that can: before anything of it is unpacked.
check_signature() {
  case $(openssl version 2> /dev/null) in 'OpenSSL '[3-9]*) ;; *) return 0 ;; esac
  # base64url without padding, as ordinary base64
  plain() { sed -n "s/^$1 //p" "$work/tail" | tr '_-' '/+' | tr -d '\n'; }
  printf '\060\052\060\005\006\003\053\145\160\003\041\000' > "$work/key"
  printf '%s=' "$(plain key)" | openssl base64 -d -A > "$work/raw"
  cat "$work/raw" >> "$work/key"
  printf '%s==' "$(plain signature)" | openssl base64 -d -A > "$work/signature"
  shown=SHA256:$(openssl dgst -sha256 -binary "$work/raw" | openssl base64 -A | tr -d '=')
  [ "$shown" = "$(printf %s "$server_key" | tr -d '=')" ] ||
    fail "what the gateway offers is signed by another key ($shown) than the line says. Nothing was installed. Copy the line from the console again; if it stays so, somebody is in between."
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key" -rawin -in "$work/body" -sigfile "$work/signature" > /dev/null 2>&1 ||
    fail 'the signature of what the gateway offers is wrong. Nothing was installed.'
}

# Fetches and verifies the version that is wanted; it is in $work/$file then.
fetch_bundle() {
  fetch "/install/manifests/$version" "$work/manifest"
  read -r first < "$work/manifest" || first=''
  [ "$first" = 'relaypoint-dp-bundle 1' ] || not_the_gateway
  check_clock
  sed '/^--$/,$d' "$work/manifest" > "$work/body"
  sed '1,/^--$/d' "$work/manifest" > "$work/tail"
  check_signature
  version=$(sed -n 's/^version //p' "$work/body")
  case $version in '' | *[!0-9A-Za-z.+_-]*) fail 'the manifest names no version' ;; esac
  file='' size='' digest=''
  while read -r word its_arch its_kind its_name its_size its_digest; do
    if [ "$word $its_arch $its_kind" = "file $arch $kind" ]; then file=$its_name size=$its_size digest=$its_digest; fi
  done < "$work/body"
  [ -n "$file" ] || fail "version $version is not offered for $arch as $kind"
  case $file in *[!0-9A-Za-z.+_-]*) fail 'the manifest names a file that is none' ;; esac
  if [ "$(cat "$home/versions/$version/.sha256" 2> /dev/null)" = "$digest" ] && is_dpkgs; then
    say "Version $version is installed already."
    return
  fi
  say "Fetching version $version ($((size / 1048576)) MiB) ..."
  fetch "/install/files/$file" "$work/$file"
  [ "$(sha256sum < "$work/$file" | cut -d ' ' -f 1)" = "$digest" ] ||
    fail "what was fetched is not what the manifest says (SHA-256): something on the way changes files. Nothing was installed."
}

# Whether dpkg still has the version; what lies in its folder outlives the package.
is_dpkgs() {
  [ "$kind" = tar ] ||
    [ "$(dpkg-query -W -f '${Version} ${Status}' relaypoint-dp 2> /dev/null)" = "$version install ok installed" ]
}

# Whether the manifest is signed by the key of the line, by the bundle's own Node. Where openssl has said so already it says so again.
check_by_bundle() {
  "$1/bin/node" --version > /dev/null 2> "$work/error" ||
    fail "the agent's Node does not run here ($(head -n 1 "$work/error")): it needs glibc 2.28 or later, and its libstdc++ (package libstdc++6)"
  "$1/bin/node" "$1/app/dist/apps/dp-agent/src/main.js" check-bundle --manifest "$work/manifest" --server-key "$server_key" ||
    fail 'nothing was installed'
}

unpack() {
  folder=$home/versions/$version
  [ -e "$work/$file" ] || return 0
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  # shellcheck disable=SC2064
  trap "rm -rf '$work' '$folder.new'" EXIT
  tar -xzf "$work/$file" --no-same-owner -C "$folder.new" || fail "$file cannot be unpacked: is the disk full?"
  check_by_bundle "$folder.new"
  printf '%s\n' "$digest" > "$folder.new/.sha256"
  before=$(readlink "$home/current" 2> /dev/null | sed 's|^versions/||')
  rm -rf "$folder"
  mv "$folder.new" "$folder"
  # the one before stays, should somebody want it back
  for old in "$home"/versions/*; do
    case ${old##*/} in "$version" | "$before") ;; *) rm -rf "$old" ;; esac
  done
}

install_archive() {
  mkdir -p "$home/versions"
  unpack
  ln -s "versions/$version" "$home/current.new.$$" && mv -T "$home/current.new.$$" "$home/current" ||
    fail "$home/current cannot be set"
  mkdir -p "${link%/*}"
  ln -sfn "$home/current/bin/relaypoint-dp" "$link"
}

install_deb() {
  [ ! -e "$work/$file" ] || {
    rm -rf "$work/deb"
    dpkg-deb --extract "$work/$file" "$work/deb" || fail "$file cannot be unpacked: is the disk full?"
    check_by_bundle "$work/deb$home/versions/$version"
    dpkg --install "$work/$file" || fail 'dpkg has not installed the package: its words stand above'
    printf '%s\n' "$digest" > "$home/versions/$version/.sha256"
  }
}

make_user() {
  id "$user" > /dev/null 2>&1 ||
    useradd --system --no-create-home --home-dir "$state" --shell /usr/sbin/nologin "$user" || fail "the user $user cannot be made"
  mkdir -p "$state" && chown "$user:$(id -gn "$user")" "$state" && chmod 700 "$state" || fail "$state cannot be made"
}

as_user() {
  if has runuser; then runuser -u "$user" -- "$@"
  elif has setpriv; then setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "$@"
  else
    # su takes one text; none of the words has a quote in it
    line=''
    for word in "$@"; do line="$line '$word'"; done
    su -s /bin/sh -c "$line" "$user"
  fi
}

join() {
  [ -n "$token$key" ] || return 0
  set -- join --state "$state" --gateway "$gateway" --server-key "$server_key"
  [ -z "$token" ] || set -- "$@" --token "$token"
  [ -z "$key" ] || set -- "$@" --key "$key"
  [ -z "$name" ] || set -- "$@" --name "$name"
  [ -z "$proxy" ] || set -- "$@" --proxy "$proxy"
  if [ -n "$ca_file" ]; then
    # the user may not read where the file lies; and what is the user's may be a link, which root does not write through
    as_user tee "$state/gateway-ca.pem" < "$ca_file" > /dev/null || fail "$state/gateway-ca.pem cannot be written"
    set -- "$@" --ca-file "$state/gateway-ca.pem"
  fi
  as_user "$home/current/bin/relaypoint-dp" "$@" ||
    fail 'the agent is installed, but has not joined: its words stand above. Run the same line again when that is mended.'
}

start_service() {
  if [ -z "$service" ]; then
    say "Installed without a service. To start it: $link run --state $state (as user $user)"
    return
  fi
  if [ "$kind" = tar ]; then
    sed "s|^ExecStart=.*|ExecStart=$link run --state $state|" "$home/current/relaypoint-dp.service" > "$unit.new" && mv "$unit.new" "$unit" ||
      fail "$unit cannot be written"
    [ "$state" = /var/lib/relaypoint-dp-agent ] || sed -i "s|^StateDirectory.*||; s|^UMask=.*|&\nReadWritePaths=$state|" "$unit"
  fi
  systemctl daemon-reload
  systemctl enable --quiet relaypoint-dp && systemctl restart relaypoint-dp ||
    fail 'the service does not start: journalctl -u relaypoint-dp says why'
  say 'The DP runs: systemctl status relaypoint-dp'
}

take_away() {
  if has dpkg && dpkg -s relaypoint-dp > /dev/null 2>&1; then
    dpkg --remove relaypoint-dp || fail 'dpkg has not removed the package: its words stand above'
  fi
  if [ -d /run/systemd/system ] && [ -e "$unit" ]; then systemctl disable --quiet --now relaypoint-dp; fi
  rm -rf "$unit" "$link" "$home"
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
  if [ -n "$purge" ]; then
    rm -rf "$state"
    ! id "$user" > /dev/null 2>&1 || userdel "$user"
    say 'The DP is gone from this machine. Disable or delete it in the console as well.'
  else
    # what the agent has fetched; a link is removed, not followed
    rm -rf "$state/versions"
    say "The DP is gone from this machine but for its keys and its journal in $state (--purge takes them as well)."
  fi
}

main() {
  read_arguments "$@"
  [ "$(id -u)" = 0 ] || fail 'this has to be run as root: ... | sudo sh -s -- ...'
  if [ -n "$uninstall" ]; then
    take_away
    return
  fi
  look_around
  work=$(mktemp -d) || fail 'there is no room for temporary files'
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  trap 'exit 1' HUP INT TERM
  fetch_bundle
  if [ "$kind" = deb ]; then install_deb; else install_archive; fi
  make_user
  # what is installed here counts, also where the agent had brought itself to another version
  as_user rm -f "$state/versions/current" "$state/versions/trial" "$state/versions/handed"
  join
  start_service
}

# the last line: of a script that arrived in part, nothing is run
main "$@"
