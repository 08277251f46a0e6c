import type { RabbitmqCluster } from '../../tools/peers/rabbitmq-cluster.js';
import { eventually } from '../../tools/testing/eventually.js';
import type { Program } from '../support/processes.js';
import type { Stack } from '../support/stack.js';

const PATIENCE = { timeoutMs: 120_000, intervalMs: 250 };

/** One part of an installation, and where it says that it is ready. */
interface Part {
  readonly program: Program;
  readonly url: string;
}

/** The parts in the order in which they are upgraded (docs/upgrade.md); back, it is turned round. */
export function partsOf(stack: Stack): Part[] {
  const listed = (programs: readonly Program[], urls: readonly string[]): Part[] =>
    programs.map((program, index) => ({ program, url: urls[index] ?? '' }));
  return [
    ...listed(stack.servers, stack.serverUrls),
    ...listed(stack.importers, stack.importerUrls),
    ...listed(stack.gateways, stack.gatewayUrls),
  ];
}

/** Ends a part, starts it as another version, and waits until it is ready. */
export async function replacePart(
  stack: Stack,
  { program, url }: Part,
  root: string,
  how: 'kill' | 'stop',
): Promise<void> {
  await program[how]();
  program.root = root;
  program.start();
  await stack.ready(url);
}

/** One broker dies, and comes back. */
export async function killBroker(cluster: RabbitmqCluster, index: number): Promise<void> {
  const node = cluster.nodes[index];
  await node?.kill();
  await node?.restart();
  await cluster.whole();
}

/** Brings computers in, and releases them; each call is repeated until somebody answers it. */
export async function bring(stack: Stack, names: readonly string[], dpOf: (index: number) => string) {
  const rows = names.map((name, index) => `${name};${dpOf(index)}`);
  const form = new FormData();
  form.set('source', 'csv');
  form.set('tenant', 'default');
  form.set('file', new Blob([`name;dp\n${rows.join('\n')}\n`], { type: 'text/csv' }), 'computers.csv');
  const { id } = await eventually(() => stack.api.ok<{ id: string }>('POST', '/imports', form), PATIENCE);
  await stateOf(stack, id, 'previewed');
  await eventually(async () => {
    const { status } = await stack.api.call('POST', `/imports/${id}/commit`, {});
    // the answer to the first one may have been lost
    if (status >= 300 && status !== 409) throw new Error(`commit: ${status}`);
  }, PATIENCE);
  await stateOf(stack, id, 'committed');
  await eventually(() => stack.api.ok('POST', '/computers/release', { filter: { import: id } }), PATIENCE);
}

function stateOf(stack: Stack, run: string, state: string): Promise<void> {
  return eventually(async () => {
    const now = await stack.api.ok<{ state: string }>('GET', `/imports/${run}`);
    if (now.state !== state) throw new Error(`import is ${JSON.stringify(now)}`);
  }, PATIENCE);
}
