import { ServiceCalls, sidsIn } from './pdu.ts';

/** A PDU of one fragment; what is behind the header begins with the hint, the context and the operation. */
function pdu(kind: number, call: number, operation: number, stub: Buffer): Buffer {
  const bytes = Buffer.alloc(24 + stub.length);
  bytes.set([5, 0, kind, 3, 0x10]);
  bytes.writeUInt16LE(bytes.length, 8);
  bytes.writeUInt32LE(call, 12);
  bytes.writeUInt16LE(operation, 22);
  stub.copy(bytes, 24);
  return bytes;
}
const handle = Buffer.alloc(20, 7);

describe('calls of the service manager', () => {
  it('go on as they are, and the answer gets their number', () => {
    const calls = new ServiceCalls(true);
    const open = pdu(0, 41, 15, Buffer.from('stub'));
    expect(calls.request(open)).toEqual({ request: open });
    expect(calls.answer(pdu(2, 1, 0, Buffer.from('answer')))).toEqual(pdu(2, 41, 0, Buffer.from('answer')));
  });

  it('that ask for a status ask for the extended one, and get what they asked for', () => {
    const calls = new ServiceCalls(true);
    const { request } = calls.request(pdu(0, 5, 6, handle));
    expect(request?.readUInt16LE(22)).toBe(40);
    expect(request?.subarray(24)).toEqual(
      Buffer.concat([handle, Buffer.from([0, 0, 0, 0]), Buffer.from([36, 0, 0, 0])]),
    );
    const status = Buffer.alloc(28, 3);
    const [size, more, needed, error] = [
      Buffer.from([36, 0, 0, 0]),
      Buffer.alloc(8, 9),
      Buffer.alloc(4),
      Buffer.from([5, 0, 0, 0]),
    ];
    const answer = calls.answer(pdu(2, 1, 0, Buffer.concat([size, status, more, needed, error])));
    expect(answer.readUInt32LE(12)).toBe(5);
    expect(answer.readUInt16LE(8)).toBe(answer.length);
    expect(answer.subarray(24)).toEqual(Buffer.concat([status, error]));
  });

  it('of somebody without rights are refused at the door, and nowhere else', () => {
    const calls = new ServiceCalls(false);
    const bind = pdu(11, 1, 0, Buffer.alloc(40));
    expect(calls.request(bind)).toEqual({ request: bind });
    const { refusal } = calls.request(pdu(0, 2, 15, Buffer.alloc(12)));
    expect(refusal?.subarray(24)).toEqual(Buffer.concat([Buffer.alloc(20), Buffer.from([5, 0, 0, 0])]));
    expect(refusal?.readUInt32LE(12)).toBe(2);
  });

  it.each([
    [19, true],
    [31, true],
    [12, false],
  ])('number %i starts a service: %s', (operation, starts) => {
    expect(new ServiceCalls(true).startsService(pdu(0, 1, operation, handle))).toBe(starts);
  });
});

describe('the SIDs in a token', () => {
  it('are found wherever they are', () => {
    const sid = (...parts: number[]): Buffer => {
      const bytes = Buffer.alloc(8 + 4 * parts.length);
      bytes.set([1, parts.length, 0, 0, 0, 0, 0, 5]);
      parts.forEach((part, index) => bytes.writeUInt32LE(part, 8 + 4 * index));
      return bytes;
    };
    const token = Buffer.concat([
      Buffer.from('before'),
      sid(21, 1, 2, 4_000_000_000, 512),
      Buffer.alloc(3),
      sid(32, 544),
      sid(21, 1, 2).subarray(0, 12), // cut off
    ]);
    expect(sidsIn(token)).toEqual(['S-1-5-21-1-2-4000000000-512', 'S-1-5-32-544']);
  });
});
