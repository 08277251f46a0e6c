/**
 * A Windows DLL (PE32+, x64) without code: its one export is that of another DLL. Wine before 8.21 has no
 * bcryptprimitives.dll, which programs of Go 1.22 and later cannot do without; its one function is there under another
 * name in advapi32.
 *
 * @see https://learn.microsoft.com/windows/win32/debug/pe-format
 */
export function forwarderDll(dll: string, name: string, target: string): Buffer {
  const rva = SECTION_ALIGNMENT;
  const table = exportTable(rva, dll, name, target);
  const file = Buffer.alloc(FILE_ALIGNMENT * 2);

  file.write('MZ', 0);
  file.writeUInt32LE(PE_AT, 0x3c);
  file.write('PE\0\0', PE_AT);
  const coff = PE_AT + 4;
  file.writeUInt16LE(0x8664, coff); // machine: x64
  file.writeUInt16LE(1, coff + 2); // sections
  file.writeUInt16LE(OPTIONAL_HEADER, coff + 16);
  file.writeUInt16LE(0x2022, coff + 18); // executable, large addresses, DLL

  const optional = coff + 20;
  file.writeUInt16LE(0x20b, optional); // PE32+
  file.writeUInt32LE(FILE_ALIGNMENT, optional + 8); // initialised data
  file.writeBigUInt64LE(0x1_8000_0000n, optional + 24); // preferred base
  file.writeUInt32LE(SECTION_ALIGNMENT, optional + 32);
  file.writeUInt32LE(FILE_ALIGNMENT, optional + 36);
  file.writeUInt16LE(6, optional + 40); // for Windows 6.0 and later
  file.writeUInt16LE(6, optional + 48);
  file.writeUInt32LE(SECTION_ALIGNMENT * 2, optional + 56); // size in memory
  file.writeUInt32LE(FILE_ALIGNMENT, optional + 60); // size of the headers
  file.writeUInt16LE(2, optional + 68); // subsystem: GUI, as for every DLL
  file.writeUInt16LE(0x160, optional + 70); // may be moved, no code to be executed
  file.writeBigUInt64LE(0x10_0000n, optional + 72); // stack and heap, which a DLL has none of its own of
  file.writeBigUInt64LE(0x1000n, optional + 80);
  file.writeBigUInt64LE(0x10_0000n, optional + 88);
  file.writeBigUInt64LE(0x1000n, optional + 96);
  file.writeUInt32LE(16, optional + 108); // data directories; the first is the export table
  file.writeUInt32LE(rva, optional + 112);
  file.writeUInt32LE(table.length, optional + 116);

  const section = optional + OPTIONAL_HEADER;
  file.write('.edata', section);
  file.writeUInt32LE(table.length, section + 8);
  file.writeUInt32LE(rva, section + 12);
  file.writeUInt32LE(FILE_ALIGNMENT, section + 16);
  file.writeUInt32LE(FILE_ALIGNMENT, section + 20);
  file.writeUInt32LE(0x4000_0040, section + 36); // initialised data, readable

  table.copy(file, FILE_ALIGNMENT);
  return file;
}

const PE_AT = 0x40;
const OPTIONAL_HEADER = 240;
const FILE_ALIGNMENT = 0x200;
const SECTION_ALIGNMENT = 0x1000;
const DIRECTORY = 40;

/** The export directory with its three tables of one entry each. An address within the table means a forwarder. */
function exportTable(rva: number, dll: string, name: string, target: string): Buffer {
  const addresses = DIRECTORY;
  const names = addresses + 4;
  const ordinals = names + 4;
  const texts = ordinals + 2;
  const dllAt = texts;
  const nameAt = dllAt + dll.length + 1;
  const targetAt = nameAt + name.length + 1;
  const table = Buffer.alloc(targetAt + target.length + 1);
  table.writeUInt32LE(rva + dllAt, 12);
  table.writeUInt32LE(1, 16); // first ordinal
  table.writeUInt32LE(1, 20); // functions
  table.writeUInt32LE(1, 24); // names
  table.writeUInt32LE(rva + addresses, 28);
  table.writeUInt32LE(rva + names, 32);
  table.writeUInt32LE(rva + ordinals, 36);
  table.writeUInt32LE(rva + targetAt, addresses);
  table.writeUInt32LE(rva + nameAt, names);
  table.write(dll, dllAt, 'latin1');
  table.write(name, nameAt, 'latin1');
  table.write(target, targetAt, 'latin1');
  return table;
}
