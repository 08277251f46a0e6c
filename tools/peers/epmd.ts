import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startInBackground, tail, untilReady } from './background.ts';
import { PidFile } from './pid-file.ts';
import { somebodyListens } from './ports.ts';
import type { RabbitmqPrograms } from './rabbitmq-programs.ts';

/** The name service of Erlang nodes, ours and in the foreground: a node would leave a shared daemon behind. */
export class Epmd {
  readonly port: number;
  private readonly folder: string;
  private readonly programs: RabbitmqPrograms;
  private readonly process: PidFile;

  constructor(folder: string, port: number, programs: RabbitmqPrograms) {
    this.folder = folder;
    this.port = port;
    this.programs = programs;
    this.process = new PidFile(join(folder, 'epmd.pid'));
  }

  async start(): Promise<void> {
    if (this.process.running() !== undefined) return;
    const log = join(this.folder, 'log', 'epmd.log');
    mkdirSync(join(this.folder, 'log'), { recursive: true });
    const args = ['-address', '127.0.0.1', '-port', String(this.port)];
    this.process.write(
      await startInBackground(...this.programs.within(this.folder, this.programs.epmd, args), { log }),
    );
    await untilReady({
      what: 'epmd',
      milliseconds: 5_000,
      ready: () => somebodyListens(this.port),
      alive: () => this.process.running() !== undefined,
      explain: () => tail(log),
    });
  }

  async stop(): Promise<void> {
    await this.process.end(2_000);
  }
}
