import { connect } from 'node:net';

// SMB 2 (MS-SMB2): what a computer says of itself before anybody logs in holds its clock.
const SMB_PORT = 445;
const HEADER = 64;
const DIALECTS = [0x0300, 0x0302];
/** Of the answer: the length in front, the header, and the fields before the time (§2.2.4). */
const TIME_AT = 4 + HEADER + 40;
/** Seconds to wait for the answer: it is asked for after a login that was answered. */
const WITHIN = 10;
/** Milliseconds from 1601, where Windows begins to count, to 1970. */
const EPOCH = 11_644_473_600_000;

/** The first message of SMB 2 (§2.2.3), which asks for the dialects that both can speak. */
export function negotiateRequest(): Buffer {
  const body = Buffer.alloc(36 + 2 * DIALECTS.length);
  body.writeUInt16LE(36, 0);
  body.writeUInt16LE(DIALECTS.length, 2);
  body.writeUInt16LE(1, 4); // signing is enabled
  DIALECTS.forEach((dialect, n) => body.writeUInt16LE(dialect, 36 + 2 * n));
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(0xfe534d42, 0); // 0xFE, "SMB"
  header.writeUInt16LE(HEADER, 4);
  header.writeUInt16LE(1, 14); // one credit
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length + body.length);
  return Buffer.concat([length, header, body]);
}

/** The clock in the answer, milliseconds since 1970; null when it is none, or not whole yet. */
export function clockOf(answer: Buffer): number | null {
  if (answer.length < TIME_AT + 8 || answer.readUInt32BE(4) !== 0xfe534d42) return null;
  // a refusal has no such fields
  if (answer.readUInt32LE(4 + 8) !== 0 || answer.readUInt16LE(4 + HEADER) !== 65) return null;
  return Number(answer.readBigUInt64LE(TIME_AT) / 10_000n) - EPOCH;
}

/** Asks a computer for its clock, milliseconds since 1970; null when it does not tell. */
export function clockOfComputer(host: string): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: SMB_PORT });
    let answer = Buffer.alloc(0);
    const end = (clock: number | null): void => {
      socket.destroy();
      resolve(clock);
    };
    socket.setTimeout(WITHIN * 1000, () => end(null));
    socket.once('error', () => end(null));
    socket.once('close', () => end(null));
    socket.once('connect', () => socket.write(negotiateRequest()));
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      const clock = clockOf(answer);
      if (clock !== null || answer.length > TIME_AT + 8) end(clock);
    });
  });
}
