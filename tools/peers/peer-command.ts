import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What a peer's command does. Facts are printed as `KEY=value`, and no value holds white space. */
export interface PeerCommand {
  readonly name: string;
  /** Options of `start` besides --state and --keep, with their defaults. */
  readonly options: Readonly<Record<string, string>>;
  start(
    folder: string,
    options: Readonly<Record<string, string>>,
    keep: boolean,
  ): Promise<Readonly<Record<string, string | number>>>;
  /** The facts of the one that runs; undefined when none does. */
  status(folder: string): Readonly<Record<string, string | number>> | undefined;
  stop(folder: string): Promise<void>;
  wipe(folder: string): Promise<void>;
}

/** `start|status|stop|wipe [--state DIR] …` on the command line: start and status print one line of facts. */
export async function runPeerCommand(peer: PeerCommand): Promise<void> {
  const usage = `usage: ${peer.name} start|status|stop|wipe [--state DIR] [--keep]${Object.entries(
    peer.options,
  )
    .map(([name, value]) => ` [--${name} ${value}]`)
    .join('')}`;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        state: { type: 'string', default: join(tmpdir(), 'relaypoint-peers', peer.name) },
        keep: { type: 'boolean', default: false },
        ...Object.fromEntries(
          Object.entries(peer.options).map(([name, value]) => [
            name,
            { type: 'string', default: value } as const,
          ]),
        ),
      },
    });
    const folder = resolve(values.state);
    const options = Object.fromEntries(
      Object.keys(peer.options).map((name) => [name, String(Reflect.get(values, name))]),
    );
    const print = (facts: Readonly<Record<string, string | number>>): void =>
      console.log(
        Object.entries({ PEER: peer.name, ...facts })
          .map(([key, value]) => `${key}=${value}`)
          .join(' '),
      );
    switch (positionals.join(' ')) {
      case 'start':
        return print(await peer.start(folder, options, values.keep));
      case 'status': {
        const facts = peer.status(folder);
        print(facts ?? { STATE: 'stopped' });
        process.exitCode = facts === undefined ? 3 : 0;
        return;
      }
      case 'stop':
        await peer.stop(folder);
        return print({ STATE: 'stopped' });
      case 'wipe':
        return await peer.wipe(folder);
      default:
        console.error(usage);
        process.exitCode = 2;
    }
  } catch (error) {
    console.error(`${peer.name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
