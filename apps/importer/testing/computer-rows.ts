/** A CSV file with `count` computers, in German and with umlauts. */
export function computerRows(count: number, prefix = 'pc'): string {
  const lines = ['Name;DNSHostName;Betriebssystem;Beschreibung;Standort;IP'];
  for (let at = 1; at <= count; at += 1) {
    const name = `${prefix}${String(at).padStart(6, '0')}`;
    const ip = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
    lines.push(`${name};${name}.corp.test;Windows 11 Pro;"Rechner ""${at}"", Büro";Köln;${ip}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}
