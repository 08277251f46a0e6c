// npm run fleet: thousands of simulated sites against any installation; --help says the rest.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startFleet } from './fleet.ts';
import { fleetOptions, HELP } from './options.ts';

const STATE = process.env['RELAYPOINT_STATE'] || join(import.meta.dirname, '..', '..', '.relaypoint');
const SAY_EVERY_MS = 5000;

const say = (line: string): void => console.log(line);

try {
  const options = fleetOptions(process.argv.slice(2), STATE);
  if (options === 'help') {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  if (options.for > 0) setTimeout(() => ended.abort(), options.for * 1000).unref();
  const fleet = await startFleet(options, say);
  let last = '';
  while (!ended.signal.aborted) {
    const line = Object.entries(fleet.counts())
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
    if (line !== last) say(line);
    last = line;
    await pause(SAY_EVERY_MS, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  await fleet.stop();
  for (const fault of fleet.faults().slice(0, 20)) say(`not as the protocol says: ${fault}`);
  process.exit(fleet.faults().length > 0 ? 1 : 0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  process.exit(2);
}
