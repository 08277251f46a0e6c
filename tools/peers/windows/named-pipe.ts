// A named pipe of smbd that is one of Wine's: node named-pipe.ts FOLDER PIPE HOST:PORT
//
// smbd hands an open pipe on to a socket in `<ncalrpc dir>/np`, with a header that says who opened it (Samba's
// named_pipe_auth.idl). Behind HOST:PORT is pipebridge.exe. Between the two the PDUs go on byte for byte, but for what
// Wine's service manager lacks (see pdu.ts).
import { readFileSync, existsSync, mkdirSync, rmSync, writeFileSync, globSync } from 'node:fs';
import { type Socket, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ByteReader } from './byte-reader.ts';
import { ServiceCalls, sidsIn } from './pdu.ts';

const [folder = '', pipe = '', target = ''] = process.argv.slice(2);
const [host, port] = target.split(':');
const admins = ['../dc/admins', 'admins'].flatMap((file) =>
  readFileSync(join(folder, file), 'utf8').trim().split(' '),
);

/** Reads who opens the pipe, and accepts; the SIDs of the caller. */
async function greet(smbd: Socket, from: ByteReader): Promise<string[]> {
  const size = (await from.read(4)).readUInt32BE();
  const hello = await from.read(size);
  if (hello.toString('latin1', 0, 4) !== 'NPAM') throw new Error('smbd does not speak named_pipe_auth');
  const level = hello.readUInt32LE(4);
  const answer = Buffer.alloc(36);
  answer.writeUInt32BE(answer.length - 4);
  answer.write('NPAM', 4);
  answer.writeUInt32LE(level, 8);
  answer.writeUInt32LE(level, 12); // which of the union's arms
  answer.writeUInt16LE(2, 16); // FILE_TYPE_MESSAGE_MODE_PIPE
  answer.writeUInt16LE(0x05ff, 18); // any number of instances, written and read as messages
  answer.writeBigUInt64LE(4096n, 24);
  smbd.write(answer); // ends with NT_STATUS_OK
  return sidsIn(hello);
}

/** Opens the pipe in Wine. */
async function openPipe(): Promise<{ wine: Socket; from: ByteReader }> {
  const wine = connect(Number(port), host);
  const from = new ByteReader(wine);
  wine.write(Buffer.concat([Buffer.from([pipe.length]), Buffer.from(pipe)]));
  const [refused] = await from.read(1);
  if (refused !== 0) {
    wine.destroy();
    throw new Error(`Wine has no pipe ${pipe}`);
  }
  return { wine, from };
}

/** A message on the way to smbd or from it: its length, and itself. */
function message(pdu: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(pdu.length);
  return Buffer.concat([length, pdu]);
}

/** What an antivirus does to a program that it does not like, before it runs. */
function quarantine(): void {
  for (const file of globSync(join(folder, 'prefix/drive_c/windows/Relaypoint/*/*.exe'))) {
    writeFileSync(file, 'This file was removed by the antivirus.');
  }
}

async function serve(smbd: Socket): Promise<void> {
  const fromSmbd = new ByteReader(smbd);
  const sids = await greet(smbd, fromSmbd);
  const refuses = existsSync(join(folder, 'refuse'));
  const calls = new ServiceCalls(!refuses && admins.some((sid) => sids.includes(sid)));
  const { wine, from } = await openPipe();
  const end = (): void => {
    wine.destroy();
    smbd.destroy();
  };
  for (const socket of [wine, smbd]) socket.once('close', end);
  const back = async (): Promise<void> => {
    for (;;) {
      const head = await from.read(16);
      const rest = await from.read(head.readUInt16LE(8) - 16);
      smbd.write(message(calls.answer(Buffer.concat([head, rest]))));
    }
  };
  const forth = async (): Promise<void> => {
    for (;;) {
      const pdu = await fromSmbd.read((await fromSmbd.read(2)).readUInt16LE());
      const { refusal, request } = calls.request(pdu);
      if (refusal !== undefined) {
        smbd.write(message(refusal));
        continue;
      }
      if (calls.startsService(pdu) && existsSync(join(folder, 'quarantine'))) quarantine();
      wine.write(request);
    }
  };
  await Promise.race([back(), forth()]).finally(end);
}

/** Until Wine has come up. */
async function untilOpen(): Promise<void> {
  for (;;) {
    try {
      (await openPipe()).wine.destroy();
      return;
    } catch {
      await sleep(50);
    }
  }
}

await untilOpen();
const pipes = join(folder, 'samba', 'ncalrpc', 'np');
mkdirSync(pipes, { recursive: true, mode: 0o700 });
const socket = join(pipes, pipe);
rmSync(socket, { force: true });
const server = createServer((smbd) => {
  smbd.on('error', () => smbd.destroy());
  serve(smbd).catch((error: unknown) => {
    smbd.destroy();
    if (!(error instanceof Error && error.message === ByteReader.ENDED)) console.error(error);
  });
});
// a pipe that is missing from the start is there under the name that brings it back
server.listen(existsSync(join(folder, 'no-pipe')) ? `${socket}.off` : socket);
