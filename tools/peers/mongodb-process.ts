import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { startInBackground, tail, untilReady } from './background.ts';
import { PidFile } from './pid-file.ts';
import { anyFreePort, portIsFree } from './ports.ts';
import { standInCommand } from './stand-in.ts';

/** `mongod`, or the development stand-in (mongo-java-server over H2). */
export type MongodbProgram = 'mongod' | 'stand-in';

/** What a database of our own is started with. */
export interface MongodbProcessOptions {
  readonly folder: string;
  readonly program: MongodbProgram;
  /** Where the program `mongod` is; default: the one on PATH. */
  readonly mongod?: string;
  /** It will be killed, and is to know then what it has answered. MongoDB always does; the stand-in is slower for it. */
  readonly isDurable?: boolean;
}

/** A MongoDB of our own on loopback, with its data in a folder. */
export class MongodbProcess {
  readonly folder: string;
  readonly program: MongodbProgram;
  private readonly mongod: string;
  private readonly isDurable: boolean;
  private readonly process: PidFile;
  private port: number;

  private constructor(folder: string, options: MongodbProcessOptions, port: number) {
    const { program, mongod = 'mongod', isDurable = false } = options;
    this.folder = folder;
    this.program = program;
    this.mongod = mongod;
    this.isDurable = isDurable;
    this.port = port;
    this.process = new PidFile(join(folder, 'server.pid'));
  }

  /** Starts on the folder's data; a server that still runs there is taken as it is. The stand-in needs `fetchStandIn` before. */
  static async start(options: MongodbProcessOptions): Promise<MongodbProcess> {
    const folder = resolve(options.folder);
    mkdirSync(join(folder, options.program), { recursive: true, mode: 0o700 });
    const kept = keptPort(folder);
    const runs = new PidFile(join(folder, 'server.pid')).running() !== undefined;
    const port = kept !== undefined && (runs || (await portIsFree(kept))) ? kept : await anyFreePort();
    writeFileSync(join(folder, 'port'), `${port}\n`);
    const server = new MongodbProcess(folder, options, port);
    await server.launch();
    return server;
  }

  /** Ends what a folder's server left running, when its starter died; the folder may be gone. */
  static async endLeftover(folder: string): Promise<void> {
    await new PidFile(join(folder, 'server.pid')).end(15_000);
  }

  /** `mongodb://host:port`, without a database. */
  get uri(): string {
    return `mongodb://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.process.running();
  }

  /** SIGKILL: as when the machine loses its power. */
  async kill(): Promise<void> {
    this.process.signal('SIGKILL');
    await this.process.ended(5_000);
  }

  /** SIGSTOP: connected, but silent. */
  pause(): void {
    this.process.signal('SIGSTOP');
  }

  resume(): void {
    this.process.signal('SIGCONT');
  }

  /** Starts again on the same port with its data, after a clean stop when it runs. */
  async restart(): Promise<void> {
    await this.stop();
    await this.launch();
  }

  async stop(): Promise<void> {
    await this.process.end(15_000);
  }

  /** Stops at once and forgets everything. */
  async wipe(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async launch(): Promise<void> {
    if (this.process.running() !== undefined) return;
    const log = join(this.folder, 'server.log');
    // what it says is to be of this start
    if (existsSync(log)) renameSync(log, `${log}.before`);
    const data = join(this.folder, this.program);
    const [command, args] =
      this.program === 'mongod'
        ? [this.mongod, ['--dbpath', data, '--port', String(this.port), '--bind_ip', '127.0.0.1']]
        : standInCommand(this.port, join(data, 'data.mv'), this.isDurable);
    this.process.write(await startInBackground(command, args, { log }));
    try {
      await untilReady({
        what: this.program === 'mongod' ? 'mongod' : 'the MongoDB stand-in',
        milliseconds: 60_000,
        ready: () => answersPing(this.port),
        alive: () => this.process.running() !== undefined,
        explain: () => tail(log),
      });
    } catch (error) {
      // whoever is told that it did not start has nothing to stop
      await this.process.end(5_000);
      throw error;
    }
  }
}

function keptPort(folder: string): number | undefined {
  try {
    return Number(readFileSync(join(folder, 'port'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Sends `{ping: 1, $db: "admin"}` as an OP_MSG (MongoDB wire protocol) and waits for any answer. */
export function answersPing(port: number, host = '127.0.0.1'): Promise<boolean> {
  const document = Buffer.concat([
    Buffer.from('\x10ping\0\x01\0\0\0', 'latin1'), // int32 ping = 1
    Buffer.from('\x02$db\0\x06\0\0\0admin\0\0', 'latin1'), // string $db = "admin", end of the document
  ]);
  const message = Buffer.alloc(16 + 4 + 1 + 4);
  message.writeInt32LE(message.length + document.length, 0);
  message.writeInt32LE(1, 4);
  message.writeInt32LE(2013, 12); // OP_MSG
  message.writeInt32LE(4 + document.length, 21); // flags 0, section kind 0, then the document's length
  return new Promise((done) => {
    const socket = connect(port, host, () => socket.write(Buffer.concat([message, document])));
    const finish = (answer: boolean): void => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(2_000, () => finish(false));
    socket.once('data', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
