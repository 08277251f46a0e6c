import { clockOf, negotiateRequest } from './smb-clock.js';

/** As a computer answers: only what is looked at. */
function answer(status: number, at: bigint): Buffer {
  const bytes = Buffer.alloc(4 + 64 + 65);
  bytes.writeUInt32BE(0xfe534d42, 4);
  bytes.writeUInt32LE(status, 12);
  bytes.writeUInt16LE(65, 68);
  bytes.writeBigUInt64LE(at, 108);
  return bytes;
}

it('the clock of a computer is in its first answer, counted from 1601', () => {
  const time = Date.parse('2026-11-29T05:39:00.766Z');
  const bytes = answer(0, BigInt(time + 11_644_473_600_000) * 10_000n);
  expect(clockOf(bytes)).toBe(time);
  expect(clockOf(bytes.subarray(0, 100))).toBeNull();
  expect(clockOf(answer(0xc00000bb, 0n))).toBeNull();
  expect(clockOf(Buffer.from('HTTP/1.1 400 Bad Request'.padEnd(200)))).toBeNull();
});

it('the question says how long it is, and asks for SMB 3 alone', () => {
  const bytes = negotiateRequest();
  expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4);
  expect([bytes.readUInt16LE(104), bytes.readUInt16LE(106)]).toEqual([0x0300, 0x0302]);
});
