import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { BrokerAddress } from './broker-address.js';

const PATIENCE_MS = 5_000;
const FRAME_END = 0xce;
const FRAME_HEADER_BYTES = 7;

/** Methods of the class `connection`, AMQP 0-9-1 §1.4. */
const METHOD = { start: 10, startOk: 11, tune: 30, tuneOk: 31, open: 40, openOk: 41, close: 50 } as const;

/** Whether an error of amqplib's is a refusal whose reason it keeps to itself. */
export function isOpenRefusal(error: unknown): boolean {
  return error instanceof Error && /Expected ConnectionOpenOk; got <ConnectionClose/.test(error.message);
}

/**
 * Why the broker refuses to open a virtual host. amqplib gives the same error for one that is missing, one without
 * permissions and one that is full, so that the handshake is done once more by hand, up to the broker's reason.
 *
 * @returns the broker's text; null when it no longer refuses, or does not answer
 */
export function openRefusal(address: BrokerAddress): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = dial(address);
    let rest = Buffer.alloc(0);
    const done = (text: string | null): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(PATIENCE_MS, () => done(null));
    socket.on('error', () => done(null));
    socket.on('close', () => done(null));
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= FRAME_HEADER_BYTES) {
        const end = FRAME_HEADER_BYTES + rest.readUInt32BE(3);
        if (rest.length <= end) return;
        const payload = rest.subarray(FRAME_HEADER_BYTES, end);
        rest = rest.subarray(end + 1);
        if (payload.length < 4) continue;
        const [method, fields] = [payload.readUInt16BE(2), payload.subarray(4)];
        if (method === METHOD.start) socket.write(frame(METHOD.startOk, startOk(address)));
        else if (method === METHOD.tune) {
          socket.write(frame(METHOD.tuneOk, fields));
          socket.write(
            frame(METHOD.open, Buffer.concat([short(address.vhost), short(''), Buffer.from([0])])),
          );
        } else if (method === METHOD.openOk) done(null);
        else if (method === METHOD.close) done(fields.subarray(3, 3 + (fields[2] ?? 0)).toString());
      }
    });
  });
}

function dial({ url }: BrokerAddress): Socket {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const begin = function (this: Socket): void {
    this.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1'));
  };
  return protocol === 'amqps:'
    ? connectTls({ host, port: Number(port || 5671), servername: host }, begin)
    : connectTcp({ host, port: Number(port || 5672) }, begin);
}

function startOk({ url, user }: BrokerAddress): Buffer {
  const { username, password } = new URL(url);
  const secret = username === '' && password === '' ? 'guest' : decodeURIComponent(password);
  const noProperties = Buffer.alloc(4);
  return Buffer.concat([noProperties, short('PLAIN'), long(`\0${user}\0${secret}`), short('en_US')]);
}

function frame(method: number, fields: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES + 4);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(4 + fields.length, 3);
  header.writeUInt16BE(10, 7);
  header.writeUInt16BE(method, 9);
  return Buffer.concat([header, fields, Buffer.from([FRAME_END])]);
}

function short(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function long(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
