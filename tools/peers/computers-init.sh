# shellcheck shell=bash
# pid 1 of a test computer: starts what the network sees of it and collects orphans. Arguments: FAULT ADDRESS PORT
fault=$1 address=$2 port=$3
trap 'exit 0' USR1
# shellcheck disable=SC2016 # perl expands it
# a listener in perl, because Debian always has it: `mute` accepts and says nothing, `blackhole` fills its own queue
listener='
  use Socket; my ($kind, $address, $port) = @ARGV;
  socket(my $s, PF_INET, SOCK_STREAM, 0); setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
  my $at = sockaddr_in($port, inet_aton($address)); bind($s, $at) or die "bind: $!";
  listen($s, $kind eq "mute" ? 64 : 0); my @kept;
  if ($kind eq "mute") { while (accept(my $c, $s)) { push @kept, $c } }
  for (1 .. 4) { socket(my $c, PF_INET, SOCK_STREAM, 0); fcntl($c, 4, 2048); connect($c, $at); push @kept, $c }
  sleep 1000000'
case $fault in
  closed) ;;
  mute | blackhole) perl -e "$listener" "$fault" "$address" "$port" & ;;
  *) /usr/sbin/sshd -D -e -f /run/sshd_config & ;;
esac
touch /run/booted
while :; do sleep 1000000 & wait; done
