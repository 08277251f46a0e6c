/** Whether a text is an IPv4 or IPv6 address in its usual form (RFC 4291 §2.2; a zone such as `%eth0` may follow). */
export function isIpAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

/** Whether a text is an address that one computer can have: not all, none, or a group of them (RFC 1122 §3.2.1.3, RFC 4291 §2). */
export function isHostAddress(text: string): boolean {
  if (!isIpAddress(text)) return false;
  if (isIpv4(text)) return !/^(?:0\.|22[4-9]\.|23\d\.|255\.255\.255\.255$)/.test(text);
  const [address = ''] = text.split('%');
  return /[1-9a-f]/i.test(address) && !/^ff/i.test(address);
}

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = new RegExp(`^(?:${octet}\\.){3}${octet}$`);

function isIpv4(text: string): boolean {
  return ipv4.test(text);
}

function isIpv6(text: string): boolean {
  const [address = '', zone, ...more] = text.split('%');
  if (more.length > 0 || zone === '') return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [half, part] of halves.entries()) {
    if (part === '') continue;
    const pieces = part.split(':');
    for (const [at, piece] of pieces.entries()) {
      const last = half === halves.length - 1 && at === pieces.length - 1;
      if (/^[0-9A-Fa-f]{1,4}$/.test(piece)) groups += 1;
      else if (last && isIpv4(piece)) groups += 2;
      else return false;
    }
  }
  return halves.length === 2 ? groups <= 7 : groups === 8;
}
