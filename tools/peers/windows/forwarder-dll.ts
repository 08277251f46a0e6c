const FILE_ALIGNMENT = 0x200;
const SECTION_RVA = 0x1000;
const HEADERS_SIZE = 0x200;

/**
 * A Windows DLL (x64) without any code: each of its functions is one of another DLL. Go asks `bcryptprimitives.dll` for
 * random numbers, which Wine has from version 8.21 on only; Debian 12 has 8.0.
 *
 * @param forwards the names of its functions, and `dll.function` for each
 */
export function forwarderDll(name: string, forwards: Readonly<Record<string, string>>): Buffer {
  const section = exportSection(name, forwards);
  const size = Math.ceil(section.length / FILE_ALIGNMENT) * FILE_ALIGNMENT;
  const file = Buffer.alloc(HEADERS_SIZE + size);
  file.write('MZ');
  file.writeUInt32LE(0x40, 0x3c); // where the PE header is
  let at = file.write('PE\0\0', 0x40) + 0x40;
  const u16 = (...values: number[]): void => {
    for (const value of values) at = file.writeUInt16LE(value, at);
  };
  const u32 = (...values: number[]): void => {
    for (const value of values) at = file.writeUInt32LE(value, at);
  };
  const u64 = (...values: bigint[]): void => {
    for (const value of values) at = file.writeBigUInt64LE(value, at);
  };

  // the file header: x64, one section; executable, large addresses, a DLL
  u16(0x8664, 1);
  u32(0, 0, 0);
  u16(0xf0, 0x2022);
  // the optional header, PE32+; no code, no entry point
  u16(0x20b, 0);
  u32(0, size, 0, 0, SECTION_RVA);
  u64(0x1_8000_0000n);
  u32(SECTION_RVA, FILE_ALIGNMENT);
  u16(6, 0, 0, 0, 6, 0);
  u32(0, SECTION_RVA + Math.ceil(size / 0x1000) * 0x1000, HEADERS_SIZE, 0);
  u16(2, 0x0160); // any subsystem; may be moved, its data is not code
  u64(0x10_0000n, 0x1000n, 0x10_0000n, 0x1000n);
  u32(0, 16);
  u32(SECTION_RVA, section.length); // the first of 16 data directories: what it exports
  at += 15 * 8;
  // the only section: initialised data, to be read
  at += file.write('.edata\0\0', at);
  u32(section.length, SECTION_RVA, size, HEADERS_SIZE, 0, 0);
  u16(0, 0);
  u32(0x4000_0040);
  section.copy(file, HEADERS_SIZE);
  return file;
}

/** An export directory; an address inside of it is the name of what is forwarded to. */
function exportSection(name: string, forwards: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(forwards).sort(([a], [b]) => (a < b ? -1 : 1)); // it is searched by halves
  const count = entries.length;
  const functions = 40;
  const names = functions + 4 * count;
  const ordinals = names + 4 * count;
  const parts: Buffer[] = [Buffer.alloc(ordinals + 2 * count)];
  let length = parts[0]?.length ?? 0;
  const text = (value: string): number => {
    const address = SECTION_RVA + length;
    const part = Buffer.from(`${value}\0`, 'latin1');
    parts.push(part);
    length += part.length;
    return address;
  };
  const [head = Buffer.alloc(0)] = parts;
  head.writeUInt32LE(text(name), 12);
  head.writeUInt32LE(1, 16); // the first ordinal
  head.writeUInt32LE(count, 20);
  head.writeUInt32LE(count, 24);
  [functions, names, ordinals].forEach((table, index) =>
    head.writeUInt32LE(SECTION_RVA + table, 28 + 4 * index),
  );
  entries.forEach(([from, to], index) => {
    head.writeUInt32LE(text(to), functions + 4 * index);
    head.writeUInt32LE(text(from), names + 4 * index);
    head.writeUInt16LE(index, ordinals + 2 * index);
  });
  return Buffer.concat(parts);
}
